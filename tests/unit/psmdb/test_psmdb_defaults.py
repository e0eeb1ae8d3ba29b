"""What holds for a MongoDB database whose owner says nothing of it, and who says so."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from dbaas_components.databases.psmdb import ENGINE
from dbaas_components.databases.spec import DatabaseSpec, explain_database, parse_database
from dbaas_components.errors import SpecError

S3 = {"storages": {"main": {"type": "s3", "bucket": "b"}, "other": {"type": "s3", "bucket": "c"}}}
DAILY = {"name": "daily", "cron": "0 1 * * *"}


def parsed(**args: Any) -> DatabaseSpec:
    return parse_database("orders", {"engine": "psmdb", "namespace": "shop", **args})


def test_only_shards_have_a_proxy():
    assert parsed().proxy.type == "none"
    assert parsed(sharding={}).proxy.type == "mongos"


def test_members_that_hold_no_data_are_small():
    spec = parsed(arbiter={}, sharding={}, size="large")
    assert spec.arbiter is not None
    assert spec.sharding is not None
    assert spec.arbiter.pods.resources.memory == "512Mi"
    assert spec.sharding.config_pods.resources.memory == "1Gi"
    own = parsed(sharding={"config_pods": {"resources": {"memory": "4Gi"}}}).sharding
    assert own is not None
    assert (own.config_pods.resources.memory, own.config_pods.resources.cpu) == ("4Gi", "500m")


def test_an_arbiter_stands_beside_an_even_count():
    assert parsed(arbiter={}).replicas == 4
    assert parsed(arbiter={}, profile="dev").replicas == 2
    assert parsed(arbiter={"enabled": False}).replicas == 3


def test_one_config_server_is_enough_for_development():
    counts = [
        one.sharding.config_replicas
        for profile in ("dev", "standard")
        if (one := parsed(sharding={}, profile=profile)).sharding
    ]
    assert counts == [1, 3]


@pytest.mark.parametrize(
    ("backup", "shipped"),
    [
        (S3, True),
        ({**S3, "schedules": [DAILY]}, True),
        ({**S3, "schedules": [{**DAILY, "storage": "main"}]}, True),
        ({**S3, "schedules": [{**DAILY, "storage": "other"}]}, None),
        ({**S3, "schedules": [{**DAILY, "enabled": False}]}, None),
        ({**S3, "schedules": []}, None),
        ({**S3, "pitr": {"enabled": False}}, False),
        ({}, None),
    ],
)
def test_logs_are_shipped_where_something_backs_up_to_the_main_storage(backup, shipped):
    for profile, expected in {"standard": shipped, "dev": False if shipped is False else None}.items():
        pitr = parsed(profile=profile, backup=backup).backup.pitr
        assert (pitr.enabled if pitr else None) is expected


def test_standard_collects_logs_and_critical_audits_too():
    logs = {profile: parsed(profile=profile).observability.logs for profile in ("dev", "standard", "critical")}
    assert {profile: found is not None for profile, found in logs.items()} == {
        "dev": False,
        "standard": True,
        "critical": True,
    }
    assert [parsed(profile=profile).audit for profile in logs] == [False, False, True]
    assert parsed(profile="critical", audit=False).audit is False


def test_explain_names_the_engine_and_the_profile():
    told = {
        one.path: one.source
        for one in explain_database(
            "orders", {"engine": "psmdb", "namespace": "shop", "profile": "critical", "sharding": {}, "backup": S3}
        )
    }
    assert told["sharding.config_pods.resources.memory"] == "engine psmdb"
    assert told["proxy.type"] == "engine psmdb"
    assert told["audit"] == "profile critical"
    assert told["backup.pitr.enabled"] == "profile critical"
    assert told["observability.logs.enabled"] == "profile critical"


WRONG: list[Any] = [
    1,
    "x",
    True,
    [],
    [1],
    ["x"],
    {},
    {"x": 1},
    {"storages": 1},
    {"storages": {"a": 1}, "schedules": "x"},
]


@pytest.mark.parametrize("field", ["sharding", "arbiter", "hidden", "backup", "observability", "proxy", "encryption"])
@pytest.mark.parametrize("value", WRONG, ids=str)
def test_whatever_is_given_the_defaults_do_not_break(field, value):
    layers = ENGINE.defaults({field: value})
    assert [layer.source for layer in layers] == ["engine psmdb", "profile standard"]
    # Anything but the library's own refusal would fail here.
    with contextlib.suppress(SpecError):
        parsed(**{field: value})
