"""Backups of MongoDB databases and the data they start from, as the PSMDB operator 1.22.0 reads them."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.databases.composition import compose
from dbaas_components.databases.psmdb import ENGINE
from dbaas_components.databases.spec import parse_database
from tests.unit.psmdb.examples import FULL
from tests.unit.psmdb.rendered import full, objects, rendered


class TestBackups:
    def test_each_kind_of_storage_is_where_its_client_reads_it(self):
        storages = full("replica-set")["backup"]["storages"]
        assert storages["main"] == {
            "type": "s3",
            "main": True,
            "s3": {
                "bucket": "company-backups",
                "region": "eu-central-1",
                "prefix": "shop/orders/2",
                "endpointUrl": "https://s3.example.com",
                "credentialsSecret": "orders-s3",
                "storageClass": "STANDARD_IA",
                "insecureSkipTLSVerify": True,
                "forcePathStyle": True,
                "serverSideEncryption": {"sseAlgorithm": "aws:kms", "kmsKeyID": "alias/backups"},
            },
        }
        assert storages["private"] == {
            "type": "minio",
            "minio": {
                "bucket": "backups",
                "prefix": "shop/orders/2",
                "endpointUrl": "minio.example.com:9000",
                "credentialsSecret": "orders-minio",
                "secure": True,
                "forcePathStyle": True,
                "caBundle": {"name": "minio-authority", "key": "ca.crt"},
            },
        }
        assert storages["google"]["gcs"] == {
            "bucket": "company-backups",
            "prefix": "shop/orders/2",
            "credentialsSecret": "orders-gcs",
        }
        assert storages["blue"]["azure"] == {
            "container": "backups",
            "prefix": "shop/orders/2",
            "endpointUrl": "https://company.blob.core.windows.net",
            "credentialsSecret": "orders-azure",
        }

    def test_exactly_one_of_several_storages_is_the_main_one(self):
        assert [name for name, one in full("replica-set")["backup"]["storages"].items() if one.get("main")] == ["main"]
        assert "main" not in full("arbiter-development")["backup"]["storages"]["shared"]

    def test_a_claim_is_mounted_wherever_a_backup_may_be_made(self):
        spec = full("replica-set")
        assert spec["backup"]["volumeMounts"] == [{"name": "backup-shared", "mountPath": "/mnt/backups/shared"}]
        assert spec["backup"]["storages"]["shared"]["filesystem"] == {"path": "/mnt/backups/shared/orders/2"}
        volume = {"name": "backup-shared", "persistentVolumeClaim": {"claimName": "backups"}}
        (replica_set,) = spec["replsets"]
        for group in (replica_set, replica_set["hidden"], replica_set["nonvoting"]):
            assert group["sidecarVolumes"] == [volume]
        storages = {"storages": {"shared": {"type": "volume", "claim": "backups"}}}
        assert rendered(sharding={}, backup=storages)["sharding"]["configsvrReplSet"]["sidecarVolumes"] == [volume]

    def test_a_full_backup_that_incrementals_build_on_is_their_base(self):
        tasks = {task["name"]: task for task in full("replica-set")["backup"]["tasks"]}
        assert {name: task.get("type") for name, task in tasks.items()} == {
            "weekly": "incremental-base",
            "daily": "incremental",
            "yearly": "physical",
            "copy": "logical",
            "near": None,
        }
        assert tasks["weekly"]["retention"] == {"type": "count", "count": 4, "deleteFromStorage": True}
        assert "retention" not in tasks["daily"]
        assert tasks["copy"]["enabled"] is False
        assert tasks["near"]["compressionType"] == "none"
        backup = FULL["replica-set"]["backup"]
        said = [{**one, "method": "physical"} if one["name"] == "weekly" else one for one in backup["schedules"]]
        storages = backup["storages"]
        (weekly, *_) = rendered(backup={"storages": storages, "schedules": said})["backup"]["tasks"]
        assert weekly["type"] == "incremental-base"

    def test_a_backup_never_goes_from_the_bucket_with_its_object_unless_that_was_asked_for(self):
        storages = {"main": {"type": "s3", "bucket": "b"}}
        schedules = [{"name": "daily", "cron": "0 1 * * *"}]
        (task,) = rendered(backup={"storages": storages, "schedules": schedules})["backup"]["tasks"]
        assert task["retention"] == {"type": "count", "deleteFromStorage": False}

    @pytest.mark.parametrize(
        ("pitr", "slo", "minutes"),
        [
            ({}, None, None),
            ({"interval": "5m"}, None, 5),
            ({"interval": "90s"}, None, 1.5),
            ({}, {"rpo": "2m", "rto": "1h"}, 2),
            ({"interval": "1m"}, {"rpo": "2m", "rto": "1h"}, 1),
            ({}, {"rpo": "1h", "rto": "1h"}, None),
        ],
    )
    def test_logs_are_shipped_as_often_as_the_objective_wants(self, pitr, slo, minutes):
        backup = {"storages": {"main": {"type": "s3", "bucket": "b"}}, "pitr": pitr}
        found = rendered(backup=backup, **({"slo": slo} if slo else {}))["backup"]["pitr"]
        assert found == ({"enabled": True} if minutes is None else {"enabled": True, "oplogSpanMin": minutes})

    def test_other_settings_of_backups(self):
        backup = full("replica-set")["backup"]
        assert backup["startingDeadlineSeconds"] == 600
        assert backup["resources"] == {
            "requests": {"cpu": "500m", "memory": "1Gi"},
            "limits": {"cpu": "1", "memory": "2Gi"},
        }
        assert backup["pitr"] == {
            "enabled": True,
            "oplogSpanMin": 2.5,
            "compressionType": "zstd",
            "compressionLevel": 6,
            "oplogOnly": False,
        }
        assert full("arbiter-development")["backup"]["pitr"] == {"enabled": False}
        assert set(rendered()["backup"]) == {"enabled", "image"}


class TestFirstData:
    def test_a_restore_follows_the_database_and_reads_the_other_ones_path(self):
        composition = compose(parse_database("orders", FULL["restored"]))
        (restore,) = [placed.manifest for placed in composition.after]
        assert restore["kind"] == "PerconaServerMongoDBRestore"
        assert restore["metadata"]["name"] == "orders-start-3"
        assert restore["spec"] == {
            "clusterName": "orders",
            "backupSource": {
                "type": "physical",
                "destination": "s3://company-backups/shop/orders/2/2026-11-20T01:00:21Z",
                "s3": {
                    "bucket": "company-backups",
                    "region": "eu-central-1",
                    "prefix": "shop/orders/2",
                    "credentialsSecret": "orders-s3",
                },
            },
            # 04:00 in a zone that is an hour ahead.
            "pitr": {"type": "date", "date": "2026-11-20 03:00:00"},
        }
        own = composition.database["spec"]["backup"]["storages"]["main"]["s3"]
        assert own["prefix"] == "shop/orders/3"

    def test_the_restore_waits_for_the_database(self):
        waiting = {"pulumi.com/waitFor": "jsonpath={.status.state}=ready", "pulumi.com/timeoutSeconds": "1800"}

        def annotations(**more: Any) -> dict[str, str]:
            return ENGINE.render(parse_database("orders", {**FULL["restored"], **more}))["metadata"]["annotations"]

        assert waiting.items() <= annotations().items()
        # What is paused would never be ready.
        assert not waiting.keys() & annotations(paused=True).keys()
        assert (
            not waiting.keys()
            & ENGINE.render(parse_database("orders", FULL["sharded"]))["metadata"]["annotations"].keys()
        )

    def test_the_latest_moment_and_the_backups_own(self):
        source = FULL["restored"]["data_source"]
        (latest,) = objects("restored", "PerconaServerMongoDBRestore", data_source={**source, "at": "latest"})
        assert latest["spec"]["pitr"] == {"type": "latest"}
        without = {key: value for key, value in source.items() if key not in ("at", "method")}
        (own,) = objects("restored", "PerconaServerMongoDBRestore", data_source=without)
        assert set(own["spec"]) == {"clusterName", "backupSource"}
        assert "type" not in own["spec"]["backupSource"]
