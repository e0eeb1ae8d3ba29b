"""What a fully specified ps becomes: every field where the operator reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from dbaas_components.databases.capabilities import CAPABILITIES
from dbaas_components.databases.composition import compose, connections
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from dbaas_components.databases.spec.database import DatabaseSpec
from tests.unit.ps.examples import FULL

PS = ENGINES["ps"]


def manifests(shape: str, **more: Any) -> list[dict[str, Any]]:
    return compose(parse_database("orders", {**FULL[shape], **more})).manifests()


def of_kind(kind: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    (one,) = [manifest for manifest in found if manifest["kind"] == kind]
    return one


def database(shape: str, **more: Any) -> dict[str, Any]:
    return of_kind("PerconaServerMySQL", manifests(shape, **more))["spec"]


def small(**args: Any) -> dict[str, Any]:
    spec = parse_database("orders", {"engine": "ps", "namespace": "shop", **args})
    return PS.render(spec)["spec"]


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
    assert (proxies["haproxy"]["enabled"], proxies["haproxy"]["size"], proxies["router"]) == (
        True,
        3,
        {"enabled": False},
    )
    assert proxies["haproxy"]["configuration"] == "global\n  maxconn 2048\n"
    proxies = database("group-router")["proxy"]
    assert (proxies["router"]["enabled"], proxies["router"]["size"], proxies["haproxy"]) == (
        True,
        2,
        {"enabled": False},
    )


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


def test_the_secret_for_vault_is_text_for_8_0_and_json_for_8_4():
    found = [one for one in manifests("group-haproxy") if one["kind"] == "ExternalSecret"]
    (secret,) = [one["spec"] for one in found if one["metadata"]["name"] == "orders-keyring"]
    template = secret["target"]["template"]["data"]
    assert json.loads(template["keyring_vault.cnf"]) == {
        "token": "{{ .token }}",
        "vault_url": "https://vault.example.com:8200",
        "secret_mount_point": "ps-orders",
        "vault_ca": "/etc/mysql/vault-keyring-secret/ca.cert",
    }
    assert template["ca.cert"] == "{{ .ca }}"
    assert [(one["secretKey"], one["remoteRef"]) for one in secret["data"]] == [
        ("token", {"key": "shop/orders/keyring", "property": "token"}),
        ("ca", {"key": "shop/orders/keyring", "property": "ca"}),
    ]
    assert database("group-haproxy")["mysql"]["vaultSecretName"] == "orders-keyring"

    older = of_kind("ExternalSecret", manifests("group-router"))["spec"]
    assert older["target"]["template"]["data"] == {
        "keyring_vault.cnf": "token = {{ .token }}\n"
        "vault_url = https://vault.example.com:8200\n"
        "secret_mount_point = ps-orders"
    }
    assert [one["secretKey"] for one in older["data"]] == ["token"]
    assert database("group-router")["mysql"]["vaultSecretName"] == older["target"]["name"] == "orders-vault"


def test_the_users_secret_is_delivered_with_every_key_that_the_operator_fills_and_the_token_of_pmm():
    found = [one for one in manifests("group-haproxy") if one["kind"] == "ExternalSecret"]
    (secret,) = [one["spec"] for one in found if one["metadata"]["name"] == "orders-users"]
    users = {"root", "operator", "monitor", "xtrabackup", "replication", "orchestrator", "heartbeat", "clusterset"}
    assert {one["secretKey"] for one in secret["data"]} == {*users, "pmmservertoken"}
    assert database("group-haproxy")["secretsName"] == "orders-users"
    without = PS.system_users(parse_database("orders", FULL["group-router"]))
    assert (without.secret, set(without.keys)) == ("orders-passwords", users)


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


def test_monitoring_pause_finalizers_images_and_pull_secrets():
    spec = database("group-haproxy")
    assert spec["pmm"] == {
        "enabled": True,
        "image": "mirror.example.com:5000/hub/percona/pmm-client:3.8.1",
        "serverHost": "monitoring-service.pmm",
        "customClusterName": "orders-eu",
        "mysqlParams": "--query-source=slowlog",
        "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}},
    }
    pulled = [spec["mysql"], spec["proxy"]["haproxy"], spec["toolkit"], spec["backup"]]
    pulled.append(spec["backup"]["pitr"]["binlogServer"])
    assert all(one["imagePullSecrets"] == [{"name": "mirror"}] for one in pulled)
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
    assert database(shape)["upgradeOptions"] == {"apply": "disabled"}


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


def test_endpoints_and_uris_of_haproxy_and_router():
    found = connections(parse_database("orders", FULL["group-haproxy"]))
    assert found.endpoints == {
        "write": "orders-haproxy.shop:3306",
        "read": "orders-haproxy.shop:3307",
        "admin": "orders-mysql-primary.shop:33062",
        "internal": "orders-mysql.shop:3306",
    }
    # The certificate bears the primary's names, and those that were asked for.
    assert found.uris["write"] == "mysql://root@orders-haproxy.shop:3306/?ssl-mode=VERIFY_IDENTITY"
    assert found.uris["admin"] == "mysql://root@orders-mysql-primary.shop:33062/?ssl-mode=VERIFY_IDENTITY"
    assert found.uris["internal"] == "mysql://root@orders-mysql.shop:3306/?ssl-mode=VERIFY_CA"
    assert (found.credentials, found.ca) == ("shop/orders-users/root", "shop/orders-ssl/ca.crt")
    routed = connections(parse_database("orders", FULL["group-router"]))
    assert (routed.endpoints["write"], routed.endpoints["read"]) == (
        "orders-router.shop:3306",
        "orders-router.shop:6447",
    )
    assert set(routed.uris.values()) == {
        f"mysql://root@{address}/?ssl-mode=VERIFY_CA" for address in routed.endpoints.values()
    }
    assert routed.ca == "shop/orders-certificate/ca.crt"
    single = connections(parse_database("orders", FULL["single"])).endpoints
    assert single["read"] == single["write"] == "orders-haproxy.shop:3306"


def test_the_network_lets_backup_pods_reach_the_servers():
    """Their labels name the backup and not the database, so that they count as clients."""
    policy = of_kind("NetworkPolicy", manifests("group-haproxy"))["spec"]
    (clients,) = [rule for rule in policy["ingress"] if {"podSelector": {}} in rule["from"]]
    assert {"protocol": "TCP", "port": 6450} in clients["ports"]


@pytest.mark.parametrize("shape", FULL)
def test_no_secret_is_rendered_only_where_it_is(shape):
    found = manifests(shape)
    assert not [one for one in found if one["kind"] == "Secret"]
    text = json.dumps(found)
    assert re.findall(r'\\"token\\": \\"(?!\{\{ \.token \}\})', text) == []
    assert re.findall(r"token = (?!\{\{ \.token \}\})", text) == []
    uris = connections(parse_database("orders", FULL[shape])).uris
    assert all(re.fullmatch(r"mysql://root@[^@]*", uri) for uri in uris.values())


def paths(model: type[BaseModel], path: str = "") -> Iterator[str]:
    """The path of every single field below a model; a list or mapping counts as what it holds."""
    for name, field in model.model_fields.items():
        here = f"{path}.{name}" if path else name
        below = model_in(field.annotation)
        yield from paths(below, here) if below else [here]


def model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for argument in get_args(annotation) if (found := model_in(argument))), None)


def used(value: Any, path: str = "") -> Iterator[str]:
    yield path
    if isinstance(value, dict):
        for key, below in value.items():
            yield from used(below, f"{path}.{key}" if path else key)
            # A mapping's own keys are no fields.
            yield from used(below, path)
    elif isinstance(value, list | tuple):
        for below in value:
            yield from used(below, path)


NOT_OURS = {
    "name": "given beside the arguments",
    "adopt": "of how the object comes into a stack, and not of what it says",
    "backup.storages.size": "of volumes, which are refused by their type",
    "backup.storages.claim": "of volumes, which are refused by their type",
    "orchestrator.pods.readiness": "refused: the operator sets that probe",
    "orchestrator.pods.liveness": "refused: the operator sets that probe",
}


def test_the_examples_touch_every_field_that_this_engine_takes():
    touched = {path for args in FULL.values() for path in used(args)}
    refused = {
        capability.path.replace("[]", "").replace("{}", "")
        for capability in CAPABILITIES
        if capability.value is None and PS.name in capability.missing
    }
    left = [
        path
        for path in paths(DatabaseSpec)
        if path not in touched
        and not any(path == other or path.startswith(f"{other}.") for other in {*refused, *NOT_OURS})
    ]
    assert left == []
