"""A reviewer's questions to a bucket on AWS, answered by the evaluated graph."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from dbaas_components import ManagedDatabase, SpecError
from dbaas_components.bootstrap.buckets.component import BackupBucket
from dbaas_components.databases.engines import ENGINES
from dbaas_components.evaluate import Graph, Resource, evaluate
from tests.unit.buckets.iam import decision
from tests.unit.buckets.made import BREAK_GLASS, OIDC, STANDBY, TENANTS, WEEKLY, aws, tenant

KEY = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1"
COPY = "arn:aws:kms:eu-central-1:111122223333:key/mrk-1"
ARN = "arn:aws:s3:::acme-backups"
SECURE = {"secure": "true", "tls": "1.3"}
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")]
OUTPUTS = {
    "aws:kms/key:Key": {"arn": KEY},
    "aws:kms/replicaKey:ReplicaKey": {"arn": COPY},
}
WHOLE: dict[str, Any] = {
    "standby": {"oidc_provider": STANDBY},
    "replication": {"region": "eu-central-1"},
    "break_glass": [BREAK_GLASS],
    "immutable_days": 14,
    "access_logs": {"bucket": "acme-logs"},
}


def bucket(*tenants: dict[str, Any], **given: Any) -> Graph:
    args: Any = aws(*tenants, **given)
    return evaluate(lambda: BackupBucket("backups", args), outputs=OUTPUTS)


def policy(graph: Graph, name: str) -> dict[str, Any]:
    """A document in the graph: of a bucket or of an identity."""
    found = next(one for one in graph.resources if one.name == name and "policy" in one.inputs)
    return json.loads(found.inputs["policy"])


def owned(graph: Graph, kind: str) -> list[Resource]:
    return list(graph.all(kind))


@pytest.fixture(scope="module")
def whole() -> Graph:
    return bucket(**WHOLE)


def test_nobody_from_outside_gets_in(whole: Graph):
    blocks = whole.all("BucketPublicAccessBlock")
    assert len(blocks) == len(whole.all("Bucket")) == 2
    for block in blocks:
        for word in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
            assert block.inputs[word] is True
    assert {one.inputs["rule"]["objectOwnership"] for one in whole.all("BucketOwnershipControls")} == {
        "BucketOwnerEnforced"
    }
    for name in ("backups-bucket-policy", "backups-replica-policy"):
        assert {one["Effect"] for one in policy(whole, name)["Statement"]} == {"Deny"}
        closed = whole.dependency_closure(next(one for one in whole.all("BucketPolicy") if one.name == name))
        assert any(one.kind == "BucketPublicAccessBlock" for one in closed)


@pytest.mark.parametrize("request_", [{"secure": "false"}, {"secure": "true", "tls": "1.1"}])
def test_only_recent_tls_is_taken(whole: Graph, request_: dict[str, str]):
    documents = [policy(whole, "backups-bucket-policy"), policy(whole, "backups-pg-shop-policy")]
    where = f"{ARN}/production/pg/shop/orders/1/x"
    assert decision(documents, "s3:GetObject", where, **request_) == "denied"
    assert decision(documents, "s3:GetObject", where, **SECURE) == "allowed"


def test_everything_is_encrypted_with_the_buckets_key(whole: Graph):
    for one, key in zip(whole.all("BucketServerSideEncryptionConfiguration"), (KEY, COPY), strict=True):
        (rule,) = one.inputs["rules"]
        assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}
        assert rule["bucketKeyEnabled"] is True
    documents = [policy(whole, "backups-bucket-policy"), policy(whole, "backups-pg-shop-policy")]

    def put(**request: str) -> str:
        return decision(documents, "s3:PutObject", f"{ARN}/production/pg/shop/orders/1/x", **SECURE, **request)

    assert put() == "allowed"
    assert put(encryption="aws:kms", key=KEY) == "allowed"
    assert put(encryption="AES256") == "denied"
    assert put(encryption="aws:kms", key="arn:aws:kms:eu-west-1:999999999999:key/theirs") == "denied"
    assert put(own_key="AES256") == "denied"
    key = whole.one("Key")
    assert (key.inputs["multiRegion"], key.inputs["enableKeyRotation"]) == (True, True)
    assert key.inputs["deletionWindowInDays"] == 30


def test_versions_are_kept_and_nobody_but_break_glass_deletes_them(whole: Graph):
    assert {one.inputs["versioningConfiguration"]["status"] for one in whole.all("BucketVersioning")} == {"Enabled"}
    anything = {"Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}]}
    documents = [anything, policy(whole, "backups-bucket-policy")]
    someone = "arn:aws:iam::111122223333:role/administrator"
    for action in ("s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutObjectRetention"):
        assert decision(documents, action, f"{ARN}/x", who=someone, **SECURE) == "denied"
        assert decision(documents, action, f"{ARN}/x", who=BREAK_GLASS, **SECURE) == "allowed"
    assert decision(documents, "s3:DeleteBucket", ARN, who=someone, **SECURE) == "denied"
    assert decision(documents, "s3:DeleteObject", f"{ARN}/x", who=someone, **SECURE) == "allowed"
    nobody = [anything, policy(bucket(), "backups-bucket-policy")]
    assert decision(nobody, "s3:DeleteObjectVersion", f"{ARN}/x", who=BREAK_GLASS, **SECURE) == "denied"


def test_a_tenant_reaches_its_own_prefix_and_no_other(whole: Graph):
    for engine in TENANTS:
        documents = [policy(whole, f"backups-{engine}-shop-policy")]
        own = f"{ARN}/production/{engine}/shop/orders/1/x"
        for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"):
            assert decision(documents, action, own) == "allowed"
            for other in (f"production/{engine}/shop2/x", f"production/{engine}x/shop/x", "staging/x", "x"):
                assert decision(documents, action, f"{ARN}/{other}") == "silent", other
        assert decision(documents, "s3:ListBucket", ARN, prefix=f"production/{engine}/shop/orders") == "allowed"
        assert decision(documents, "s3:ListBucket", ARN, prefix=f"production/{engine}/shop2/") == "silent"
        assert decision(documents, "s3:ListBucket", ARN, prefix=f"production/{engine}/shop") == "silent"
        assert decision(documents, "s3:ListBucket", ARN, prefix="") == "silent"
        for action in (
            "s3:DeleteObjectVersion",
            "s3:PutBucketPolicy",
            "s3:PutLifecycleConfiguration",
            "s3:DeleteBucket",
        ):
            assert decision(documents, action, own) == "silent"
            assert decision(documents, action, ARN) == "silent"
        assert decision(documents, "kms:GenerateDataKey", KEY, via="s3.eu-west-1.amazonaws.com") == "allowed"
        assert decision(documents, "kms:GenerateDataKey", KEY) == "silent"
        assert decision(documents, "kms:ScheduleKeyDeletion", KEY, via="s3.eu-west-1.amazonaws.com") == "silent"


def test_only_tools_that_ask_for_the_bucket_see_the_names_in_all_of_it(whole: Graph):
    sees = {
        engine: decision([policy(whole, f"backups-{engine}-shop-policy")], "s3:ListBucket", ARN) for engine in TENANTS
    }
    assert sees == {"pg": "silent", "psmdb": "silent", "pxc": "allowed", "ps": "allowed"}
    assert any("may see the names of all objects" in one for one in whole.one("BackupBucket").outputs["findings"])


def test_the_standby_site_reads_both_buckets_and_writes_none(whole: Graph):
    documents = [policy(whole, "backups-pg-shop-read-policy")]
    for arn, key, region in ((ARN, KEY, "eu-west-1"), (f"{ARN}-replica", COPY, "eu-central-1")):
        own = f"{arn}/production/pg/shop/orders/1/x"
        assert decision(documents, "s3:GetObject", own) == "allowed"
        assert decision(documents, "s3:ListBucket", arn, prefix="production/pg/shop/") == "allowed"
        assert decision(documents, "kms:Decrypt", key, via=f"s3.{region}.amazonaws.com") == "allowed"
        for action in ("s3:PutObject", "s3:DeleteObject", "kms:GenerateDataKey"):
            assert decision(documents, action, own) == "silent"
    assert len({one["Sid"] for one in documents[0]["Statement"]}) == len(documents[0]["Statement"])


def test_roles_are_for_the_pods_of_one_namespace_and_one_cluster(whole: Graph):
    roles = {one.name: json.loads(one.inputs["assumeRolePolicy"]) for one in whole.all("Role")}
    (statement,) = roles["backups-pg-shop-role"]["Statement"]
    assert statement["Principal"] == {"Federated": OIDC}
    issuer = OIDC.partition("oidc-provider/")[2]
    assert statement["Condition"] == {
        "StringEquals": {
            f"{issuer}:sub": [
                "system:serviceaccount:shop:orders-instance",
                "system:serviceaccount:shop:orders-pgbackrest",
            ],
            f"{issuer}:aud": "sts.amazonaws.com",
        }
    }
    assert roles["backups-pg-shop-read-role"]["Statement"][0]["Principal"] == {"Federated": STANDBY}
    assert set(roles) == {
        f"backups-{one}" for one in ("pg-shop-role", "pg-shop-read-role", "psmdb-shop-role", "psmdb-shop-read-role")
    } | {"backups-replication-role"}


def test_pod_identity_says_the_cluster_the_namespace_and_the_accounts():
    graph = bucket(TENANTS["psmdb"], cluster={"pod_identity": "prod"})
    (association,) = graph.all("PodIdentityAssociation")
    assert association.inputs["serviceAccount"] == "orders"
    (statement,) = json.loads(graph.one("Role").inputs["assumeRolePolicy"])["Statement"]
    assert statement["Condition"]["StringEquals"] == {
        "aws:RequestTag/eks-cluster-name": "prod",
        "aws:RequestTag/kubernetes-namespace": "shop",
        "aws:RequestTag/kubernetes-service-account": ["orders"],
    }


def test_the_replica_has_all_that_the_bucket_has_and_deletions_are_not_copied(whole: Graph):
    replication = whole.one("BucketReplicationConfig")
    (rule,) = replication.inputs["rules"]
    assert rule["deleteMarkerReplication"] == {"status": "Disabled"}
    assert rule["destination"]["encryptionConfiguration"] == {"replicaKmsKeyId": COPY}
    before = {one.name for one in whole.dependency_closure(replication)}
    assert before >= {"backups-bucket-versioning", "backups-replica-versioning", "backups-replication-role-policy"}
    for kind in ("BucketPolicy", "BucketLifecycleConfiguration", "BucketObjectLockConfiguration", "BucketVersioning"):
        assert [one.inputs["region"] for one in whole.all(kind)] == ["eu-west-1", "eu-central-1"], kind
    allowed = [policy(whole, "backups-replication-role-policy")]
    assert decision(allowed, "s3:ReplicateObject", f"{ARN}-replica/x") == "allowed"
    assert decision(allowed, "s3:ReplicateDelete", f"{ARN}-replica/x") == "silent"
    assert decision(allowed, "s3:GetObject", f"{ARN}/x") == "silent"


def test_one_lifecycle_for_each_bucket_with_all_rules(whole: Graph):
    assert len(whole.all("BucketLifecycleConfiguration")) == 2
    rules = whole.all("BucketLifecycleConfiguration")[0].inputs["rules"]
    assert {one["id"] for one in rules} == {
        "abort-uploads",
        "noncurrent",
        "delete-markers",
        "pxc-shop-orders-logs",
        "pxc-shop-orders-backups",
        "ps-shop-orders-logs",
    }
    assert len(whole.one("BackupBucket").outputs["rules"]) == len(rules)


def test_what_holds_data_is_protected_and_stays_unless_it_is_not_wanted(whole: Graph):
    data = {"Bucket", "Key", "ReplicaKey", "BucketVersioning", "BucketPolicy", "BucketPublicAccessBlock"}
    for one in whole.resources:
        if one.kind in data:
            assert (one.protect, one.retain_on_delete) == (True, True), one.name
    assert {one.inputs["forceDestroy"] for one in whole.all("Bucket")} == {False}
    loose = bucket(deletion_protection=False)
    assert not any(one.protect or one.retain_on_delete for one in loose.resources)
    assert loose.one("Bucket").inputs["forceDestroy"] is False
    denied = [one["Action"] for one in policy(loose, "backups-bucket-policy")["Statement"]]
    assert "s3:DeleteBucket" not in str(denied)


def test_everything_says_whose_it_is_and_nothing_is_secret(whole: Graph):
    tagged = [one for one in whole.resources if one.kind in ("Bucket", "Key", "ReplicaKey", "Role", "Policy")]
    assert len(tagged) > 10
    for one in tagged:
        assert set(one.inputs["tags"]) >= {"owner", "cost-centre", "environment", "tenant", "managed-by"}, one.name
    assert whole.secret_values() == []
    assert not whole.all("AccessKey")
    assert not whole.all("User")


@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
def test_the_lock_is_what_was_asked_for(mode: str):
    graph = bucket(immutable_days=20, immutable_mode=mode)
    assert graph.one("Bucket").inputs["objectLockEnabled"] is True
    lock = graph.one("BucketObjectLockConfiguration").inputs["rule"]["defaultRetention"]
    assert lock == {"mode": mode, "days": 20}
    assert bucket().one("Bucket").inputs["objectLockEnabled"] is False


def with_database(args: Any, engine: str) -> Graph:
    """A bucket and the one database of this engine, behind it."""

    def program() -> None:
        made = BackupBucket("backups", args)
        backup = made.backup(engine, "shop", "orders")
        given: Any = {"engine": engine, "namespace": "shop", "name": "orders", "backup": backup}
        ManagedDatabase(f"{engine}-orders", given, pulumi.ResourceOptions(depends_on=made.gate))

    return evaluate(program, outputs=OUTPUTS)


@pytest.mark.parametrize("engine", TENANTS)
def test_a_database_takes_its_backup_from_the_bucket_and_waits_for_it(engine: str):
    graph = with_database(aws(), engine)
    before = graph.dependency_closure(graph.one("ManagedDatabase"))
    assert {one.kind for one in before} >= {"Bucket", "BucketPolicy", "RolePolicyAttachment"}
    assert "/shop/orders/1" in json.dumps(graph.one(ENGINES[engine].kind).inputs)


def test_a_database_without_keys_has_its_tenant_s_role():
    graph = with_database(aws(), "pg")
    database = graph.one("PerconaPGCluster")
    pgbackrest = database.inputs["spec"]["backups"]["pgbackrest"]
    assert pgbackrest["global"]["repo1-path"] == "/production/pg/shop/orders/1"
    assert pgbackrest["global"]["repo1-s3-key-type"] == "web-id"
    role = "arn:aws:iam::111122223333:role/acme-backups-pg-shop"
    assert role in json.dumps(database.inputs)
    assert role in {f"arn:aws:iam::111122223333:role/{one.inputs['name']}" for one in graph.all("Role")}


def test_the_prefixes_of_rules_are_those_that_databases_write_to():
    """Logs and backups of pxc and ps: what the rules name has to be what the custom resources say."""
    args: Any = aws(TENANTS["pxc"], tenant("ps", [WEEKLY], credentials="keys"))
    graphs = [with_database(args, engine) for engine in ("pxc", "ps")]
    rules = graphs[0].one("BucketLifecycleConfiguration").inputs["rules"]
    ruled = [one["filter"]["prefix"] for one in rules]
    kinds = ("PerconaXtraDBCluster", "PerconaServerMySQL")
    written = json.dumps([graph.one(kind).inputs for graph, kind in zip(graphs, kinds, strict=True)])
    named = [one.rstrip("/") for one in ruled if one]
    assert len(named) == 3
    for prefix in named:
        assert f'{prefix}"' in written, prefix


def test_a_database_that_is_no_tenant_has_no_backup_here():
    args: Any = aws(TENANTS["pg"])

    def program() -> None:
        BackupBucket("backups", args).backup("pg", "shop", "other")

    with pytest.raises(SpecError) as error:
        evaluate(program, outputs=OUTPUTS)
    assert "pg/shop/other is not among the tenants; choose pg/shop/orders" in str(error.value)


def test_a_rule_that_breaks_a_restore_registers_nothing():
    args: Any = aws(TENANTS["pg"], extra_rules=[{"name": "mine", "expire_days": 20}])
    with pytest.raises(SpecError) as error:
        evaluate(lambda: BackupBucket("backups", args))
    assert "full of 2026-01-01 of shop/orders" in str(error.value)
