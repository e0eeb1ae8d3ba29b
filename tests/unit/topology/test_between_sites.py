"""What the sites of one topology must have in common, must not share, and may not ask for beyond their own aims."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.databases.engines import ENGINES
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.errors import SpecError
from tests.unit.topology.examples import example, hosts


def told(name: str, **changes: Any) -> list[str]:
    with pytest.raises(SpecError) as caught:
        parse_topology("orders", example(name, **changes))
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


def path(prefix: str, storage: str = "main") -> dict[str, Any]:
    return {"database": {"backup": {"storages": {storage: {"prefix": prefix}}}}}


@pytest.mark.parametrize("name", ["pxc-channels", "ps-cluster_set", "psmdb-replica_set", "pg-streaming"])
@pytest.mark.parametrize(
    ("eu", "us"),
    [("a/b", "a/b"), ("a", "a/b"), ("shop/orders/1", None), ("shop/orders/1/us", None), (None, "shop/orders/1/eu")],
)
def test_two_sites_never_write_to_one_path(name: str, eu: str | None, us: str | None) -> None:
    regions = {region: path(prefix) for region, prefix in (("eu", eu), ("us", us)) if prefix}
    (only,) = told(name, regions=regions)
    assert only.startswith("regions.us.database.backup.storages.main.prefix:")
    assert "where the site of region eu writes too" in only


def test_paths_that_only_begin_alike_are_two() -> None:
    regions = {"eu": path("a/b"), "us": path("a/bc")}
    assert parse_topology("orders", example("pg-streaming", regions=regions)).sites


def test_the_same_path_in_a_bucket_of_its_own_is_a_sites_own() -> None:
    regions = {region: path("a/b") for region in ("eu", "us")}
    for region, one in regions.items():
        one["database"]["backup"]["storages"]["main"]["bucket"] = f"backups-{region}"
    assert parse_topology("orders", example("pg-streaming", regions=regions)).sites


def test_a_path_of_another_storage_in_the_same_bucket_counts_too() -> None:
    second = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "bucket-keys"}
    regions: dict[str, Any] = {"us": path("shop/orders/1/eu", "second")}
    regions["us"]["database"]["backup"]["storages"]["second"] |= second
    (only,) = told("psmdb-replica_set", regions=regions)
    assert only.startswith("regions.us.database.backup.storages.second.prefix:")


@pytest.mark.parametrize("name", ["pg-both", "pg-repository", "pg-streaming"])
def test_a_standby_of_postgresql_is_of_the_primarys_major_version(name: str) -> None:
    (only,) = told(name, database={"version": "18"}, regions={"us": {"database": {"version": "17"}}})
    assert only.startswith('regions.us.database.version: "17" is not the "18" of region eu')


@pytest.mark.parametrize(
    ("name", "eu", "us", "says"),
    [
        ("pxc-channels", "8.4", "8.0", "an upgrade begins with the standby"),
        ("pxc-channels", "8.0", "8.4", None),
        ("ps-cluster_set", "8.4", "8.0", "an upgrade begins with the standby"),
        ("ps-cluster_set", "8.0", "8.4", None),
        ("psmdb-replica_set", "8.0", "7.0", None),
        ("psmdb-replica_set", "7.0", "8.0", None),
    ],
)
def test_a_site_follows_a_primary_of_another_version_only_as_its_engine_can(
    name: str, eu: str, us: str, says: str | None
) -> None:
    changes: dict[str, Any] = {"database": {"version": eu}, "regions": {"us": {"database": {"version": us}}}}
    if says is None:
        assert parse_topology("orders", example(name, **changes)).sites["us"].spec.version == us
        return
    (only,) = told(name, **changes)
    assert only.startswith(f'regions.us.database.version: "{us}" is not the "{eu}" of region eu')
    assert says in only


def test_members_of_one_replica_set_are_one_major_version_apart_at_most() -> None:
    versions = list(ENGINES["psmdb"].versions.series)
    assert len(versions) > 2
    (only,) = told(
        "psmdb-replica_set",
        database={"version": versions[0]},
        regions={"us": {"database": {"version": versions[2]}}},
    )
    assert "at most one major version apart" in only


def test_users_of_one_region_alone_would_have_a_standby_wait_for_secrets_that_nobody_gives() -> None:
    (only,) = told("pg-both", regions={"us": {"database": {"users": [{"name": "reports"}]}}})
    assert only.startswith("regions.us.database: shares the Secrets user-reports, authority")
    common = example("pg-both", database={"users": [{"name": "reports"}]})
    assert parse_topology("orders", common).sites


def test_a_lag_limit_is_within_what_the_database_may_lose() -> None:
    slo = {"rpo": "5m", "rto": "30m"}
    pitr = {"slo": slo, "backup": {"pitr": {"enabled": True}}}
    (only,) = told("pg-both", database={"slo": slo}, lag_limit={"time": "301s"})
    assert only.startswith("lag_limit.time: 301s is more than slo.rpo, which allows to lose 5m")
    (only,) = told("pg-both", database={"slo": slo}, lag_limit={"bytes": "301Mi", "write_rate": "1Mi"})
    assert only.startswith("lag_limit.bytes: 301Mi is more than lag_limit.write_rate writes within slo.rpo")
    assert f"write {300 * 2**20} or less" in only
    for engine, given, limit in (
        ("pg-both", {"slo": slo}, {"time": "5m"}),
        ("pg-both", {"slo": slo}, {"bytes": "300Mi", "write_rate": "1Mi"}),
        ("pxc-channels", pitr, {"time": "4m"}),
    ):
        assert parse_topology("orders", example(engine, database=given, lag_limit=limit)).sites


@pytest.mark.parametrize("name", ["pxc-channels", "ps-cluster_set", "psmdb-replica_set", "pg-both"])
def test_a_host_is_one_whatever_the_case_of_its_letters(name: str) -> None:
    count = 1 if name == "pg-both" else 3
    found = told(name, regions={"us": {"hosts": [host.upper() for host in hosts("eu", count)]}})
    assert len(found) == count
    assert all("is also of region eu" in one for one in found)


@pytest.mark.parametrize("name", ["pxc-channels", "ps-cluster_set", "psmdb-replica_set"])
def test_a_site_names_each_host_once(name: str) -> None:
    (only,) = told(name, regions={"us": {"hosts": ["a.example.com", "A.example.com", "b.example.com"]}})
    assert only.startswith("regions.us.hosts: holds one host twice")


def test_traffic_goes_to_a_place_of_its_own_in_each_region() -> None:
    regions = {region: {"write_host": "orders.example.com"} for region in ("eu", "us")}
    (only,) = told("pg-both", traffic={"service": {}}, regions=regions)
    assert only.startswith('regions.us.write_host: "orders.example.com" is also that of region eu')
