"""What a PostgreSQL database gets of which little is said, and that `dbaas explain` can say who chose it."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.databases.pg import ENGINE
from dbaas_components.databases.spec import explain_database, parse_database

S3 = {"type": "s3", "bucket": "backups", "region": "eu-west-1"}


def spec_of(**args: Any):
    return parse_database("orders", {"engine": "pg", "namespace": "shop", **args})


def explained(**args: Any) -> dict[str, tuple[Any, str]]:
    rows = explain_database("orders", {"engine": "pg", "namespace": "shop", **args})
    return {row.path: (row.value, row.source) for row in rows}


@pytest.mark.parametrize("profile", ["dev", "standard", "critical"])
def test_without_storages_backups_go_to_a_volume_of_three_times_the_size(profile):
    found = explained(profile=profile, storage="20Gi")
    assert found["backup.storages.repo1.size"] == ("60Gi", "engine pg")
    assert found["backup.storages.repo1.type"] == ("volume", "engine pg")
    schedules, source = found["backup.schedules"]
    assert [(one["type"], one["cron"]) for one in schedules] == [("full", "0 1 * * 0"), ("differential", "0 1 * * 1-6")]
    assert schedules[0]["keep"] == 2
    assert source == "engine pg"


def test_a_bucket_takes_the_volumes_place_and_the_profiles_schedule():
    spec = spec_of(backup={"storages": {"main": S3}})
    assert list(spec.backup.storages) == ["main"]
    assert [(one.type, one.keep) for one in spec.backup.schedules] == [("full", 7)]


def test_a_bucket_of_a_profile_without_schedules_is_not_left_without_a_retention():
    """pgBackRest never deletes without one, and makes none of its own accord."""
    spec = spec_of(profile="dev", backup={"storages": {"main": S3}})
    assert [(one.type, one.keep) for one in spec.backup.schedules] == [("full", 2), ("differential", None)]


def test_a_volume_among_the_storages_gets_a_size():
    found = explained(storage={"size": "10Gi"}, backup={"storages": {"main": S3, "near": {"type": "volume"}}})
    assert found["backup.storages.near.size"] == ("30Gi", "engine pg")
    given = explained(backup={"storages": {"near": {"type": "volume", "size": "7Gi"}}})
    assert given["backup.storages.near.size"] == ("7Gi", "given")


def test_a_volume_that_gets_a_size_does_not_become_the_first_storage():
    spec = spec_of(backup={"storages": {"bucket": S3, "disk": {"type": "volume"}}})
    assert list(spec.backup.storages) == ["bucket", "disk"]


def test_logs_are_always_shipped_and_what_retention_drops_is_deleted():
    found = explained(profile="dev")
    assert found["backup.pitr.enabled"] == (True, "engine pg")
    assert found["backup.delete_from_storage"] == (True, "engine pg")


def test_critical_databases_have_an_audit_log_unless_that_is_refused():
    assert explained(profile="critical")["audit"] == (True, "profile critical")
    assert spec_of(profile="standard").audit is False
    assert spec_of(profile="critical", audit=False).audit is False


def test_pmm_reads_the_extension_that_is_there():
    pmm = {"observability": {"pmm": {"server": "pmm"}}}
    assert explained(**pmm)["observability.pmm.query_source"] == ("pgstatstatements", "engine pg")
    with_monitor = explained(extensions=["pg_stat_monitor"], **pmm)
    assert with_monitor["observability.pmm.query_source"] == ("pgstatmonitor", "engine pg")
    assert "observability.pmm.query_source" not in explained()


@pytest.mark.parametrize(
    "given",
    [
        {"storage": 5},
        {"storage": {"size": ["x"]}},
        {"storage": "much"},
        {"backup": "none"},
        {"backup": {"storages": ("x",)}},
        {"backup": {"storages": {"main": "x", 5: {"type": "volume"}}}},
        {"observability": {"pmm": "server"}, "extensions": "all"},
        {"observability": 5},
    ],
)
def test_the_layers_pass_over_what_is_not_as_it_should_be(given):
    assert ENGINE.defaults(given)
