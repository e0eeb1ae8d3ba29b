"""What a bucket's probe is told, and as whom it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dbaas_components import SpecError
from dbaas_components.bootstrap.buckets.identity import trusted_accounts
from dbaas_components.bootstrap.buckets.policies import bucket_arn, tenant_policy
from dbaas_components.bootstrap.buckets.probe import probe_job, probe_service_account
from dbaas_components.bootstrap.in_cluster import object_store
from dbaas_components.bootstrap.in_cluster.service import Failed, NotNow
from dbaas_components.bootstrap.jobs import ProgramJob
from dbaas_components.labels import GATE, TENANT
from tests.unit.buckets.iam import decision
from tests.unit.buckets.made import TENANTS, aws, gcp, keyed, parsed


def job(args: dict[str, Any], number: int = 0) -> ProgramJob:
    spec = parsed({**args, "probe": True})
    return probe_job(spec, spec.tenants[number])


def by_engine(**given: Any) -> dict[str, ProgramJob]:
    spec = parsed(aws(**given, probe=True))
    return {one.engine: probe_job(spec, one) for one in spec.tenants}


def test_the_gate_says_where_and_as_whom():
    found = {engine: one.annotations[GATE] for engine, one in by_engine().items()}
    assert found["pg"] == (
        "pg in shop: an object is written, read back and deleted below production/pg/shop/ as role acme-backups-pg-shop"
    )
    assert found["pxc"].endswith("below production/pxc/shop/ with the keys of Secret shop/bucket-keys")


def test_its_object_is_the_tenants_and_no_databases_and_the_tenants_rights_reach_it():
    spec = parsed(aws(probe=True))
    for tenant in spec.tenants:
        where = f"{bucket_arn(spec.bucket, spec.region)}/{probe_job(spec, tenant).configuration['object']}"
        rights = tenant_policy(
            bucket_arn(spec.bucket, spec.region), f"production/{tenant.engine}/shop/", region=spec.region
        )
        for action in ("s3:PutObject", "s3:GetObject", "s3:DeleteObject"):
            assert decision([rights], action, where, secure="true", tls="1.3") == "allowed"
        # No database can bear a name with a dot, and so none lists or expires what lies there.
        assert where.split("/")[4].startswith(".")


@pytest.mark.parametrize(
    "change",
    [
        {"bucket": "other-backups"},
        {"region": "eu-north-1"},
        {"ownership": {"owner": "dba", "cost_centre": "4711", "environment": "staging"}},
        {"cluster": {"oidc_provider": "arn:aws:iam::444455556666:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/X"}},
        {"tenants": [{**TENANTS["pg"], "credentials": "bucket-keys"}]},
        {"tenants": [{**TENANTS["pg"], "namespace": "finance"}]},
    ],
)
def test_another_bucket_identity_or_prefix_is_another_job(change: dict[str, Any]):
    usual = aws(TENANTS["pg"])
    assert job(usual).job() == job(usual).job()
    assert job({**usual, **change}).job()["metadata"]["name"] != job(usual).job()["metadata"]["name"]


def test_other_schedules_are_the_same_job():
    other = {**TENANTS["pg"], "databases": {"orders": {"schedules": []}}}
    assert job(aws(other)).job() == job(aws(TENANTS["pg"])).job()


def test_its_service_account_has_the_tenants_identity_and_is_trusted_by_it():
    for args, key in ((aws(TENANTS["pg"]), "eks.amazonaws.com/role-arn"), (gcp(), "iam.gke.io/gcp-service-account")):
        spec = parsed({**args, "probe": True})
        account = probe_service_account(spec, spec.tenants[0])["metadata"]
        assert set(account["annotations"]) == {key}
        assert account["name"] in trusted_accounts(spec, spec.tenants[0])
        assert account["name"] not in trusted_accounts(spec, spec.tenants[0], read=True)
        assert account["labels"][TENANT] == "shop"
    spec = parsed(aws(TENANTS["pg"], probe=False))
    assert trusted_accounts(spec, spec.tenants[0]) == spec.tenants[0].accounts()


def test_keys_are_files_of_the_pod_and_stand_nowhere_else():
    pod = by_engine()["pxc"].job()["spec"]["template"]["spec"]
    (volume,) = (one["secret"] for one in pod["volumes"] if one["name"] == "bucket-keys")
    # Without `optional` the pod would not even start, and nobody would tell why.
    assert (volume["secretName"], volume["optional"]) == ("bucket-keys", True)
    containers = [*pod["initContainers"], *pod["containers"]]
    assert all("env" not in one and "envFrom" not in one for one in containers)
    assert all(one["resources"]["limits"].keys() == {"cpu", "memory"} for one in containers)


def test_images_come_from_the_mirror():
    pod = job(aws(sources={"mirror": "mirror.example.com/dbaas"})).job()["spec"]["template"]["spec"]
    images = [one["image"] for one in (*pod["initContainers"], *pod["containers"])]
    assert len(images) == 2
    assert all(image.startswith("mirror.example.com/dbaas/docker.io/") for image in images)


@pytest.mark.slow
def test_a_bucket_with_a_long_name_or_dots_has_a_job_that_kubernetes_takes():
    for given in (gcp(bucket="a.b.c"), aws(bucket="b" * 63)):
        found = job(given).job()["metadata"]["name"]
        assert len(found) <= 63
        assert "." not in found


def test_a_service_of_ones_own_may_have_its_own_authority_wherever_the_engine_can():
    given = {
        "provider": "s3_compatible",
        "endpoint": "https://minio.example.com",
        "authority": {"secret": "ca", "key": "ca.crt"},
    }
    spec = parsed(keyed(aws(), **given))
    found = {one.engine: probe_job(spec, one) for one in spec.tenants}
    assert {engine for engine, one in found.items() if "ca_file" in one.configuration["store"]} == {
        "pg",
        "psmdb",
        "pxc",
    }
    with pytest.raises(SpecError, match="authority: is for provider s3_compatible only"):
        parsed(aws(authority={"secret": "ca", "key": "ca.crt"}))


def test_the_program_finds_its_modules_as_its_pod_has_them_with_nothing_but_python(tmp_path: Path):
    made = by_engine()["pg"]
    for file, text in made.config_map()["data"].items():
        if file.endswith(".py"):
            folder = tmp_path / "dbaas_components" / "bootstrap" / "in_cluster"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
    module = made.job()["spec"]["template"]["spec"]["containers"][0]["command"][3]
    command = [sys.executable, "-S", "-E", "-c", f"import {module}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class Said:
    """rclone that fails with these words, and what it was given."""

    def __init__(self, folder: Path, words: str) -> None:
        self.environment = folder / "environment"
        self.program = folder / "rclone"
        message = folder / "message"
        message.write_text(words)
        self.program.write_text(f"#!/bin/sh\nenv > {self.environment}\ncat {message} >&2\nexit 1\n")
        self.program.chmod(0o755)


def failing(args: dict[str, Any], said: Said, keys: dict[str, str], folder: Path) -> Exception:
    """What a write to the bucket raises."""
    settings = json.loads(json.dumps(job(args).configuration["store"]))
    settings["program"] = str(said.program)
    if "keys" in settings:
        settings["keys"]["folder"] = str(folder / "keys")
        (folder / "keys").mkdir()
        for name, value in keys.items():
            (folder / "keys" / name).write_text(value)
    with pytest.raises((Failed, NotNow)) as raised:
        object_store.Store(settings).write("x", b"x")
    return raised.value


# Of the SDKs' own sources; no such server is at hand. Those of S3 are tried in tests/buckets.
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("googleapi: Error 403: x@y does not have storage.objects.create access, forbidden", "lack objects.create"),
        ("googleapi: Error 404: The specified bucket does not exist., notFound", "bucket missing: "),
        (
            "oauth2/google: status 403: Permission iam.serviceAccounts.getAccessToken denied",
            "does not trust service acc",
        ),
        (
            "failed to configure: google: could not find default credentials.",
            "nothing gives service account shop/bucket-",
        ),
        ("googleapi: Error 403: Permission denied on Cloud KMS key, cloudkms.x", "may not use the key that encrypts"),
    ],
)
def test_what_google_cloud_refuses_is_told(tmp_path: Path, words: str, message: str):
    raised = failing(gcp(TENANTS["pg"]), Said(tmp_path, words), {}, tmp_path)
    assert isinstance(raised, NotNow)
    assert message in str(raised)


AZURE_KEYS = {"azure.conf": "[global]\nrepo1-azure-account=acme\nrepo1-azure-key=hush-hush\n"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("RESPONSE 404: ERROR CODE: ContainerNotFound", "bucket missing: there is no acme-backups"),
        ("RESPONSE 403: ERROR CODE: AuthenticationFailed", "does not take the keys of Secret shop/bucket-keys"),
        ("RESPONSE 403 AuthorizationPermissionMismatch", "the keys of Secret shop/bucket-keys may not write"),
        (
            "Put https://acme/?key=hush-hush: dial tcp: no route to host",
            "(Put https://acme/?key=***: dial tcp: no route to host)",
        ),
    ],
)
def test_what_azure_refuses_is_told_and_no_key_with_it(tmp_path: Path, words: str, message: str):
    args = keyed(aws(TENANTS["pg"]), provider="azure", storage_account="acme")
    said = Said(tmp_path, words)
    raised = failing(args, said, AZURE_KEYS, tmp_path)
    assert message in str(raised)
    assert "hush-hush" not in str(raised)
    given = said.environment.read_text().splitlines()
    assert {"RCLONE_CONFIG_TARGET_ACCOUNT=acme", "RCLONE_CONFIG_TARGET_KEY=hush-hush"} <= set(given)


def test_the_key_of_a_google_account_is_put_together_for_psmdb(tmp_path: Path):
    said = Said(tmp_path, "x")
    keys = {"GCS_CLIENT_EMAIL": "a@b", "GCS_PRIVATE_KEY": "one\\ntwo"}
    tenant = {**TENANTS["psmdb"], "credentials": "bucket-keys"}
    failing(gcp(tenant), said, keys, tmp_path)
    (line,) = [one for one in said.environment.read_text().splitlines() if "TARGET_SERVICE_ACCOUNT_CREDENTIALS=" in one]
    document = json.loads(line.partition("=")[2])
    assert (document["client_email"], document["private_key"]) == ("a@b", "one\ntwo")


def test_nothing_of_the_programs_surroundings_reaches_the_bucket_but_the_pods_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    said = Said(tmp_path, "x")
    for name, value in {
        "RCLONE_CONFIG_TARGET_ENDPOINT": "https://evil",
        "AWS_ACCESS_KEY_ID": "nodes",
        "AWS_ROLE_ARN": "r",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "token")
    failing(aws(TENANTS["pg"]), said, {}, tmp_path)
    given = {one.partition("=")[0]: one.partition("=")[2] for one in said.environment.read_text().splitlines()}
    assert given["AWS_ROLE_ARN"] == "r"
    assert given["AWS_EC2_METADATA_DISABLED"] == "true"
    assert not {"AWS_ACCESS_KEY_ID", "RCLONE_CONFIG_TARGET_ENDPOINT"} & given.keys()
