"""What is made of MongoDB databases, field by field, against what the PSMDB operator 1.22.0 reads."""

from __future__ import annotations

from typing import Any

from dbaas_components.databases.composition import compose
from dbaas_components.databases.psmdb import ENGINE
from dbaas_components.databases.spec import parse_database
from tests.strategies.coverage import Coverage
from tests.unit.psmdb.examples import FULL
from tests.unit.psmdb.rendered import full, rendered, settings


def test_the_examples_have_every_field_that_the_engine_takes_and_write_every_field_of_its_models():
    coverage = Coverage("psmdb")
    for arguments in FULL.values():
        named = {"name": "orders", **arguments}
        coverage.count(named, compose(parse_database("orders", named)).manifests())
    # Whether a running database is taken over or written over is nothing that is rendered.
    assert set(coverage.left) == {"adopt", "data_source.overwrite"}
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
            assert group["labels"]["team"] == "payments"
            assert group["labels"]["dbaas-components.io/owner"] == "payments"
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
        assert not {"pause", "imagePullPolicy", "imagePullSecrets"} & set(full("restored"))

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
            options = full(shape)["upgradeOptions"]
            assert (options["apply"], options["setFCV"]) == ("disabled", False)

    def test_rendering_is_pure(self):
        for shape, arguments in FULL.items():
            spec = parse_database("orders", arguments)
            assert compose(spec).manifests() == compose(spec).manifests(), shape
