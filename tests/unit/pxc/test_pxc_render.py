"""The custom resource and the objects around it that a specification of pxc becomes."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from dbaas_components.databases.capabilities import CAPABILITIES
from dbaas_components.databases.composition import compose, connections
from dbaas_components.databases.operator_owned import owned_paths
from dbaas_components.databases.pxc import ENGINE
from dbaas_components.databases.spec import DatabaseSpec, parse_database
from tests.unit.pxc.examples import FULL


def parsed(shape: str | None = None, **more: Any) -> DatabaseSpec:
    base = FULL[shape] if shape else {"engine": "pxc", "namespace": "shop"}
    return parse_database("orders", {**copy.deepcopy(base), **more})


def rendered(shape: str | None = None, **more: Any) -> dict[str, Any]:
    return ENGINE.render(parsed(shape, **more))


def test_every_setting_of_pods_arrives_at_servers_and_proxies():
    for shape, component, role in (
        ("haproxy", "pxc", "server"),
        ("haproxy", "haproxy", "haproxy"),
        ("proxysql", "proxysql", "proxysql"),
    ):
        found = rendered(shape)["spec"][component]
        assert found["resources"] == {
            "requests": {"cpu": "500m", "memory": "2Gi"},
            "limits": {"cpu": "4", "memory": "3Gi"},
        }
        assert found["priorityClassName"] == "databases"
        assert found["nodeSelector"] == {"disk": "fast"}
        assert [one["key"] for one in found["tolerations"]] == ["dedicated", "node.kubernetes.io/unreachable"]
        assert found["tolerations"][1]["tolerationSeconds"] == 120
        assert found["annotations"] == {"example.com/scrape": role}
        assert found["labels"]["rack"] == role
        assert found["podDisruptionBudget"] == {"maxUnavailable": 1}
        assert found["gracePeriod"] == 300
        assert found["serviceAccountName"] == f"orders-{role}"
        assert found["envVarsSecret"] == f"orders-{role}-environment"
        assert found["runtimeClassName"] == "gvisor"
        assert found["schedulerName"] == "topology"
        probed = component != "proxysql"
        assert (found.get("readinessProbes") is not None) == probed
        assert (found.get("livenessProbes", {}).get("failureThreshold") == 4) == probed


def test_zones_and_spread_hold_for_servers_and_proxies_by_labels_of_their_own():
    spec = rendered("haproxy")["spec"]
    for component in ("pxc", "haproxy"):
        affinity = spec[component]["affinity"]["advanced"]
        (apart,) = affinity["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        (even,) = spec[component]["topologySpreadConstraints"]
        for selector in (apart["labelSelector"], even["labelSelector"]):
            assert selector["matchLabels"]["app.kubernetes.io/component"] == component
        assert even["whenUnsatisfiable"] == "ScheduleAnyway"
    assert rendered("proxysql")["spec"]["proxysql"]["affinity"] == {"antiAffinityTopologyKey": "none"}


def test_parameters_become_a_configuration_file_that_requires_tls():
    assert rendered("haproxy")["spec"]["pxc"]["configuration"].splitlines() == [
        "[mysqld]",
        "require_secure_transport=ON",
        "max_connections=500",
        'wsrep_provider_options="gcache.size=1G; gcache.recover=yes"',
        "innodb_buffer_pool_size={{containerMemoryLimit * 3 / 4}}",
        "log_bin_trust_function_creators=ON",
        "long_query_time=0.5",
    ]
    assert "configuration" not in rendered(profile="dev")["spec"]["pxc"]


def test_only_one_proxy_is_on_and_each_is_exposed_in_its_own_words():
    haproxy, proxysql = rendered("haproxy")["spec"], rendered("proxysql")["spec"]
    # The spare one keeps its settings, and has no way in.
    assert (haproxy["proxysql"]["enabled"], haproxy["proxysql"]["size"]) == (False, 3)
    assert (proxysql["haproxy"]["enabled"], proxysql["haproxy"]["size"]) == (False, 2)
    assert not [key for key in (*haproxy["proxysql"], *proxysql["haproxy"]) if key.startswith("expose")]
    assert rendered("single")["spec"]["proxysql"] == {"enabled": False}
    balanced = {
        "type": "LoadBalancer",
        "loadBalancerClass": "example.com/nlb",
        "loadBalancerSourceRanges": ["10.0.0.0/8", "192.168.0.0/16"],
        "annotations": {"example.com/load-balancer": "internal"},
        "labels": {"exposed": "yes"},
        "externalTrafficPolicy": "Local",
        "internalTrafficPolicy": "Cluster",
    }
    assert haproxy["haproxy"]["exposePrimary"] == balanced
    assert haproxy["haproxy"]["exposeReplicas"] == {
        **balanced,
        "enabled": True,
        "externalTrafficPolicy": "Cluster",
    }
    assert haproxy["pxc"]["expose"] == {**balanced, "enabled": True, "labels": {"for": "replication"}}
    assert proxysql["pxc"]["expose"] == {"enabled": True, "type": "NodePort", "externalTrafficPolicy": "Local"}
    assert proxysql["proxysql"]["expose"] == {"enabled": True, "type": "ClusterIP", "internalTrafficPolicy": "Local"}
    claim = proxysql["proxysql"]["volumeSpec"]["persistentVolumeClaim"]
    assert claim["resources"]["requests"]["storage"] == "4Gi"
    assert claim["storageClassName"] == "fast-ssd"
    smallest = rendered(proxy={"type": "proxysql"})["spec"]["proxysql"]["volumeSpec"]["persistentVolumeClaim"]
    assert smallest["resources"]["requests"]["storage"] == "2Gi"


@pytest.mark.parametrize("version", ["8.0", "8.4"])
def test_the_keyring_is_configured_in_the_form_that_the_server_reads(version):
    placed = compose(parsed("proxysql", version=version)).before
    (keyring,) = [one.manifest for one in placed if one.role == "keyring"]
    data = keyring["spec"]["target"]["template"]["data"]
    expected = {
        "token": "{{ .token }}",
        "vault_url": "https://vault.example.com:8200",
        "secret_mount_point": "shop-orders",
        "vault_ca": "/etc/mysql/vault-keyring-secret/ca.cert",
    }
    text = data["keyring_vault.conf"]
    read = json.loads(text) if version == "8.4" else dict(line.split(" = ") for line in text.splitlines())
    assert read == expected
    assert data["ca.cert"] == "{{ .ca }}"
    assert keyring["spec"]["target"]["name"] == rendered("proxysql")["spec"]["vaultSecretName"] == "orders-keyring"
    assert [one["secretKey"] for one in keyring["spec"]["data"]] == ["token", "ca"]


def test_a_keyring_without_an_authority_of_its_own_asks_for_none():
    placed = compose(parsed("restored")).before
    (keyring,) = [one.manifest for one in placed if one.role == "keyring"]
    assert set(keyring["spec"]["target"]["template"]["data"]) == {"keyring_vault.conf"}
    assert keyring["metadata"]["name"] == "orders-vault"


def test_finalizers_are_there_only_when_they_are_asked_for():
    assert "finalizers" not in rendered()["metadata"]
    assert rendered("haproxy")["metadata"]["finalizers"] == ["percona.com/delete-pxc-pods-in-order"]
    assert rendered("proxysql")["metadata"]["finalizers"] == [
        "percona.com/delete-pxc-pvc",
        "percona.com/delete-proxysql-pvc",
        "percona.com/delete-ssl",
    ]


def test_certificates_carry_what_was_asked_and_the_names_of_all_endpoints():
    assert rendered("haproxy")["spec"]["tls"] == {
        "enabled": True,
        "SANs": ["orders-pxc.shop", "orders.example.com", "*.orders.example.com"],
        "issuerConf": {"name": "dbaas-ca", "kind": "ClusterIssuer", "group": "cert-manager.io"},
        "certValidityDuration": "1440h",
        "caValidityDuration": "87600h",
    }
    names = rendered("proxysql")["spec"]["tls"]["SANs"]
    assert names == ["orders-proxysql.shop", "orders-pxc.shop", "mysql.example.com"]
    ready_made = rendered("restored")["spec"]
    assert (ready_made["sslSecretName"], ready_made["sslInternalSecretName"]) == (
        "orders-certificate",
        "orders-members",
    )


def test_monitoring_connects_over_tls_where_the_server_requires_it():
    assert rendered("haproxy")["spec"]["pmm"]["pxcParams"] == (
        "--tls --tls-skip-verify --disable-tablestats-limit=2000"
    )
    observed = {"pmm": {"server": "pmm", "parameters": "--tls"}}
    assert rendered(observability=observed)["spec"]["pmm"]["pxcParams"] == "--tls"
    assert "pxcParams" not in rendered(profile="dev", observability={"pmm": {"server": "pmm"}})["spec"]["pmm"]


def test_users_are_rendered_with_what_was_given_and_nothing_more():
    users = rendered("haproxy")["spec"]["users"]
    assert users[0]["passwordSecretRef"] == {"name": "shop-password", "key": "mysql"}
    assert users[0]["withGrantOption"] is True
    assert users[1] == {"name": "reader", "dbs": ["orders"], "grants": ["SELECT"]}


def test_endpoints_lead_through_the_proxy_and_past_it():
    assert connections(parsed("haproxy")).endpoints == {
        "write": "orders-haproxy.shop:3306",
        "read": "orders-haproxy-replicas.shop:3306",
        "admin": "orders-haproxy.shop:33062",
        "internal": "orders-pxc.shop:3306",
    }
    assert connections(parsed("proxysql")).endpoints == {
        "write": "orders-proxysql.shop:3306",
        "read": "orders-proxysql.shop:3306",
        "admin": "orders-pxc.shop:33062",
        "internal": "orders-pxc.shop:3306",
    }
    single = connections(parsed("single")).endpoints
    assert single["read"] == single["write"]


def test_uris_verify_the_names_that_the_certificate_bears():
    through_haproxy = connections(parsed("haproxy")).uris
    assert through_haproxy["write"] == "mysql://root@orders-haproxy.shop:3306/?ssl-mode=VERIFY_IDENTITY"
    for shape in ("haproxy", "proxysql"):
        assert all(uri.endswith("VERIFY_IDENTITY") for uri in connections(parsed(shape)).uris.values())
    late = connections(parsed("haproxy").model_copy(update={"namespace": ""})).uris
    assert [purpose for purpose, uri in late.items() if uri.endswith("VERIFY_CA")] == ["internal"]
    assert all(uri.endswith("VERIFY_CA") for uri in connections(parsed("restored")).uris.values())


def test_clients_verify_with_the_authority_of_the_certificate_that_they_are_shown():
    assert connections(parsed("haproxy")).ca == "shop/orders-ssl/ca.crt"
    assert connections(parsed("restored")).ca == "shop/orders-members/ca.crt"


def test_the_set_of_system_users_is_complete_and_grows_with_monitoring():
    users = ("root", "operator", "monitor", "xtrabackup", "replication", "proxyadmin")
    assert ENGINE.system_users(parsed()).keys == users
    assert ENGINE.system_users(parsed("haproxy")).keys == (*users, "pmmservertoken")
    assert ENGINE.system_users(parsed("haproxy")).secret == rendered("haproxy")["spec"]["secretsName"]


def test_fields_are_handed_over_while_a_feature_is_in_use():
    assert list(ENGINE.features(parsed())) == []
    grows = ENGINE.features(parsed("haproxy"))
    assert "spec.pxc.volumeSpec.persistentVolumeClaim.resources.requests.storage" in owned_paths("pxc", grows)
    upgrades = {"spec": {"upgradeOptions": {"apply": "8.4-recommended"}}}
    assert list(ENGINE.features(parsed(overrides=upgrades))) == ["automatic_upgrade"]
    assert list(ENGINE.features(parsed(overrides={"spec": {"upgradeOptions": {"apply": "Never"}}}))) == []


@pytest.mark.parametrize("shape", FULL)
def test_no_object_carries_a_secret_value(shape):
    for manifest in compose(parsed(shape)).manifests():
        assert manifest["kind"] != "Secret"
        if manifest["kind"] == "ExternalSecret":
            made = manifest["spec"]["target"].get("template", {}).get("data", {})
            held = "\n".join(made.values())
            assert [one["secretKey"] for one in manifest["spec"]["data"] if made] == re.findall(r"{{ \.(\w+) }}", held)


def fields_of(model: type[BaseModel], path: str = "") -> Iterator[str]:
    """Every single field of a specification, without the places in lists and the keys of mappings."""
    for name, field in model.model_fields.items():
        here = f"{path}.{name}" if path else name
        below = part_of(field.annotation)
        if below is None:
            yield here
        else:
            yield from fields_of(below, here)


def part_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := part_of(one))), None)


def given_in(value: Any, model: type[BaseModel], path: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        if not isinstance(value, dict) or name not in value:
            continue
        here, below = f"{path}.{name}" if path else name, part_of(field.annotation)
        if below is None:
            yield here
            continue
        found = value[name]
        keyed = isinstance(found, dict) and "dict[" in str(field.annotation)
        for one in found.values() if keyed else found if isinstance(found, list) else [found]:
            yield from given_in(one, below, here)


# What has no meaning for this engine although no capability refuses it, or does not reach the custom resource.
ELSEWHERE = (
    "adopt",
    "data_source.overwrite",
    "replica_set",
    "instance_set",
    "name",
    "databases",
    "overrides",
    "encryption.secret",
)


def test_the_full_examples_use_every_field_that_this_engine_has():
    used = {path for args in FULL.values() for path in given_in(args, DatabaseSpec)}
    refused = tuple(
        capability.path.replace("[]", "").replace("{}", "")
        for capability in CAPABILITIES
        if "pxc" in capability.missing and capability.value is None
    )
    left = [
        path
        for path in fields_of(DatabaseSpec)
        if path not in used and not any(path == one or path.startswith(f"{one}.") for one in (*refused, *ELSEWHERE))
    ]
    assert left == []
