"""What is made of MongoDB databases, field by field, against what the PSMDB operator 1.22.0 reads."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from dbaas_components.databases.composition import compose
from dbaas_components.databases.psmdb import ENGINE
from dbaas_components.databases.spec import parse_database
from tests.strategies.coverage import Coverage
from tests.unit.psmdb.examples import FULL


def rendered(**args: Any) -> dict[str, Any]:
    return ENGINE.render(parse_database("orders", {"engine": "psmdb", "namespace": "shop", **args}))["spec"]


def full(shape: str) -> dict[str, Any]:
    return ENGINE.render(parse_database("orders", FULL[shape]))["spec"]


def objects(shape: str, kind: str, **args: Any) -> list[dict[str, Any]]:
    composition = compose(parse_database("orders", {**FULL[shape], **args}))
    return [one for one in composition.manifests() if one["kind"] == kind]


def settings(file: str) -> dict[str, Any]:
    return yaml.safe_load(file)


def test_the_examples_have_every_field_that_the_engine_takes_and_write_every_field_of_its_models():
    coverage = Coverage("psmdb")
    for arguments in FULL.values():
        named = {"name": "orders", **arguments}
        coverage.count(named, compose(parse_database("orders", named)).manifests())
    # Whether a running database is taken over is nothing that is rendered.
    assert set(coverage.left) == {"adopt"}
    assert coverage.unwritten == []


class TestPods:
    def test_every_group_of_pods_has_its_own_settings(self):
        replica_set, sharding = full("replica-set")["replsets"][0], full("sharded")["sharding"]
        groups = [replica_set, replica_set["arbiter"], replica_set["hidden"], replica_set["nonvoting"]]
        for group in [*groups, sharding["configsvrReplSet"], sharding["mongos"]]:
            assert group["priorityClassName"] == "databases"
            assert group["nodeSelector"] == {"example.com/pool": "databases"}
            assert group["tolerations"] == [
                {
                    "key": "example.com/dedicated",
                    "operator": "Equal",
                    "value": "databases",
                    "effect": "NoSchedule",
                },
                {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            ]
            assert group["annotations"] == {"example.com/scrape": "no"}
            assert group["labels"] == {"team": "payments"}
            assert group["podDisruptionBudget"] == {"maxUnavailable": 2}
            assert group["terminationGracePeriodSeconds"] == 300
            assert group["serviceAccountName"] == "orders-database"
            assert group["runtimeClassName"] == "gvisor"
            assert group["resources"] == {
                "requests": {"cpu": "3", "memory": "12Gi"},
                "limits": {"cpu": "5", "memory": "14Gi"},
            }
        for group in (replica_set, replica_set["hidden"], sharding["configsvrReplSet"], sharding["mongos"]):
            assert group["readinessProbe"] == {
                "initialDelaySeconds": 30,
                "periodSeconds": 10,
                "timeoutSeconds": 5,
                "failureThreshold": 6,
                "successThreshold": 2,
            }
            assert group["livenessProbe"]["successThreshold"] == 1
        for group in (replica_set, sharding["configsvrReplSet"], sharding["mongos"]):
            assert group["envFrom"] == [{"secretRef": {"name": "orders-environment"}}]
        assert full("replica-set")["schedulerName"] == "packing"

    def test_nothing_that_is_not_given_is_spelt_out(self):
        (replica_set,) = rendered()["replsets"]
        assert set(replica_set) == {
            "name",
            "size",
            "affinity",
            "podDisruptionBudget",
            "resources",
            "volumeSpec",
        }

    def test_pods_of_one_group_are_kept_apart_by_that_groups_own_labels(self):
        replica_set, sharding = full("replica-set")["replsets"][0], rendered(sharding={}, zones=["a"])["sharding"]
        components = {
            "mongod": replica_set,
            "arbiter": replica_set["arbiter"],
            "hidden": replica_set["hidden"],
            "nonVoting": replica_set["nonvoting"],
            "cfg": sharding["configsvrReplSet"],
            "mongos": sharding["mongos"],
        }
        for component, group in components.items():
            (term,) = group["affinity"]["advanced"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
            labels = term["labelSelector"]["matchLabels"]
            assert labels["app.kubernetes.io/component"] == component
            assert labels["app.kubernetes.io/instance"] == "orders"
            sets = {"cfg": "cfg", "mongos": None}.get(component, "main")
            assert labels.get("app.kubernetes.io/replset") == sets
        (spread,) = replica_set["hidden"]["topologySpreadConstraints"]
        assert spread["whenUnsatisfiable"] == "ScheduleAnyway"
        assert spread["labelSelector"]["matchLabels"]["app.kubernetes.io/component"] == "hidden"

    def test_special_members_hold_the_same_data_and_are_as_large_unless_said_otherwise(self):
        (replica_set,) = rendered(size="large", hidden={}, nonvoting={"pods": {"resources": {"cpu": "1"}}})["replsets"]
        assert replica_set["hidden"]["resources"] == replica_set["resources"]
        assert "volumeSpec" not in replica_set["hidden"], "then the operator gives them the others' volumes"
        assert replica_set["nonvoting"]["resources"]["requests"] == {"cpu": "1", "memory": "32Gi"}


class TestShards:
    def test_shards_count_on_from_the_first_ones_name(self):
        def names(**args: Any) -> list[str]:
            return [one["name"] for one in rendered(**args)["replsets"]]

        assert names() == ["rs0"]
        assert names(sharding={"shards": 3}) == ["rs0", "rs1", "rs2"]
        assert names(sharding={"shards": 3}, replica_set="shard-9") == ["shard-9", "shard-10", "shard-11"]
        assert names(sharding={"shards": 2}, replica_set="data") == ["data", "data1"]

    def test_config_servers_and_mongos_are_their_own(self):
        sharding = full("sharded")["sharding"]
        assert sharding["enabled"] is True
        assert sharding["balancer"] == {"enabled": False}
        config_servers, mongos = sharding["configsvrReplSet"], sharding["mongos"]
        assert (config_servers["size"], mongos["size"]) == (5, 4)
        claim = config_servers["volumeSpec"]["persistentVolumeClaim"]
        assert claim["resources"]["requests"]["storage"] == "20Gi"
        assert claim["storageClassName"] == "fast-ssd"
        assert mongos["expose"]["type"] == "LoadBalancer"
        # Where members see each other from elsewhere, config servers have to be seen too.
        assert config_servers["expose"] == {"enabled": True, **mongos["expose"]}
        assert "balancer" not in rendered(sharding={})["sharding"]

    def test_an_arbiter_makes_an_even_count_odd(self):
        assert rendered(arbiter={})["replsets"][0]["size"] == 4
        development = full("arbiter-development")
        assert development["replsets"][0]["size"] == 2
        assert development["replsets"][0]["arbiter"]["size"] == 1
        assert development["unsafeFlags"] == {"replsetSize": True}

    def test_special_members_that_are_off_keep_their_settings_and_count_for_nothing(self):
        spec = full("restored")
        (replica_set,) = spec["replsets"]
        assert [replica_set[kind]["enabled"] for kind in ("arbiter", "hidden", "nonvoting")] == [False] * 3
        assert replica_set["size"] == 3
        assert replica_set["hidden"]["volumeSpec"]["persistentVolumeClaim"]["storageClassName"] == "slow-hdd"

    def test_only_unsafe_sizes_and_short_graces_are_called_unsafe(self):
        assert rendered(profile="dev")["unsafeFlags"] == {"replsetSize": True}
        assert rendered(profile="dev", replicas=3)["unsafeFlags"] == {"replsetSize": False}
        assert rendered(profile="dev", replicas=3, sharding={})["unsafeFlags"] == {"replsetSize": True}
        assert full("sharded-development")["unsafeFlags"] == {"replsetSize": True, "terminationGracePeriod": True}
        for shape in ("replica-set", "sharded", "restored"):
            assert full(shape)["unsafeFlags"] == {"replsetSize": False}


class TestConfiguration:
    def test_parameters_become_one_file_for_all_data_bearing_members(self):
        (replica_set,) = full("replica-set")["replsets"]
        file = settings(replica_set["configuration"])
        assert file["operationProfiling"] == {"mode": "slowOp", "slowOpThresholdMs": 200}
        assert file["setParameter"] == {"ttlMonitorSleepSecs": 60, "diagnosticDataCollectionEnabled": False}
        assert file["storage"] == {"wiredTiger": {"collectionConfig": {"blockCompressor": "zstd"}}}
        for kind in ("hidden", "nonvoting"):
            assert replica_set[kind]["configuration"] == replica_set["configuration"]
        assert "configuration" not in replica_set["arbiter"]

    def test_config_servers_and_mongos_have_parameters_of_their_own(self):
        spec = full("sharded")
        for replica_set in spec["replsets"]:
            assert settings(replica_set["configuration"])["replication"] == {"oplogSizeMB": 10240}
        sharding, audit = spec["sharding"], {"auditLog": {"destination": "console"}}
        assert settings(sharding["configsvrReplSet"]["configuration"]) == {**audit, "systemLog": {"verbosity": 1}}
        assert settings(sharding["mongos"]["configuration"]) == {
            **audit,
            "systemLog": {"quiet": False},
            "setParameter": {"cursorTimeoutMillis": 600000},
        }

    def test_a_file_of_ones_own_is_mongoss_as_it_stands(self):
        mongos = full("sharded-development")["sharding"]["mongos"]
        assert mongos["configuration"] == "systemLog:\n  verbosity: 1\n"

    def test_audit_goes_to_the_console_of_everything_that_clients_log_in_to(self):
        spec = rendered(audit=True, sharding={})
        for file in (
            spec["replsets"][0]["configuration"],
            spec["sharding"]["configsvrReplSet"]["configuration"],
            spec["sharding"]["mongos"]["configuration"],
        ):
            assert settings(file) == {"auditLog": {"destination": "console"}}
        assert settings(full("replica-set")["replsets"][0]["configuration"])["auditLog"] == {
            "destination": "console",
            "filter": '{ "atype": { "$in": ["authenticate", "dropDatabase"] } }',
        }
        assert "configuration" not in rendered(audit=False)["replsets"][0]


class TestEncryption:
    def test_each_replica_set_has_a_path_of_its_own_in_vault(self):
        vault = {"address": "https://vault.example.com", "mount": "kv"}
        spec = rendered(sharding={"shards": 2}, encryption={"provider": "vault", "vault": vault})
        files = [one["configuration"] for one in spec["replsets"]]
        files.append(spec["sharding"]["configsvrReplSet"]["configuration"])
        assert [settings(file)["security"]["vault"]["secret"] for file in files] == [
            "kv/data/shop/orders/rs0",
            "kv/data/shop/orders/rs1",
            "kv/data/shop/orders/cfg",
        ]
        assert spec["secrets"]["vault"] == "orders-vault"
        assert "configuration" not in spec["sharding"]["mongos"], "it keeps no data"

    def test_the_server_finds_vault_its_token_and_its_authority(self):
        security = settings(full("replica-set")["replsets"][0]["configuration"])["security"]
        assert security == {
            "enableEncryption": True,
            "vault": {
                "serverName": "vault.example.com",
                "port": 8200,
                "tokenFile": "/etc/mongodb-vault/token",
                "secret": "databases/data/shop/orders/main",
                "serverCAFile": "/etc/mongodb-vault/ca.crt",
            },
        }
        assert "serverCAFile" not in settings(full("restored")["replsets"][0]["configuration"])["security"]["vault"]
        public = {"address": "https://vault.example.com", "mount": "kv", "authority": False}
        spec = rendered(encryption={"provider": "vault", "vault": public})
        vault = settings(spec["replsets"][0]["configuration"])["security"]["vault"]
        assert vault["port"] == 443
        assert "serverCAFile" not in vault

    def test_the_token_comes_from_a_store_in_the_keys_that_the_server_reads(self):
        (secret,) = objects("replica-set", "ExternalSecret")
        assert secret["spec"]["target"]["name"] == "orders-vault-token"
        assert {entry["secretKey"]: entry["remoteRef"] for entry in secret["spec"]["data"]} == {
            "token": {"key": "shop/orders/vault", "property": "token"},
            "ca.crt": {"key": "shop/orders/vault", "property": "ca"},
        }

    def test_a_key_in_a_secret_or_none(self):
        assert full("sharded")["secrets"]["encryptionKey"] == "orders-key"
        spec = full("sharded-development")
        for group in (spec["replsets"][0], spec["sharding"]["configsvrReplSet"]):
            assert settings(group["configuration"]) == {"security": {"enableEncryption": False}}
        assert "encryptionKey" not in rendered()["secrets"], "the operator has a name for it"

    def test_the_keys_secret_of_a_long_name_fits_the_volume_that_is_called_after_it(self):
        for length, name in ((40, None), (41, f"{'a' * 41}-encryption-key"), (47, f"{'a' * 47}-encryption-key")):
            spec = parse_database("a" * length, {"engine": "psmdb", "namespace": "shop"})
            secrets = ENGINE.render(spec)["spec"]["secrets"]
            assert secrets.get("encryptionKey") == name
            assert len(secrets.get("encryptionKey", f"{'a' * length}-mongodb-encryption-key")) <= 63


class TestCertificates:
    def test_an_issuer_signs_a_certificate_of_this_library_and_the_operator_is_told_its_secret(self):
        (certificate,) = objects("replica-set", "Certificate")
        spec = full("replica-set")
        assert certificate["metadata"]["namespace"] == "shop"
        assert certificate["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
        assert certificate["spec"]["secretName"] == spec["secrets"]["ssl"] == "orders-tls"
        assert "issuerConf" not in spec["tls"]
        assert certificate["spec"]["issuerRef"] == {
            "name": "company",
            "kind": "ClusterIssuer",
            "group": "cert-manager.io",
        }
        assert certificate["spec"]["duration"] == "720h"
        assert "certValidityDuration" not in spec["tls"]
        # Members accept each other by the organisation, as servers and as clients.
        assert certificate["spec"]["subject"] == {"organizations": ["PSMDB"]}
        assert {"server auth", "client auth"} <= set(certificate["spec"]["usages"])

    def test_the_certificate_has_the_names_under_which_members_and_mongos_are_reached(self):
        issuer = {"name": "own", "kind": "Issuer"}
        arguments = {**FULL["sharded"], "tls": {"issuer": issuer, "names": ["db.example.com", "localhost"]}}
        (certificate,) = [
            one for one in compose(parse_database("orders", arguments)).manifests() if one["kind"] == "Certificate"
        ]
        names = certificate["spec"]["dnsNames"]
        for service in ("orders-rs0", "orders-rs1", "orders-rs2", "orders-cfg", "orders-mongos"):
            assert {service, f"{service}.shop", f"*.{service}.shop.svc.cluster.local"} <= set(names)
        assert names.count("localhost") == 1
        assert names[-1] == "db.example.com"

    def test_ready_made_certificates_are_named_and_nothing_is_made(self):
        secrets = full("sharded")["secrets"]
        assert (secrets["ssl"], secrets["sslInternal"]) == ("orders-certificate", "orders-members")
        assert objects("sharded", "Certificate") == []
        assert ENGINE.ca(parse_database("orders", FULL["sharded"])) == ("orders-certificate", "ca.crt")

    def test_lifetimes_are_in_gos_notation_which_has_no_days(self):
        assert full("sharded-development")["tls"] == {"mode": "preferTLS", "certValidityDuration": "2160h"}
        assert rendered(tls={"certificate_lifetime": "1d90m"})["tls"]["certValidityDuration"] == "25h30m"


class TestWaysIn:
    def test_each_pod_gets_a_service_with_all_settings(self):
        assert full("replica-set")["replsets"][0]["expose"] == {
            "enabled": True,
            "type": "LoadBalancer",
            "loadBalancerSourceRanges": ["10.0.0.0/8", "192.168.0.0/16"],
            "loadBalancerClass": "example.com/internal",
            "annotations": {"external-dns.alpha.kubernetes.io/hostname": "orders.example.com"},
            "labels": {"example.com/exposed": "yes"},
            "externalTrafficPolicy": "Local",
            "internalTrafficPolicy": "Cluster",
        }

    def test_a_node_port_is_mongoss(self):
        mongos = full("sharded-development")["sharding"]["mongos"]
        assert mongos["expose"] == {"type": "NodePort", "externalTrafficPolicy": "Cluster"}

    def test_users_and_roles_are_the_operators_own_words(self):
        spec = full("replica-set")
        assert spec["users"] == [
            {
                "name": "app",
                "db": "orders",
                "passwordSecretRef": {"name": "orders-app", "key": "password"},
                "roles": [{"name": "readWrite", "db": "orders"}, {"name": "auditor", "db": "admin"}],
            },
            {"name": "reports", "roles": [{"name": "read", "db": "orders"}]},
            {"name": "CN=batch", "db": "$external", "roles": [{"name": "read", "db": "orders"}]},
        ]
        assert spec["roles"] == [
            {
                "role": "auditor",
                "db": "admin",
                "privileges": [
                    {"actions": ["find"], "resource": {"db": "orders", "collection": "history"}},
                    {"actions": ["listDatabases"], "resource": {"cluster": True}},
                    {"actions": ["collStats"], "resource": {"db": "", "collection": ""}},
                ],
                "roles": [{"role": "clusterMonitor", "db": "admin"}],
            },
            {"role": "nobody", "db": "orders", "privileges": []},
        ]


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
        assert backup["pitr"] == {"enabled": True, "oplogSpanMin": 2.5, "compressionType": "lz4"}
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


class TestRunning:
    def test_what_is_deleted_is_what_was_asked_for(self):
        manifest = ENGINE.render(parse_database("orders", FULL["replica-set"]))
        assert manifest["metadata"]["finalizers"] == [
            "percona.com/delete-psmdb-pods-in-order",
            "percona.com/delete-psmdb-pvc",
            "percona.com/delete-pitr-chunks",
        ]
        assert "finalizers" not in ENGINE.render(parse_database("orders", FULL["sharded"]))["metadata"]

    def test_pmm_logs_pause_and_pull_secrets(self):
        spec = full("replica-set")
        assert spec["pause"] is True
        assert spec["imagePullSecrets"] == [{"name": "mirror"}]
        assert spec["image"] == "mirror.example.com:5000/own/mongod:7.0.30"
        assert spec["pmm"] == {
            "enabled": True,
            "image": "mirror.example.com:5000/hub/percona/pmm-client:3.6.0",
            "serverHost": "monitoring-service.pmm",
            "customClusterName": "orders",
            "mongodParams": "--environment=production",
            "resources": {
                "requests": {"cpu": "100m", "memory": "200Mi"},
                "limits": {"cpu": "200m", "memory": "300Mi"},
            },
        }
        assert spec["logcollector"] == {
            "enabled": True,
            "image": "mirror.example.com:5000/hub/percona/fluentbit:4.0.1-2",
            "resources": {
                "requests": {"cpu": "100m", "memory": "128Mi"},
                "limits": {"cpu": "200m", "memory": "256Mi"},
            },
            "configuration": "[SERVICE]\n    Flush 5\n",
            "logrotate": {"schedule": "0 2 * * *"},
        }
        assert full("sharded-development")["logcollector"] == {"enabled": False}
        assert not {"pause", "pmm", "imagePullSecrets"} & set(full("restored"))

    def test_volumes_grow_by_themselves_as_it_was_said(self):
        spec = full("replica-set")
        assert spec["storageScaling"] == {
            "enableVolumeScaling": True,
            "autoscaling": {
                "enabled": True,
                "triggerThresholdPercent": 75,
                "growthStep": "50Gi",
                "maxSize": "1Ti",
            },
        }
        (replica_set,) = spec["replsets"]
        classes = [
            group["volumeSpec"]["persistentVolumeClaim"]["storageClassName"]
            for group in (replica_set, replica_set["hidden"], replica_set["nonvoting"])
        ]
        assert classes == ["fast-ssd", "slow-hdd", "slow-hdd"]

    def test_the_operator_never_upgrades_by_itself(self):
        for shape in FULL:
            assert full(shape)["upgradeOptions"] == {"apply": "disabled", "setFCV": False}

    def test_rendering_is_pure(self):
        for shape, arguments in FULL.items():
            spec = parse_database("orders", arguments)
            assert compose(spec).manifests() == compose(spec).manifests(), shape


def test_no_password_or_key_is_ever_rendered_only_where_it_is():
    """The only Secrets that are written are ExternalSecrets, which hold paths."""
    for shape in FULL:
        for manifest in compose(parse_database("orders", FULL[shape])).manifests():
            assert manifest["kind"] != "Secret", shape
            assert "stringData" not in str(manifest)
    (passwords,) = objects("sharded", "ExternalSecret")
    entries = {entry["secretKey"]: entry["remoteRef"] for entry in passwords["spec"]["data"]}
    assert entries["MONGODB_BACKUP_PASSWORD"] == {
        "key": "shop/orders/passwords",
        "property": "MONGODB_BACKUP_PASSWORD",
    }
    assert len(entries) == 11
    assert entries.keys() == set(ENGINE.system_users(parse_database("orders", FULL["sharded"])).keys)
