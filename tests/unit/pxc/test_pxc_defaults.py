"""What holds for pxc where an owner says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.databases.layers import merged
from dbaas_components.databases.pxc import ENGINE
from dbaas_components.databases.spec import explain_database, parse_database

S3 = {"type": "s3", "bucket": "company-backups", "credentials": "s3-backups"}


def parsed(**args: Any):
    return parse_database("orders", {"engine": "pxc", "namespace": "shop", **args})


def test_haproxy_stands_in_front_and_proxysql_gets_a_volume():
    assert (parsed().proxy.type, parsed().proxy.storage_size) == ("haproxy", None)
    assert parsed(proxy={"type": "proxysql"}).proxy.storage_size == "2Gi"
    assert parsed(proxy={"type": "proxysql", "storage_size": "5Gi"}).proxy.storage_size == "5Gi"


@pytest.mark.parametrize(("profile", "protected"), [("dev", False), ("standard", True), ("critical", True)])
def test_protected_profiles_collect_logs_and_ship_what_changes(profile, protected):
    spec = parsed(profile=profile, backup={"storages": {"main": S3}})
    assert (spec.observability.logs is not None) == protected
    assert (spec.backup.pitr is not None) == protected


@pytest.mark.parametrize(
    "backup",
    [
        {},
        {"storages": {"main": {"type": "volume", "size": "9Gi"}}},
        {"storages": {"main": {"type": "s3", "bucket": "company-backups"}}},
        {"storages": {"main": {"type": "volume", "size": "9Gi"}, "far": S3}},
    ],
)
def test_logs_are_not_shipped_by_default_where_they_could_not_be(backup):
    assert parsed(backup=backup).backup.pitr is None


def test_the_storage_that_is_named_for_logs_decides():
    storages = {"near": {"type": "volume", "size": "9Gi"}, "far": S3}
    pitr = parsed(backup={"storages": storages, "pitr": {"storage": "far"}}).backup.pitr
    assert pitr is not None
    assert pitr.enabled


def test_what_was_given_holds_over_the_profile():
    spec = parsed(
        backup={"storages": {"main": S3}, "pitr": {"enabled": False}}, observability={"logs": {"enabled": False}}
    )
    assert spec.backup.pitr is not None
    assert spec.observability.logs is not None
    assert (spec.backup.pitr.enabled, spec.observability.logs.enabled) == (False, False)


def test_explain_tells_who_turned_the_shipping_of_logs_on():
    told = explain_database("orders", {"engine": "pxc", "namespace": "shop", "backup": {"storages": {"main": S3}}})
    (found,) = [one for one in told if one.path == "backup.pitr.enabled"]
    assert "standard" in found.source


WRONG = [None, 3, "x", True, [], ["x"], {"x": 1}, {"storages": 3}, {"storages": {"main": 3}}]


@pytest.mark.parametrize("value", WRONG)
@pytest.mark.parametrize("field", ["backup", "proxy", "profile", "observability"])
def test_defaults_take_anything_without_a_crash(field, value):
    assert merged(ENGINE.defaults({field: value}))["version"] == "8.4"
    nested = {"backup": {"storages": value, "pitr": value}, "proxy": {"type": value}}
    assert merged(ENGINE.defaults(nested))["proxy"]["type"] == "haproxy"
