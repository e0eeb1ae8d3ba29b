"""Growth, snapshots and copies of namespaces on Portworx: what is made, what it is called, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.cloud_profiles import CloudProfile, storage_classes
from dbaas_components.bootstrap.portworx.component import parse_portworx
from dbaas_components.bootstrap.portworx.render import CONSISTENCY, WHAT_IT_IS, kitchen_clock, objects
from dbaas_components.bootstrap.portworx.rules import EXTERNAL_GROWTH, warnings
from dbaas_components.errors import SpecError
from dbaas_components.labels import COST_CENTRE, OWNER
from dbaas_components.ownership import Ownership

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
NIGHTLY = {"name": "nightly", "daily": {"time": "02:30", "keep": 7}}
S3 = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "s3"}
BACKED_UP = {
    "storages": {"main": S3},
    "schedules": [{"name": "daily", "cron": "0 1 * * *", "keep": 7}],
    "pitr": {"enabled": False},
}
CLOUD = {
    "kubernetes": "on_premises",
    "tiers": {"high": {"portworx": {"replicas": 2, "priority": "high"}}, "low": {"portworx": {"replicas": 1}}},
}


def database(engine: str = "pxc", **more: Any) -> dict[str, Any]:
    storage = {"size": "100Gi", "tier": "high"} | more.pop("storage", {})
    common = {"engine": engine, "namespace": "shop", "profile": "standard", "owner": "shop-team", "storage": storage}
    always_ships = {"pitr": {}} if engine == "pg" else {}
    return {**common, "backup": {**BACKED_UP, **always_ships}, **more}


def args(**more: Any) -> dict[str, Any]:
    found = {"ownership": OWNERSHIP, "cloud": CLOUD, "databases": {"orders": database()}, "schedules": [NIGHTLY]}
    return {**found, **more}


def made(**more: Any) -> dict[str, dict[str, Any]]:
    return objects(*parse_portworx("portworx", args(**more)))


def refused(**more: Any) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        parse_portworx("portworx", args(**more))
    return {problem.path: problem.message for problem in caught.value.problems}


def grown(engine: str = "pxc", **more: Any) -> dict[str, Any]:
    return {"databases": {"orders": database(engine, **more)}, "growth": [{"database": "orders", "max_size": "400Gi"}]}


class TestClasses:
    @staticmethod
    def profile(**tier: Any) -> CloudProfile:
        return parse_arguments(CloudProfile, "cloud", {"kubernetes": "on_premises", "tiers": {"high": tier}})

    def made(self, **tier: Any) -> dict[str, Any]:
        return storage_classes(self.profile(**tier), Ownership(**OWNERSHIP))["high"]

    def test_a_tier_is_replicated_encrypted_kept_and_can_grow(self) -> None:
        found = self.made(portworx={"replicas": 3, "io_profile": "db_remote", "priority": "high"})
        assert found["provisioner"] == "pxd.portworx.com"
        assert found["parameters"] == {
            "repl": "3",
            "io_profile": "db_remote",
            "priority_io": "high",
            "secure": "true",
        }
        assert (found["reclaimPolicy"], found["allowVolumeExpansion"]) == ("Retain", True)

    def test_encryption_is_left_out_only_in_so_many_words(self) -> None:
        assert "secure" not in self.made(portworx={}, encrypted=False)["parameters"]

    def test_snapshots_of_a_class_are_a_parameter_of_it(self) -> None:
        found = self.made(portworx={"snapshots": ["nightly"]})["parameters"]
        key = "snapshotschedule.stork.libopenstorage.org/nightly"
        assert found[key] == "schedulePolicyName: nightly\nreclaimPolicy: Delete\n"

    @pytest.mark.parametrize(
        ("tier", "path", "said"),
        [
            (
                {"portworx": {"replicas": 1, "io_profile": "db_remote"}},
                "tiers.high.portworx.io_profile",
                "there are none",
            ),
            ({"portworx": {}, "storage_class": "px-csi-db"}, "tiers.high.portworx", "leave storage_class"),
            ({"portworx": {"replicas": 4}}, "tiers.high.portworx.replicas", "4"),
            ({}, "tiers.high", "name a storage_class, a provisioner or portworx"),
        ],
    )
    def test_what_loses_data_or_says_two_things_is_refused(self, tier: dict[str, Any], path: str, said: str) -> None:
        with pytest.raises(SpecError) as caught:
            self.profile(**tier)
        (problem,) = caught.value.problems
        assert problem.path == path
        assert said in problem.message


class TestGrowth:
    def test_a_rule_grows_the_data_of_one_database_in_its_namespace_up_to_a_limit(self) -> None:
        rule = made(**grown(overrides=EXTERNAL_GROWTH))["growth-orders"]
        assert rule["metadata"]["name"] == "shop-orders-growth"
        assert rule["spec"] == {
            "selector": {
                "matchLabels": {
                    "app.kubernetes.io/name": "percona-xtradb-cluster",
                    "app.kubernetes.io/component": "pxc",
                    "app.kubernetes.io/instance": "orders",
                }
            },
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}},
            "conditions": {
                "expressions": [
                    {
                        "key": "100 * (px_volume_usage_bytes / px_volume_capacity_bytes)",
                        "operator": "Gt",
                        "values": ["80"],
                    }
                ]
            },
            "actions": [
                {
                    "name": "openstorage.io.action.volume/resize",
                    "params": {"scalepercentage": "50", "maxsize": "400Gi"},
                }
            ],
            "pollInterval": 30,
            "actionsCoolDownPeriod": 600,
        }

    @pytest.mark.parametrize("engine", ["pxc", "ps", "psmdb"])
    def test_an_operator_that_would_take_the_size_back_is_told_to_leave_it_alone(self, engine: str) -> None:
        message = refused(**grown(engine))["growth[0].database"]
        assert "would be taken back by its operator to the 100Gi" in message
        assert "enableExternalAutoscaling: true" in message
        assert "growth-orders" in made(**grown(engine, overrides=EXTERNAL_GROWTH))

    def test_two_that_grow_the_same_volumes_are_refused(self) -> None:
        message = refused(**grown(storage={"autoscale": {"max_size": "300Gi"}}))["growth[0].database"]
        assert "has storage.autoscale, by which its operator grows the same volumes" in message

    def test_postgresql_is_refused_because_its_operator_asks_for_the_size_again(self) -> None:
        assert (
            "at every turn, and Kubernetes refuses a volume that shrinks back"
            in refused(**grown("pg"))["growth[0].database"]
        )

    def test_a_limit_that_is_reached_already_is_refused(self) -> None:
        told = refused(**grown(storage={"size": "400Gi"}, overrides=EXTERNAL_GROWTH))
        assert told == {"growth[0].max_size": "400Gi is no more than the 400Gi that it has; write more"}


class TestSnapshots:
    SNAPSHOTS = [{"database": "orders", "schedule": "nightly"}]

    @pytest.mark.parametrize(
        ("engine", "more", "claims"),
        [
            ("pxc", {}, ["datadir-orders-pxc-0", "datadir-orders-pxc-1", "datadir-orders-pxc-2"]),
            ("ps", {}, ["datadir-orders-mysql-0", "datadir-orders-mysql-1", "datadir-orders-mysql-2"]),
            (
                "psmdb",
                {"sharding": {"shards": 1}},
                [f"mongod-data-orders-{name}-{number}" for name in ("rs0", "cfg") for number in range(3)],
            ),
        ],
    )
    def test_every_volume_of_the_data_has_its_own_and_says_that_it_is_no_backup(
        self, engine: str, more: dict[str, Any], claims: list[str]
    ) -> None:
        found = made(databases={"orders": database(engine, **more)}, snapshots=self.SNAPSHOTS)
        schedules = [one for one in found.values() if one["kind"] == "VolumeSnapshotSchedule"]
        assert [one["spec"]["template"]["spec"]["persistentVolumeClaimName"] for one in schedules] == claims
        for one in schedules:
            assert one["metadata"]["namespace"] == "shop"
            assert one["metadata"]["annotations"][WHAT_IT_IS].startswith(
                "crash-consistent snapshot of one volume, no backup"
            )
            assert one["metadata"]["labels"][CONSISTENCY] == "crash"
            assert one["metadata"]["labels"][OWNER] == "shop-team"
            assert one["metadata"]["labels"][COST_CENTRE] == "4711"
            assert one["spec"]["schedulePolicyName"] == "nightly"

    def test_volumes_whose_names_nobody_knows_are_refused_with_the_way(self) -> None:
        told = refused(databases={"orders": database("pg")}, snapshots=self.SNAPSHOTS)
        assert "cloud.tiers.<tier>.portworx.snapshots: [nightly]" in told["snapshots[0].database"]

    def test_they_are_never_the_only_copies_of_a_protected_database(self) -> None:
        told = refused(databases={"orders": database(backup={})}, snapshots=self.SNAPSHOTS)
        assert "would be its only copies" in told["snapshots[0].database"]
        cloud = {"kubernetes": "on_premises", "tiers": {"high": {"portworx": {"snapshots": ["nightly"]}}}}
        assert (
            "would be its only copies"
            in refused(databases={"orders": database(backup={})}, cloud=cloud)["databases.orders.backup"]
        )
        unprotected = database(backup={}, deletion_protection=False)
        assert made(databases={"orders": unprotected}, snapshots=self.SNAPSHOTS)


class TestNamespaces:
    COPY = {"name": "shop", "namespaces": ["shop"], "location": "minio", "schedule": "nightly"}
    MIGRATION = {"name": "files", "namespaces": ["files"], "cluster_pair": "far", "schedule": "nightly"}

    def test_a_copy_says_what_it_is_not(self) -> None:
        found = made(application_backups=[self.COPY])["application-backup-shop"]
        assert "no backup of its databases" in found["metadata"]["annotations"][WHAT_IT_IS]
        assert found["spec"]["template"]["spec"] == {
            "namespaces": ["shop"],
            "backupLocation": "minio",
            "reclaimPolicy": "Retain",
        }

    def test_a_copy_is_never_the_only_one_of_a_protected_database(self) -> None:
        told = refused(databases={"orders": database(backup={})}, application_backups=[self.COPY])
        assert "would be its only copies" in told["application_backups[0].namespaces"]

    def test_a_migration_starts_nothing_on_the_other_side(self) -> None:
        template = made(migrations=[self.MIGRATION])["migration-files"]["spec"]["template"]["spec"]
        assert template["startApplications"] is False

    def test_a_namespace_with_a_database_or_an_operator_is_not_migrated(self) -> None:
        both = {**self.MIGRATION, "namespaces": ["shop", "percona-operators"]}
        with pytest.raises(SpecError) as caught:
            parse_portworx("portworx", args(migrations=[both]))
        first, second = (problem.message for problem in caught.value.problems)
        assert '"shop" holds "orders", and an operator that runs there acts on' in first
        assert '"percona-operators" holds operators' in second


@pytest.mark.parametrize(
    ("time", "kitchen"),
    [("00:00", "12:00AM"), ("02:30", "2:30AM"), ("12:05", "12:05PM"), ("13:00", "1:00PM"), ("23:59", "11:59PM")],
)
def test_times_are_written_as_stork_reads_them(time: str, kitchen: str) -> None:
    assert kitchen_clock(time) == kitchen


def test_copies_of_copies_and_single_copies_are_told_and_not_refused() -> None:
    one = database(storage={"tier": "low"}, replicas=1, profile="dev", backup={}, proxy={"replicas": 1})
    spec, databases = parse_portworx("portworx", args(databases={"orders": database(), "small": one}))
    twice, single = warnings(spec, databases)
    assert twice.startswith("orders: 3 replicas x 2 copies of each volume write all data 6 times")
    assert single.startswith("small: one replica on a volume of one copy")


def test_unknown_names_double_ones_and_a_schedule_without_a_time_are_refused() -> None:
    told = refused(
        schedules=[NIGHTLY, NIGHTLY],
        growth=[{"database": "ordres", "max_size": "1Ti"}],
        snapshots=[{"database": "orders", "schedule": "hourly"}],
    )
    assert told == {
        "schedules[1]": '"nightly" is there twice; keep one of them',
        "growth[0].database": '"ordres" is none of databases; write one of orders',
        "snapshots[0].schedule": '"hourly" is none of schedules; write one of nightly',
    }
    (message,) = refused(schedules=[{"name": "never"}]).values()
    assert '"never" has no time' in message


def test_what_is_wrong_with_a_database_is_told_with_its_name() -> None:
    told = refused(databases={"orders": database(replicas=4)})
    assert list(told) == ["databases.orders.replicas"]
