"""Backups, shipped logs and the restore that a specification of pxc becomes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from dbaas_components.databases.composition import compose
from dbaas_components.databases.pxc import ENGINE
from dbaas_components.databases.spec import DatabaseSpec, parse_database
from tests.unit.pxc.examples import FULL


def parsed(shape: str | None = None, **more: Any) -> DatabaseSpec:
    base = FULL[shape] if shape else {"engine": "pxc", "namespace": "shop"}
    return parse_database("orders", {**copy.deepcopy(base), **more})


def rendered(shape: str | None = None, **more: Any) -> dict[str, Any]:
    return ENGINE.render(parsed(shape, **more))


def composed(shape: str, kind: str) -> dict[str, Any]:
    (found,) = [one for one in compose(parsed(shape)).manifests() if one["kind"] == kind]
    return found


S3 = {"type": "s3", "bucket": "company-backups", "credentials": "s3-backups"}


def test_backups_and_logs_in_one_bucket_never_share_a_path():
    backup = rendered("haproxy")["spec"]["backup"]
    assert backup["storages"]["main"]["s3"]["prefix"] == "shop/orders/2/backup"
    # The log shipper of PXC operator 1.20.0 reads the path from the bucket alone.
    assert backup["storages"]["main-logs"]["s3"]["bucket"] == "company-backups/shop/orders/2/pitr"
    assert "prefix" not in backup["storages"]["main-logs"]["s3"]
    assert backup["pitr"]["storageName"] == "main-logs"
    assert backup["pitr"]["timeBetweenUploads"] == 30


def test_a_storage_that_is_named_for_logs_alone_is_used_as_it_is():
    backup = rendered("proxysql")["spec"]["backup"]
    assert backup["pitr"] == {"enabled": True, "storageName": "logs"}
    assert set(backup["storages"]) == {"main", "logs"}
    assert backup["storages"]["logs"]["s3"]["bucket"] == "company-logs/shop/orders/1/pitr"
    shared = {"storages": {"main": S3, "far": {**S3, "bucket": "far"}}, "pitr": {"storage": "main"}}
    assert rendered(backup=shared)["spec"]["backup"]["pitr"]["storageName"] == "main-logs"


def test_azure_takes_paths_as_s3_does():
    storages = rendered("restored")["spec"]["backup"]["storages"]
    assert storages["main"]["azure"]["prefix"] == "shop/orders/3/backup"
    assert storages["main-logs"]["azure"]["container"] == "backups/shop/orders/3/pitr"


def test_retention_is_always_written_so_that_nothing_is_deleted_from_a_bucket_unasked():
    kept = {"storages": {"main": S3}, "schedules": [{"name": "daily", "cron": "0 1 * * *"}]}
    (schedule,) = rendered(backup=kept)["spec"]["backup"]["schedule"]
    assert schedule["retention"] == {"type": "count", "deleteFromStorage": False}
    full = rendered("haproxy")["spec"]["backup"]
    assert [one["name"] for one in full["schedule"]] == ["nightly", "weekly", "hourly"]
    assert full["schedule"][0]["retention"] == {"type": "count", "count": 14, "deleteFromStorage": True}
    assert full["schedule"][0]["storageName"] == "main"


@pytest.mark.parametrize(
    ("slo", "pitr", "expected"),
    [
        (None, {}, None),
        ({"rpo": "20s", "rto": "1h"}, {}, 20),
        ({"rpo": "1h", "rto": "1h"}, {}, None),
        ({"rpo": "1h", "rto": "1h"}, {"interval": "5m"}, 300),
    ],
)
def test_logs_are_shipped_as_often_as_the_objective_asks(slo, pitr, expected):
    more = {"slo": slo} if slo else {}
    found = rendered(backup={"storages": {"main": S3}, "pitr": pitr}, **more)["spec"]["backup"]["pitr"]
    assert found.get("timeBetweenUploads") == expected


def test_without_a_storage_nothing_is_backed_up_and_no_log_is_shipped():
    assert set(rendered()["spec"]["backup"]) == {"image"}
    assert set(rendered("restored", backup={"storages": {"main": S3}}, data_source=None)["spec"]["backup"]) >= {
        "storages",
        "schedule",
        "pitr",
    }


def test_a_database_starts_from_a_backup_and_goes_on_to_a_moment():
    restore = composed("restored", "PerconaXtraDBClusterRestore")
    assert restore["metadata"]["name"] == "orders-start-3"
    assert restore["spec"]["pxcCluster"] == "orders"
    assert restore["spec"]["backupSource"] == {
        "destination": "azure://backups/shop/orders/2/backup/orders-2026-11-20-01:30:00-full",
        "azure": {"container": "backups", "prefix": "shop/orders/2/backup", "credentialsSecret": "azure-backups"},
    }
    assert restore["spec"]["pitr"] == {
        "type": "date",
        "date": "2026-11-20 09:00:00",
        "backupSource": {
            "azure": {"container": "logs/shop/orders/2/pitr", "credentialsSecret": "azure-backups"},
        },
    }
    assert restore["spec"]["resources"]["requests"] == {"memory": "1Gi"}


def test_a_backup_of_somebody_elses_is_named_with_its_path_and_goes_on_to_a_transaction():
    restore = composed("single", "PerconaXtraDBClusterRestore")["spec"]
    assert restore["backupSource"]["destination"] == (
        "s3://company-backups/mysql/exports/orders-2026-11-20-01:30:00-full"
    )
    assert restore["pitr"]["type"] == "transaction"
    assert restore["pitr"]["backupSource"]["s3"]["bucket"] == "company-backups/mysql/pitr"
    source = {**FULL["single"]["data_source"], "gtid": None}
    assert "pitr" not in compose(parsed("single", data_source=source)).after[0].manifest["spec"]
    latest = compose(parsed("single", data_source={**source, "at": "latest"})).after[0].manifest["spec"]
    assert latest["pitr"]["type"] == "latest"


def test_the_restore_waits_for_a_database_that_runs_unless_it_is_paused():
    def waits(**more: Any) -> bool:
        return "pulumi.com/waitFor" in rendered("restored", **more)["metadata"]["annotations"]

    assert compose(parsed("restored")).after[0].role == "start"
    assert (waits(), waits(paused=True)) == (True, False)
    assert "pulumi.com/waitFor" not in rendered("haproxy")["metadata"]["annotations"]
