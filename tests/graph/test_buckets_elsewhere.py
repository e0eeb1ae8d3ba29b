"""Buckets on Google Cloud, on services that speak S3 and on azure, and what is refused everywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from dbaas_components import SpecError
from dbaas_components.bootstrap.buckets.component import BackupBucket
from dbaas_components.bootstrap.buckets.findings import bucket_findings
from dbaas_components.evaluate import Graph, evaluate
from tests.unit.buckets.made import BREAK_GLASS, DAILY, TENANTS, WEEKLY, aws, gcp, keyed, parsed, tenant

AGENT = "service-1@gs-project-accounts.iam.gserviceaccount.com"
DAY = 86_400
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_gcp"),
]


def made(given: dict[str, Any]) -> Graph:
    args: Any = given
    answers = {"gcp:storage/getProjectServiceAccount:getProjectServiceAccount": {"emailAddress": AGENT}}
    accounts = {"gcp:serviceaccount/account:Account": {"email": "tenant@acme.iam.gserviceaccount.com"}}
    return evaluate(lambda: BackupBucket("backups", args), invokes=answers, outputs=accounts)


def refusal(given: dict[str, Any]) -> str:
    with pytest.raises(SpecError) as error:
        parsed(given)
    return str(error.value)


def test_on_google_cloud_nobody_from_outside_gets_in_and_what_is_deleted_comes_back():
    graph = made(gcp(undo_days=20))
    bucket = graph.one("Bucket")
    assert bucket.inputs["publicAccessPrevention"] == "enforced"
    assert bucket.inputs["uniformBucketLevelAccess"] is True
    assert bucket.inputs["versioning"] == {"enabled": True}
    assert bucket.inputs["softDeletePolicy"] == {"retentionDurationSeconds": 20 * DAY}
    assert "retentionPolicy" not in bucket.inputs
    noncurrent = {"daysSinceNoncurrentTime": 20, "withState": "ARCHIVED"}
    assert {"action": {"type": "Delete"}, "condition": noncurrent} in bucket.inputs["lifecycleRules"]
    assert (bucket.protect, bucket.retain_on_delete, bucket.inputs["deletionPolicy"]) == (True, True, "PREVENT")
    assert bucket.inputs["forceDestroy"] is False
    assert set(bucket.inputs["labels"]) >= {"owner", "cost-centre", "environment", "tenant"}
    loose = made(gcp(deletion_protection=False)).one("Bucket")
    assert (loose.protect, loose.retain_on_delete, loose.inputs["deletionPolicy"]) == (False, False, "DELETE")


def test_on_google_cloud_the_key_turns_and_the_bucket_waits_for_the_right_to_use_it():
    graph = made(gcp())
    key, bucket = graph.one("CryptoKey"), graph.one("Bucket")
    assert key.inputs["rotationPeriod"] == f"{90 * DAY}s"
    assert key.inputs["destroyScheduledDuration"] == f"{30 * DAY}s"
    assert (key.protect, key.retain_on_delete) == (True, True)
    user = graph.one("CryptoKeyIAMMember")
    assert user.inputs["member"] == f"serviceAccount:{AGENT}"
    assert user.urn in bucket.dependencies
    assert bucket.inputs["encryption"]["defaultKmsKeyName"] == key.id


def test_on_google_cloud_a_tenant_has_its_prefix_and_a_standby_site_only_reads():
    graph = made(gcp(standby={"workload_pool": "acme-dr.svc.id.goog"}))
    members = {one.name: one.inputs for one in graph.all("BucketIAMMember")}
    assert {name: one["role"] for name, one in members.items()} == {
        "backups-pg-shop-access": "roles/storage.objectUser",
        "backups-pg-shop-read-access": "roles/storage.objectViewer",
        "backups-pxc-shop-access": "roles/storage.objectUser",
        "backups-pxc-shop-bucket": "roles/storage.bucketViewer",
    }
    del members["backups-pxc-shop-bucket"]
    for name, one in members.items():
        engine = name.split("-")[1]
        prefix = f"production/{engine}/shop/"
        expression = one["condition"]["expression"]
        assert f"resource.name.startsWith('projects/_/buckets/acme-backups/objects/{prefix}')" in expression
        assert f"'storage.googleapis.com/objectListPrefix', '').startsWith('{prefix}')" in expression
        assert not one["member"].startswith("all")
    users = {one.name: one.inputs["member"] for one in graph.all("IAMMember")}
    assert users == {
        f"backups-pg-shop-{who}orders-{role}": f"serviceAccount:{pool}.svc.id.goog[shop/orders-{role}]"
        for who, pool in (("", "acme"), ("read-", "acme-dr"))
        for role in ("instance", "pgbackrest")
    }
    assert not graph.all("HmacKey")
    assert not graph.all("Key")
    assert graph.secret_values() == []


def test_on_google_cloud_two_regions_are_the_replica():
    bucket = made(gcp(region="europe-west1+europe-west4")).one("Bucket")
    assert bucket.inputs["location"] == "EU"
    assert bucket.inputs["customPlacementConfig"] == {"dataLocations": ["EUROPE-WEST1", "EUROPE-WEST4"]}
    assert bucket.inputs["rpo"] == "ASYNC_TURBO"
    assert made(gcp()).one("Bucket").inputs.get("rpo") is None
    for wrong in ("europe-west1+us-east1", "europe-west1+europe-west1", "africa-south1+africa-south2", "a+b+c"):
        assert "is no pair that a bucket can be in" in refusal(gcp(region=wrong))
    assert "write two regions in region" in refusal(gcp(replication={"region": "europe-west4"}))


def test_engines_are_told_in_their_own_words_where_the_bucket_is():
    storages = made(gcp()).one("BackupBucket").outputs["storages"]
    assert storages["pg/shop/orders"] == {
        "type": "gcs",
        "bucket": "acme-backups",
        "prefix": "production/pg/shop/orders/1",
    }
    assert storages["pxc/shop/orders"] == {
        "type": "s3",
        "bucket": "acme-backups",
        "prefix": "production/pxc/shop/orders/1",
        "credentials": "bucket-keys",
        "region": "auto",
        "endpoint": "https://storage.googleapis.com",
    }


SERVICE = {"provider": "s3_compatible", "endpoint": "https://minio.example.com"}


def test_a_service_that_speaks_s3_gets_what_it_can_and_no_keys_pass_through_the_program():
    graph = made(keyed(aws(), **SERVICE, immutable_days=7, supports={"object_lock": True, "encryption": True}))
    provider = next(one for one in graph.resources if one.type == "pulumi:providers:aws")
    assert json.loads(provider.inputs["endpoints"]) == [{"s3": "https://minio.example.com"}]
    assert provider.inputs["s3UsePathStyle"] == "true"
    assert not {"accessKey", "secretKey", "token"} & set(provider.inputs)
    kinds = {one.kind for one in graph.resources if one.type.startswith("aws:")}
    assert kinds == {
        "Bucket",
        "BucketVersioning",
        "BucketPolicy",
        "BucketLifecycleConfiguration",
        "BucketObjectLockConfiguration",
        "BucketServerSideEncryptionConfiguration",
    }
    assert {one.provider for one in graph.resources if one.type.startswith("aws:")} == {provider.urn}
    least = made(keyed(aws(), **SERVICE, supports={"lifecycle": False, "policy": False}))
    kinds = {one.kind for one in least.resources if one.type.startswith("aws:")}
    assert kinds == {"Bucket", "BucketVersioning"}
    said = " ".join(least.one("BackupBucket").outputs["findings"])
    assert "has no rules" in said
    assert "has no policies" in said


def test_on_azure_nothing_is_made_and_what_has_to_be_set_is_told():
    graph = made(keyed(aws(), provider="azure", storage_account="acme"))
    assert [one.kind for one in graph.resources if one.custom] == []
    outputs = graph.one("BackupBucket").outputs
    assert outputs["storages"]["pg/shop/orders"]["type"] == "azure"
    assert outputs["rules"] == []
    said = " ".join(outputs["findings"])
    for word in ("nothing is made", "soft delete", "no time-based immutability", "production/pxc/shop/orders/1/pitr/"):
        assert word in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (gcp(retention_policy_days=30), "retention_policy_days: a retention policy of the bucket refuses overwriting"),
        (aws(retention_policy_days=30), "refuses overwriting"),
        (gcp(immutable_days=7), "immutable_days: a bucket's retention policy refuses overwriting"),
        (
            keyed(aws(), provider="azure", storage_account="acme", immutable_days=7),
            "immutable_days: a container's immutability refuses overwriting",
        ),
        (keyed(aws(), **SERVICE, immutable_days=7), "write supports: {object_lock: true}"),
        (aws(immutable_mode="COMPLIANCE"), "immutable_days does not say how long"),
        (aws(undo_days=7), "undo_days"),
        (aws(undo_days=36), "undo_days"),
        (aws(replication={"region": "eu-west-1"}), "is the bucket's own region"),
        (aws(replication={"region": "eu-west-2", "bucket": "acme-backups"}), "is the bucket itself"),
        (aws(access_logs={"bucket": "acme-backups"}), "would log its own log"),
        (aws(project="acme"), "is for provider gcp only, and this is aws"),
        (aws(region="eu-west-1+eu-west-2"), "names two regions, which only Google Cloud has"),
        (gcp(break_glass=[BREAK_GLASS]), "is for provider aws only"),
        ({**gcp(), "project": None}, "project: is required for provider gcp"),
        (keyed(aws(), provider="s3_compatible"), "endpoint: is required for provider s3_compatible"),
        (keyed(aws(), **{**SERVICE, "endpoint": "http://minio.example.com"}), "endpoint"),
        (aws(bucket="Acme_Backups"), "bucket"),
        (aws(break_glass=["root"]), "break_glass"),
        ({**aws(), "tenants": []}, "is empty; write at least one"),
        (aws(TENANTS["pg"], TENANTS["pg"]), "pg in shop is there already, and two would share a prefix"),
        (aws(tenant("ps", [DAILY])), "credentials: is required: its operator takes no identity of its pods"),
        (aws(tenant("pxc", [DAILY])), "what ships its logs takes no identity of its pods (pitr: false does without)"),
        (gcp(tenant("psmdb", [DAILY])), "its operator wants a Secret for Google Cloud"),
        (gcp(tenant("pxc", [DAILY], pitr=False)), "reaches it as S3, with HMAC keys"),
        (
            keyed(aws(TENANTS["pg"]), provider="azure", storage_account="acme") | aws(TENANTS["pg"], provider="azure"),
            "azure",
        ),
        (aws(tenant("psmdb", [DAILY])), "service_accounts: is required: whose identity reaches the bucket?"),
        (aws(cluster={}), "cluster: takes one of oidc_provider and pod_identity"),
        (aws(cluster={"pod_identity": "prod"}), "pgBackRest logs in with a web identity"),
        (aws(cluster={"oidc_provider": "https://oidc.example.com"}), "cluster.oidc_provider"),
        (gcp(cluster={}), "cluster.workload_pool: is required"),
        (aws(tenant("pg", [{**WEEKLY, "cron": "soon"}])), "cron"),
        (aws(tenants=[{"namespace": "shop", "engine": "oracle", "databases": {"x": {}}}]), "engine"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(given: dict[str, Any], said: str):
    assert said in refusal(given)


def test_a_pxc_without_logs_needs_no_keys_on_aws():
    args: Any = aws(tenant("pxc", [DAILY], pitr=False, service_accounts=["backups"]))
    assert parsed(args).tenants[0].credentials is None
    assert made(args).one("Role").name == "backups-pxc-shop-role"


def test_findings_say_what_stays_for_ever_and_what_is_left_to_do():
    schedule = {"name": "daily", "cron": "0 1 * * *"}
    spec = parsed(
        aws(
            tenant("pg", [schedule]),
            tenant("pxc", [schedule], credentials="keys"),
            tenant("psmdb", [DAILY], service_accounts=["orders"]),
            replication={"region": "eu-central-1"},
            immutable_days=40,
            immutable_mode="COMPLIANCE",
        )
    )
    said = " | ".join(bucket_findings(spec))
    for words in (
        "pg/shop/orders: no retention, so pgBackRest keeps everything for ever",
        "pxc/shop/orders: a schedule keeps everything",
        "psmdb/shop/orders: nothing deletes dropped backups",
        "attach policy acme-backups-pxc-shop to the user whose keys are in Secret shop/keys",
        "nobody, not even the account's owner",
        "deletions are not copied",
    ):
        assert words in said, words


def test_no_clouds_sdk_is_loaded_before_a_bucket_is_made_there():
    program = (
        "import sys\n"
        "import dbaas_components.bootstrap.buckets.component\n"
        "print([one for one in ('pulumi_aws', 'pulumi_gcp', 'boto3') if one in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
