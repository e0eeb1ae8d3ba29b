"""Vault's configuration, content and programs, without a server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.charts.values import value_problems
from dbaas_components.bootstrap.jobs import ProgramJob, program_source
from dbaas_components.bootstrap.vault import objects
from dbaas_components.bootstrap.vault.content import content
from dbaas_components.bootstrap.vault.server_configuration import places_of, server_configuration
from dbaas_components.bootstrap.vault.snapshots import snapshot_job
from dbaas_components.bootstrap.vault.spec import VaultSpec
from dbaas_components.bootstrap.vault.values import vault_values
from dbaas_components.errors import SpecError
from dbaas_components.labels import GATE

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
AWS = {"aws_kms": {"key": "alias/vault", "region": "eu-west-1"}, "recovery_keys": "plain_in_a_secret"}
PUBLIC_KEY = "mQENBGc="


def parsed(**given: Any) -> VaultSpec:
    return parse_arguments(VaultSpec, "vault", {"ownership": OWNERSHIP, "seal": AWS, **given})


@pytest.mark.parametrize("software", ["vault", "openbao"])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"replicas": 1},
        {
            "seal": {
                "transit": {"address": "https://v:8200", "key": "k", "token_secret": "s", "ca_secret": "c"},
                "recovery_public_keys": [PUBLIC_KEY],
            },
            "resources": {"cpu": "2", "memory": "2Gi"},
            "node_labels": {"pool": "platform"},
            "tolerations": [{"key": "platform", "effect": "NoSchedule"}],
            "priority_class": "dbaas-platform",
            "service_account_annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/vault"},
            "pull_secrets": ["registry"],
            "data": {"size": "20Gi", "storage_class": "fast"},
            "service_monitor": True,
            "sources": {"mirror": "mirror.example.com"},
        },
    ],
)
def test_the_chart_knows_every_value(software, more):
    assert value_problems(software, vault_values(parsed(software=software, **more))) == []


def test_images_come_from_the_mirror():
    values = vault_values(parsed(sources={"mirror": "mirror.example.com/dbaas"}))
    assert values["server"]["image"]["registry"] == "mirror.example.com/dbaas/quay.io"
    assert values["server"]["image"]["repository"] == "openbao/openbao"
    snapshots = {"s3": {"bucket": "b", "region": "r"}}
    spec = parsed(sources={"mirror": "mirror.example.com/dbaas"}, snapshots=snapshots)
    assert spec.snapshots is not None
    pod = snapshot_job(spec, spec.snapshots).cron_job("0 * * * *")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    images = [one["image"] for one in (*pod["initContainers"], *pod["containers"])]
    assert all(image.startswith("mirror.example.com/dbaas/docker.io/") for image in images)


def test_the_servers_find_each_other_and_speak_tls_alone():
    found = json.loads(server_configuration(spec := parsed(), places_of(spec)))
    (listener,) = (one["tcp"] for one in found["listener"])
    assert "tls_disable" not in listener
    assert listener["tls_min_version"] == "tls12"
    joined = [one["leader_api_addr"] for one in found["storage"]["raft"]["retry_join"]]
    assert joined == [f"https://openbao-{number}.openbao-internal.openbao.svc:8200" for number in range(3)]
    assert found["seal"] == {"awskms": {"region": "eu-west-1", "kms_key_id": "alias/vault"}}


def test_openbao_audits_by_its_configuration_and_vault_by_its_api():
    bao, vault = parsed(), parsed(software="vault")
    audit = json.loads(server_configuration(bao, places_of(bao)))["audit"]
    assert [list(one["file"]) for one in audit] == [["file"], ["console"]]
    assert content(bao)["audit"] == {}
    assert "audit" not in json.loads(server_configuration(vault, places_of(vault)))
    assert set(content(vault)["audit"]) == {"file", "console"}


def test_the_certificate_bears_every_name_that_the_server_is_reached_by():
    spec = parsed(host_names=["vault.example.com"])
    names = objects.certificate(spec)["spec"]["dnsNames"]
    assert spec.address.removeprefix("https://").removesuffix(":8200") in names
    assert "*.openbao-internal.openbao.svc" in names
    assert "vault.example.com" in names


def test_the_certificate_takes_no_longer_common_name_than_there_can_be():
    assert objects.certificate(parsed())["spec"]["commonName"] == "openbao.openbao.svc"
    spec = objects.certificate(parsed(namespace="n" * 63))["spec"]
    assert spec["commonName"] == "openbao"
    assert f"openbao-active.{'n' * 63}.svc" in spec["dnsNames"]


def test_the_role_of_the_job_cannot_remove_a_mount():
    rules = json.loads(content(parsed())["policies"]["dbaas-bootstrap"])["path"]
    mounts = {path: rule["capabilities"] for path, rule in rules.items() if path.startswith("sys/mounts")}
    assert mounts == {"sys/mounts": ["read"], "sys/mounts/*": ["create", "update"]}


def programs() -> list[ProgramJob]:
    keys = [{"namespace": "shop", "database": "orders", "engine": "pxc"}]
    spec = parsed(consumers={"keys": keys}, snapshots={"s3": {"bucket": "b", "region": "r"}})
    assert spec.snapshots is not None
    return [objects.bootstrap_job(spec), objects.tokens_job(spec), snapshot_job(spec, spec.snapshots)]


@pytest.mark.parametrize("job", programs(), ids=lambda job: job.program)
def test_a_program_finds_its_modules_as_its_pod_has_them_with_nothing_but_python(job, tmp_path):
    """The files as the ConfigMap's volume lays them out; no site packages, and this library out of sight."""
    template = job.job()["spec"]["template"]["spec"]
    (volume,) = (one for one in template["volumes"] if one["name"] == "program")
    data = job.config_map()["data"]
    for item in volume["configMap"]["items"]:
        file = tmp_path / item["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(data[item["key"]])
    module = template["containers"][0]["command"][3]
    command = [sys.executable, "-S", "-E", "-c", f"import {module}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert program_source(job.program) == data[f"{job.program}.py"]


def first_snapshot(**s3: Any) -> ProgramJob:
    spec = parsed(snapshots={"s3": {"bucket": "b", "region": "r", **s3}})
    assert spec.snapshots is not None
    return snapshot_job(spec, spec.snapshots)


def test_the_first_snapshot_is_a_job_and_the_others_are_the_same_program():
    job = first_snapshot()
    made, by_the_clock = job.job(), job.cron_job("0 * * * *")["spec"]["jobTemplate"]
    assert made["metadata"]["annotations"][GATE] == "a snapshot of Vault is in bucket b and was read back whole"
    assert by_the_clock["spec"]["template"] == made["spec"]["template"]


def test_a_snapshot_to_another_place_is_another_job():
    usual = first_snapshot().job()["metadata"]["name"]
    assert usual == first_snapshot().job()["metadata"]["name"]
    for other in ({"bucket": "c"}, {"prefix": "elsewhere"}, {"region": "s"}, {"credentials_secret": "keys"}):
        assert first_snapshot(**other).job()["metadata"]["name"] != usual, other


def test_keys_of_a_bucket_are_files_of_its_pod_and_stand_nowhere_else():
    job = first_snapshot(credentials_secret="bucket-keys")
    pod = job.job()["spec"]["template"]["spec"]
    (volume,) = (one["secret"] for one in pod["volumes"] if one["name"] == "bucket-keys")
    assert (volume["secretName"], volume["optional"]) == ("bucket-keys", True)
    assert all("env" not in one and "envFrom" not in one for one in (*pod["initContainers"], *pod["containers"]))


def test_nothing_secret_is_in_what_a_program_is_told():
    for job in programs():
        text = json.dumps(job.config_map())
        assert "root-token" not in json.dumps(job.configuration)
        assert "BEGIN PRIVATE" not in text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seal": {}}, "seal: takes one of aws_kms, google_kms, transit and shamir, and none was given"),
        ({"seal": {**AWS, "shamir": "keys_kept_in_a_secret"}}, "aws_kms and shamir was given"),
        ({"seal": {"aws_kms": AWS["aws_kms"]}}, "recovery_keys: exclude each other, and one is required"),
        ({"seal": {**AWS, "recovery_public_keys": [PUBLIC_KEY]}}, "exclude each other"),
        ({"seal": {**AWS, "recovery_keys": None, "recovery_public_keys": ["hello"]}}, "is not an OpenPGP public key"),
        (
            {"seal": {**AWS, "recovery_keys": None, "recovery_public_keys": [PUBLIC_KEY] * 3, "recovery_threshold": 1}},
            "recovery_threshold: 1 of 3 recovery keys is refused by Vault",
        ),
        ({"replicas": 2}, "replicas: 2 is even: a majority of 2 is no safer than one of 1; write 1 or 3"),
        ({"tokens": {"period": "1d"}}, "tokens.period"),
        ({"tokens": {"period": "60d"}}, '"60d" is not between 7d and 32d'),
        ({"mount": "/secret"}, "is not a mount of Vault"),
        ({"data": {"size": "1"}}, 'data.size: "1" is less than 1Gi'),
        ({"audit": {"size": "1023Mi"}}, 'audit.size: "1023Mi" is less than 1Gi'),
        ({"snapshots": {}}, "takes one of s3 and google"),
        ({"service_account_annotations": {"a": "{{ x }}"}}, "the chart would take for a template of its own"),
        (
            {"consumers": {"keys": [{"namespace": "a", "database": "b", "engine": "pg"}]}},
            "consumers.keys[0].engine",
        ),
        (
            {
                "consumers": {
                    "keys": [
                        {"namespace": "a", "database": "b", "engine": "pxc", "mount": "m"},
                        {"namespace": "a", "database": "c", "engine": "pxc", "mount": "m"},
                    ]
                }
            },
            "each could read the other's keys",
        ),
        (
            {"consumers": {"external_secrets": {"namespaces": ["a"], "service_account": "external-secrets"}}},
            "is not a service account; write namespace/name",
        ),
        (
            {
                "consumers": {
                    "roles": [
                        {
                            "name": "x",
                            "service_accounts": ["a/b", "c/d"],
                            "rules": [{"path": "secret/data/x", "capabilities": ["read"]}],
                        }
                    ]
                }
            },
            "together let in a/d and c/b as well; make a role for each",
        ),
        (
            {
                "consumers": {
                    "roles": [
                        {
                            "name": "external-secrets",
                            "service_accounts": ["a/b"],
                            "rules": [{"path": "x", "capabilities": ["read"]}],
                        }
                    ]
                }
            },
            "is a name that this library uses itself",
        ),
        ({"consumers": {"external_secrets": {"namespaces": []}}}, "is empty; write at least one"),
    ],
)
def test_bad_input_is_told_with_its_way_out(given, message):
    with pytest.raises(SpecError) as caught:
        parsed(**given)
    assert message in str(caught.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(SpecError) as caught:
        parsed(replicas=4, tokens={"period": "1h"}, mount="secret")
    assert "replicas" in str(caught.value)
    assert "tokens.period" in str(caught.value)


def test_python_sources_of_programs_are_in_the_package():
    folder = Path(__file__).resolve().parents[2] / "dbaas_components" / "bootstrap" / "in_cluster"
    for job in programs():
        for name in (job.program, *job.modules):
            assert (folder / f"{name}.py").is_file()
