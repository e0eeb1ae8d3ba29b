"""What holds for ps where its owner says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.layers import merged
from dbaas_components.databases.spec import parse_database
from dbaas_components.databases.spec.parsing import explain_database

S3 = {"type": "s3", "bucket": "backups", "credentials": "keys"}
GCS = {**S3, "type": "gcs"}


def parsed(**args: Any) -> Any:
    return parse_database("orders", {"engine": "ps", "namespace": "shop", **args})


def test_a_group_behind_haproxy_without_orchestrator():
    spec = parsed()
    assert (spec.version, spec.replication.mode, spec.proxy.type, spec.orchestrator) == (
        "8.4",
        "group",
        "haproxy",
        None,
    )


@pytest.mark.parametrize(("profile", "pods"), [("dev", 1), ("standard", 3), ("critical", 3)])
def test_asynchronous_replication_gets_its_orchestrator(profile, pods):
    assert parsed(profile=profile, replication={"mode": "async"}).orchestrator.replicas == pods


@pytest.mark.parametrize(
    ("profile", "storages", "expected"),
    [
        ("standard", {"main": S3}, (True, None)),
        ("critical", {"copy": GCS, "main": S3}, (True, "main")),
        ("critical", {"copy": {**S3, "verify_tls": False}, "main": {**S3, "bucket": "other"}}, (True, "main")),
        ("standard", {"copy": GCS}, None),
        ("dev", {"main": S3}, None),
    ],
)
def test_logs_are_shipped_where_a_protected_database_has_a_place_for_them(profile, storages, expected):
    pitr = parsed(profile=profile, backup={"storages": storages}).backup.pitr
    assert (None if pitr is None else (pitr.enabled, pitr.storage)) == expected


def test_shipping_can_be_switched_off():
    assert parsed(backup={"storages": {"main": S3}, "pitr": {"enabled": False}}).backup.pitr.enabled is False


def test_the_defaults_of_backups_are_explained_as_this_engines():
    args = {"engine": "ps", "namespace": "shop", "backup": {"storages": {"main": S3}}}
    sources = {one.path: one.source for one in explain_database("orders", args)}
    assert sources["backup.delete_from_storage"] == sources["backup.pitr.enabled"] == "engine ps"


@pytest.mark.parametrize(
    "nonsense", [None, 7, "text", True, (), ("a",), {"a": 1}, {"storages": 3}, {"storages": {"a": 3}}]
)
def test_whatever_is_given_never_breaks_the_defaults(nonsense):
    for field in ("profile", "replication", "backup", "proxy", "version", "name"):
        assert merged(ENGINES["ps"].defaults({field: nonsense}))["version"] == "8.4"
