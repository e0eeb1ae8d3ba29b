"""What a fully specified ps becomes: every field where the operator reads it."""

from __future__ import annotations

import pytest

from tests.unit.ps.examples import FULL
from tests.unit.ps.rendered import database, manifests, of_kind, small

PODS = {
    "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}},
    "priorityClassName": "database-critical",
    "nodeSelector": {"pool": "databases"},
    "tolerations": [
        {"key": "databases", "operator": "Equal", "value": "yes", "effect": "NoSchedule"},
        {
            "key": "node.kubernetes.io/unreachable",
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": 600,
        },
    ],
    "annotations": {"example.com/scraped": "true"},
    "labels": {"example.com/team": "shop"},
    "podDisruptionBudget": {"maxUnavailable": 1},
    "gracePeriod": 900,
    "readinessProbe": {
        "initialDelaySeconds": 20,
        "periodSeconds": 6,
        "timeoutSeconds": 4,
        "failureThreshold": 5,
        "successThreshold": 1,
    },
    "livenessProbe": {
        "initialDelaySeconds": 60,
        "periodSeconds": 20,
        "timeoutSeconds": 9,
        "failureThreshold": 6,
        "successThreshold": 1,
    },
    "serviceAccountName": "orders",
    "envFrom": [{"secretRef": {"name": "orders-environment"}}],
    "runtimeClassName": "gvisor",
    "schedulerName": "stork",
}


@pytest.mark.parametrize(
    ("shape", "path", "without"),
    [
        ("group-haproxy", ("mysql",), ()),
        ("group-haproxy", ("proxy", "haproxy"), ()),
        ("group-router", ("proxy", "router"), ("labels", "livenessProbe")),
        ("async-haproxy", ("orchestrator",), ("readinessProbe", "livenessProbe")),
    ],
)
def test_the_settings_of_pods_arrive_at_every_component(shape, path, without):
    component = database(shape)
    for key in path:
        component = component[key]
    for field, value in PODS.items():
        assert component.get(field) == (None if field in without else value), field


def test_the_server_has_its_mode_size_volume_parameters_and_recovery():
    server = database("group-haproxy")["mysql"]
    assert (server["clusterType"], server["size"], server["autoRecovery"]) == ("group-replication", 5, False)
    assert server["volumeSpec"]["persistentVolumeClaim"] == {
        "storageClassName": "fast-ssd",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "200Gi"}},
    }
    assert server["configuration"].split("\n") == [
        "max_connections=500",
        "innodb_buffer_pool_size={{containerMemoryLimit * 3/4}}",
        "long_query_time=0.5",
        "log_bin_trust_function_creators=ON",
    ]
    assert database("group-haproxy")["storageScaling"]["autoscaling"] == {
        "enabled": True,
        "triggerThresholdPercent": 70,
        "growthStep": "20Gi",
        "maxSize": "1Ti",
    }


