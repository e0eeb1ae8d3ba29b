"""Backups, shipped logs and restores of a fully specified ps, where the operator reads them."""

from __future__ import annotations

import pytest

from dbaas_components.databases.composition import compose
from dbaas_components.databases.spec import parse_database
from tests.unit.ps.rendered import database, manifests, of_kind


def test_backups_go_below_the_prefix_of_this_life_and_logs_beside_them():
    backup = database("group-haproxy")["backup"]
    assert (backup["enabled"], backup["backoffLimit"], backup["image"]) == (
        True,
        3,
        "registry.example.com/xtrabackup:1.0",
    )
    main = backup["storages"]["main"]
    assert (main["type"], main["verifyTLS"]) == ("s3", True)
    assert main["s3"] == {
        "bucket": "backups",
        "credentialsSecret": "backup-keys",
        "region": "eu-west-1",
        "endpointUrl": "https://minio.example.com:9000",
        "prefix": "shop/orders/7/backup",
    }
    assert backup["storages"]["second"]["gcs"] == {
        "bucket": "backups-copy",
        "credentialsSecret": "hmac-keys",
        "endpointUrl": "https://storage.googleapis.com",
        "prefix": "shop/orders/7/backup",
    }
    third = backup["storages"]["third"]
    assert third["verifyTLS"] is False
    assert third["azure"] == {
        "container": "copies",
        "credentialsSecret": "azure-keys",
        "endpointUrl": "https://account.blob.core.windows.net",
        "prefix": "shop/orders/7/backup",
    }
    limits = {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}}
    assert backup["resources"] == main["resources"] == limits
    assert backup["encryptionKeySecret"] == {"name": "backup-encryption", "key": "current"}
    server = backup["pitr"]["binlogServer"]
    assert server["storage"]["s3"] == {**main["s3"], "prefix": "shop/orders/7/pitr"}
    assert (server["size"], server["checkpointInterval"], server["resources"]) == (1, "90s", limits)
    assert server["image"].endswith(":1.2.0-binlog-server-0.3.1")


def test_schedules_that_are_off_are_left_out_and_the_others_say_kind_place_and_count():
    assert database("group-haproxy")["backup"]["schedule"] == [
        {"name": "weekly", "schedule": "0 1 * * 0", "storageName": "main", "type": "full", "keep": 4},
        {"name": "hourly", "schedule": "30 * * * *", "storageName": "main", "type": "incremental"},
        {"name": "monthly", "schedule": "0 2 1 * *", "storageName": "second", "type": "full"},
    ]


def test_the_objective_shortens_the_time_between_uploads_and_never_lengthens_it():
    server = database("async-haproxy")["backup"]["pitr"]["binlogServer"]
    assert (server["checkpointInterval"], server["storage"]["s3"]["bucket"]) == ("20s", "logs")
    relaxed = database("async-haproxy", slo={"rpo": "10m", "rto": "1h"})["backup"]["pitr"]["binlogServer"]
    assert "checkpointInterval" not in relaxed
    assert database("group-router")["backup"]["pitr"] == {"enabled": False}


def test_a_new_database_starts_from_the_backup_of_another_up_to_a_moment():
    restore = of_kind("PerconaServerMySQLRestore", manifests("group-haproxy"))
    assert (restore["metadata"]["name"], restore["metadata"]["namespace"]) == ("orders-start-7", "shop")
    source = restore["spec"]["backupSource"]
    assert restore["spec"]["clusterName"] == "orders"
    assert source["destination"] == "s3://backups/shop/orders/6/backup/orders-2026-11-20-01:00:00-full"
    assert source["storage"]["s3"]["prefix"] == "shop/orders/6/backup"
    assert source["storage"]["encryptionKeySecret"] == {"name": "backup-encryption", "key": "current"}
    pitr = restore["spec"]["pitr"]
    assert (pitr["type"], pitr["date"]) == ("date", "2026-11-20 02:00:00")
    assert pitr["backupSource"]["binlogServer"]["storage"]["s3"]["prefix"] == "shop/orders/6/pitr"
    assert manifests("group-haproxy")[-1] == restore


def test_a_recovery_may_end_at_a_transaction_instead():
    restore = of_kind("PerconaServerMySQLRestore", manifests("group-router"))
    assert restore["spec"]["pitr"]["gtid"] == "a3e5ff70-83e2-11ef-8e57-7a62caf7e1e3:1-36"
    assert restore["spec"]["pitr"]["type"] == "gtid"


@pytest.mark.parametrize(("kind", "start"), [("gcs", "gs://b/"), ("azure", "b/")])
def test_the_place_of_a_backup_is_written_as_the_operator_writes_it(kind, start):
    args = {
        "engine": "ps",
        "namespace": "shop",
        "credentials": {"secret": "same-passwords"},
        "backup": {"storages": {"main": {"type": kind, "bucket": "b", "credentials": "keys"}}},
        "data_source": {"storage": "main", "path": "old/1", "backup": "full.incr/later"},
    }
    restore = of_kind("PerconaServerMySQLRestore", compose(parse_database("orders", args)).manifests())
    assert restore["spec"]["backupSource"]["destination"] == f"{start}old/1/backup/full.incr/later"
    assert "pitr" not in restore["spec"]
