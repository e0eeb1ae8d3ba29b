"""What has not the form that is wanted is refused with that form, an example and, where one was given, the value."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.buckets.spec import BucketSpec
from dbaas_components.bootstrap.secret_store import SecretStoreSpec
from dbaas_components.bootstrap.storage_tiers import StorageTiersSpec
from dbaas_components.bootstrap.vault.spec import VaultSpec
from dbaas_components.errors import SpecError
from dbaas_components.observability.database_alerts import DatabaseAlertsSpec

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
KEY = "mQENBGc="
TENANT = {"namespace": "shop", "engine": "pxc", "credentials": "keys", "databases": {"orders": {}}}
Given = tuple[Any, dict[str, Any]]


def bucket(**changed: Any) -> Given:
    return BucketSpec, {"provider": "aws", "bucket": "acme", "region": "eu-west-1", "tenants": [TENANT], **changed}


def vault(seal: dict[str, Any], **more: Any) -> Given:
    return VaultSpec, {"seal": {"recovery_public_keys": [KEY], **seal}, **more}


def tier(kubernetes: str, **high: Any) -> Given:
    return StorageTiersSpec, {"cloud": {"kubernetes": kubernetes, "tiers": {"high": high}}}


TRANSIT = {"address": "http://vault:8200", "key": "unseal", "token_secret": "transit"}
SHAMIR = {"shamir": "keys_kept_in_a_secret", "recovery_public_keys": []}
STORE = {"namespaces": ["a"], "vault": {"address": "https://v:8200", "service_account": "eso"}}
WRONG = [
    (bucket(bucket="Acme_Prod"), "bucket", '"Acme_Prod" is not a name for a bucket; use 3 to 63 lower-case letters'),
    (bucket(bucket="acme..prod"), "bucket", '"acme..prod" is not a name for a bucket; use 3 to 63 lower-case letters'),
    (bucket(break_glass=["root"]), "break_glass[0]", '"root" is not somebody on AWS; write an ARN such as arn:aws:iam'),
    (bucket(cluster={"oidc_provider": "x"}), "cluster.oidc_provider", '"x" is not an identity provider; write an ARN'),
    (
        bucket(endpoint="http://s3"),
        "endpoint",
        '"http://s3" is not the address of a server; write one such as https://',
    ),
    (vault({"transit": TRANSIT}), "seal.transit.address", '"http://vault:8200" is not the address of a server; write'),
    (
        vault({"aws_kms": {"key": "k", "region": "r", "endpoint": "http://kms"}}),
        "seal.aws_kms.endpoint",
        '"http://kms" is not the address of a server; write one such as https://',
    ),
    (
        vault(SHAMIR, snapshots={"s3": {"bucket": "b", "region": "r", "endpoint": "http://minio:9000"}}),
        "snapshots.s3.endpoint",
        '"http://minio:9000" is not the address of a server; write one such as https://',
    ),
    (
        vault({"aws_kms": {"key": "arn:aws:kms:eu-west-1:111122223333:key/a", "region": "eu-central-1"}}),
        "seal.aws_kms.region",
        '"eu-central-1" is not the region of the key, which is in eu-west-1; write that',
    ),
    (
        vault({"transit": TRANSIT}, host_names=["vault.example.com", "https://vault"]),
        "host_names[1]",
        '"https://vault" is not the name of a host; write such as vault.example.com',
    ),
    (
        (DatabaseAlertsSpec, {"runbooks": "our wiki"}),
        "runbooks",
        '"our wiki" is not the address of a folder; write such as https://wiki.example.com/runbooks',
    ),
    (
        (DatabaseAlertsSpec, {"thresholds": {"volume_warning": 5}}),
        "thresholds.volume_warning",
        "5 per cent left is no more than the 5 of volume_critical, and nobody would be warned before",
    ),
    ((SecretStoreSpec, STORE), "vault.service_account", '"eso" is not a service account; write namespace/name'),
    (
        tier("aks", provisioner="x y"),
        "cloud.tiers.high.provisioner",
        '"x y" is not the name of a driver; write such as',
    ),
    (
        tier("eks", parameters={"encrypted": "false"}),
        "cloud.tiers.high.parameters.encrypted",
        '"false" would leave volumes in the clear; leave it out, or say encrypted: false of the tier',
    ),
    (
        tier("on_premises", portworx={}, parameters={"secure": "false"}),
        "cloud.tiers.high.parameters.secure",
        '"false" would leave volumes in the clear',
    ),
    (tier("eks", typ="io2"), "cloud.tiers.high.typ", "is not a known key; choose encrypted, expandable, parameters"),
]


@pytest.mark.parametrize(("given", "path", "message"), WRONG, ids=[path for _, path, _ in WRONG])
def test_it_is_told_with_the_value_what_is_allowed_and_the_fix(given: Given, path: str, message: str) -> None:
    model, args = given
    with pytest.raises(SpecError) as caught:
        parse_arguments(
            model, "it", {**({"ownership": OWNERSHIP} if "ownership" in model.model_fields else {}), **args}
        )
    told = {problem.path: problem.message for problem in caught.value.problems}
    assert told[path].startswith(message)


@pytest.mark.parametrize(
    ("engine", "kind", "allowed"),
    [
        ("pxc", "incremental", "full"),
        ("pxc", "differential", "full"),
        ("ps", "differential", "full or incremental"),
        ("psmdb", "differential", "full or incremental"),
    ],
)
def test_a_schedule_of_a_kind_that_the_engine_does_not_make_is_refused(engine: str, kind: str, allowed: str) -> None:
    schedules = [{"name": "daily", "cron": "0 1 * * *", "type": kind}]
    tenant = {**TENANT, "engine": engine, "databases": {"orders": {"schedules": schedules}}}
    _, args = bucket(tenants=[tenant])
    with pytest.raises(SpecError) as caught:
        parse_arguments(BucketSpec, "it", {"ownership": OWNERSHIP, **args})
    (problem,) = caught.value.problems
    assert problem.path == "tenants[0].databases.orders.schedules[0].type"
    assert problem.message == f'"{kind}" is no kind of backup that {engine} makes; write {allowed}'


def test_a_field_of_its_own_is_judged_whatever_else_is_wrong() -> None:
    _, args = vault({"gcp_kms": {}}, replicas=2, tokens={"period": "1d"})
    with pytest.raises(SpecError) as caught:
        parse_arguments(VaultSpec, "it", {"ownership": OWNERSHIP, **args})
    assert {problem.path for problem in caught.value.problems} == {"seal.gcp_kms", "replicas", "tokens.period"}


def test_a_tier_that_is_said_to_be_unencrypted_may_be() -> None:
    model, args = tier("eks", parameters={"encrypted": "false"}, encrypted=False)
    parse_arguments(model, "it", {"ownership": OWNERSHIP, **args})