def test_zones_bind_all_pods_and_nodes_are_kept_apart_for_each_component_by_itself():
    spec = database("group-haproxy")
    components = {"mysql": spec["mysql"], "haproxy": spec["proxy"]["haproxy"]}
    for name, component in components.items():
        advanced = component["affinity"]["advanced"]
        (term,) = advanced["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        assert term["matchExpressions"][0]["values"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
        (apart,) = advanced["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert apart["labelSelector"]["matchLabels"]["app.kubernetes.io/name"] == name
        (spread,) = component["topologySpreadConstraints"]
        assert (spread["topologyKey"], spread["whenUnsatisfiable"]) == ("topology.kubernetes.io/zone", "DoNotSchedule")
    helpers = [spec["backup"]["pitr"]["binlogServer"]["affinity"]["advanced"]]
    helpers += [storage["affinity"] for storage in spec["backup"]["storages"].values()]
    for affinity in helpers:
        assert list(affinity) == ["nodeAffinity"]


def test_without_spreading_replicas_may_share_a_node():
    assert small(spread={"nodes": False})["mysql"]["affinity"] == {"antiAffinityTopologyKey": "none"}
    zoned = small(spread={"nodes": False}, zones=["eu-west-1a"])["mysql"]["affinity"]["advanced"]
    assert list(zoned) == ["nodeAffinity"]
    (spread,) = database("group-router")["proxy"]["router"]["topologySpreadConstraints"]
    assert spread["whenUnsatisfiable"] == "ScheduleAnyway"


def test_only_the_chosen_proxy_is_on_and_the_other_is_off_in_so_many_words():
    proxies = database("group-haproxy")["proxy"]
    assert (proxies["haproxy"]["enabled"], proxies["haproxy"]["size"]) == (True, 3)
    # A spare one keeps its settings, and has no way in.
    assert (proxies["router"]["enabled"], proxies["router"]["size"], "expose" in proxies["router"]) == (False, 3, False)
    assert proxies["haproxy"]["configuration"] == "global\n  maxconn 2048\n"
    proxies = database("group-router")["proxy"]
    assert (proxies["router"]["enabled"], proxies["router"]["size"]) == (True, 2)
    assert (proxies["haproxy"]["enabled"], proxies["haproxy"]["size"]) == (False, 2)
    assert database("async-haproxy")["proxy"]["router"] == {"enabled": False}


def test_ways_in_are_those_of_the_proxy_the_primary_and_each_pod():
    spec = database("group-haproxy")
    balanced = {
        "type": "LoadBalancer",
        "annotations": {"external-dns.alpha.kubernetes.io/hostname": "orders.example.com"},
        "labels": {"example.com/exposed": "yes"},
        "externalTrafficPolicy": "Local",
        "internalTrafficPolicy": "Cluster",
        "loadBalancerSourceRanges": ["10.0.0.0/8", "192.168.0.0/16"],
    }
    assert spec["proxy"]["haproxy"]["expose"] == balanced
    assert spec["mysql"]["exposePrimary"] == {**balanced, "enabled": True}
    assert (spec["mysql"]["expose"]["enabled"], spec["mysql"]["expose"]["type"]) == (True, "ClusterIP")


def test_the_primary_has_a_service_of_its_own_in_every_database():
    """The pod that ships binary logs connects to it, and so does whoever goes past the proxy."""
    assert small()["mysql"]["exposePrimary"] == {"enabled": True}
    assert "expose" not in small()["mysql"]


def test_an_asynchronous_database_has_an_orchestrator_and_a_group_has_none():
    assert (
        database("async-haproxy")["orchestrator"]["enabled"],
        database("async-haproxy")["orchestrator"]["size"],
    ) == (
        True,
        5,
    )
    assert database("async-haproxy")["mysql"]["clusterType"] == "async"
    assert database("group-haproxy")["orchestrator"] == {"enabled": False}


@pytest.mark.parametrize("shape", FULL)
def test_checks_of_the_operator_are_left_out_only_for_single_pods(shape):
    single = shape.startswith("single")
    assert database(shape)["unsafeFlags"] == {
        "mysqlSize": single,
        "proxy": False,
        "proxySize": single,
        "orchestrator": False,
        "orchestratorSize": shape == "single-async",
    }


def test_certificates_come_from_an_issuer_or_are_ready_made():
    spec = database("group-haproxy")
    assert spec["tls"] == {
        "SANs": ["orders.example.com", "orders-haproxy.shop"],
        "issuerConf": {"name": "shop-issuer", "kind": "Issuer", "group": "cert-manager.io"},
    }
    assert spec["sslSecretName"] == "orders-ssl"
    assert database("group-router")["sslSecretName"] == "orders-certificate"
    assert "tls" not in database("group-router")


def test_monitoring_pause_finalizers_images_and_pull_secrets():
    spec = database("group-haproxy")
    probe = {
        "initialDelaySeconds": 20,
        "periodSeconds": 6,
        "timeoutSeconds": 4,
        "failureThreshold": 5,
        "successThreshold": 1,
    }
    assert spec["pmm"] == {
        "enabled": True,
        "imagePullPolicy": "IfNotPresent",
        "readinessProbe": probe,
        "livenessProbe": probe,
        "image": "mirror.example.com:5000/hub/percona/pmm-client:3.8.1",
        "serverHost": "monitoring-service.pmm",
        "customClusterName": "orders-eu",
        "mysqlParams": "--query-source=slowlog",
        "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}},
    }
    pulled = [spec["mysql"], spec["proxy"]["haproxy"], spec["toolkit"], spec["backup"]]
    pulled.append(spec["backup"]["pitr"]["binlogServer"])
    assert all(one["imagePullSecrets"] == [{"name": "mirror"}] for one in pulled)
    assert all(one["imagePullPolicy"] == "IfNotPresent" for one in pulled)
    assert database("single")["pause"] is True
    assert "pause" not in spec
    finalizers = {
        shape: of_kind("PerconaServerMySQL", manifests(shape))["metadata"].get("finalizers") for shape in FULL
    }
    assert finalizers["group-haproxy"] == ["percona.com/delete-mysql-pods-in-order", "percona.com/delete-ssl"]
    assert finalizers["group-router"] == ["percona.com/delete-mysql-pods-in-order", "percona.com/delete-mysql-pvc"]
    assert finalizers["single"] is None


@pytest.mark.parametrize("shape", FULL)
def test_the_operator_never_upgrades_by_itself(shape):
    assert database(shape)["upgradeOptions"]["apply"] == "disabled"


def test_what_was_not_said_is_left_to_the_operator():
    spec = small()
    assert set(spec) == {
        "crVersion",
        "secretsName",
        "sslSecretName",
        "updateStrategy",
        "upgradeOptions",
        "unsafeFlags",
        "storageScaling",
        "mysql",
        "proxy",
        "orchestrator",
        "toolkit",
        "backup",
    }
    assert spec["backup"] == {"enabled": False, "image": "docker.io/percona/percona-xtrabackup:8.4.0-6.1"}
