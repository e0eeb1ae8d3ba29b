"""From a running custom resource to the arguments that render it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from tests.unit.ps.examples import FULL

PS = ENGINES["ps"]


def rendered(args: dict[str, Any]) -> dict[str, Any]:
    return PS.render(parse_database("orders", args))


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            here = f"{path}.{key}" if path else key
            if key in one and key in other:
                yield from differences(one[key], other[key], here)
            else:
                yield here
    elif one != other:
        yield path


@pytest.mark.parametrize("shape", FULL)
def test_what_was_rendered_is_rendered_again_from_what_was_adopted(shape):
    before = rendered({**FULL[shape], "platform_labels": False})
    adopted = PS.adopt(before)
    assert (adopted["name"], adopted["namespace"], adopted["engine"]) == ("orders", "shop", "ps")
    # Where Vault is stands in a Secret, which nobody reads; its name is left to the overrides.
    wanted = ["spec.mysql.vaultSecretName"] if "vault" in FULL[shape].get("encryption", {}) else []
    assert list(differences(before, rendered(adopted))) == wanted


SAMPLE: dict[str, Any] = {
    "apiVersion": "ps.percona.com/v1",
    "kind": "PerconaServerMySQL",
    "metadata": {
        "name": "cluster1",
        "namespace": "mysql",
        "finalizers": ["percona.com/delete-mysql-pods-in-order"],
        "labels": {"team": "shop", "app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "runbook": "somewhere"},
        "uid": "1",
    },
    "spec": {
        "crVersion": "1.2.0",
        "secretsName": "cluster1-secrets",
        "sslSecretName": "cluster1-ssl",
        "updateStrategy": "SmartUpdate",
        "upgradeOptions": {"apply": "disabled", "versionServiceEndpoint": "https://check.percona.com"},
        "mysql": {
            "clusterType": "group-replication",
            "autoRecovery": True,
            "size": 3,
            "image": "percona/percona-server:8.0.46-37.1",
            "imagePullPolicy": "Always",
            "gracePeriod": 600,
            "podDisruptionBudget": {"maxUnavailable": 1},
            "resources": {"limits": {"memory": "4Gi"}, "requests": {"cpu": 2, "memory": "2Gi"}},
            "affinity": {"antiAffinityTopologyKey": "kubernetes.io/hostname"},
            "exposePrimary": {"enabled": True},
            "configuration": "max_connections=250\nbinlog_expire_logs_seconds=604800",
            "volumeSpec": {
                "persistentVolumeClaim": {"resources": {"requests": {"storage": "6Gi"}}},
            },
        },
        "proxy": {
            "haproxy": {"enabled": False, "size": 3, "image": "percona/haproxy:2.8.18-1"},
            "router": {
                "enabled": True,
                "size": 3,
                "image": "percona/percona-mysql-router:8.0.46",
                "expose": {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0/8"]},
            },
        },
        "orchestrator": {"enabled": False, "size": 3, "image": "percona/percona-orchestrator:3.2.6-22"},
        "pmm": {"enabled": False, "image": "percona/pmm-client:3.8.1", "serverHost": "monitoring-service"},
        "toolkit": {"image": "percona/percona-toolkit:3.7.1-4"},
        "backup": {
            "enabled": True,
            "image": "percona/percona-xtrabackup:8.0.35-36.1",
            "pitr": {"enabled": False},
            "storages": {
                "s3": {
                    "type": "s3",
                    "verifyTLS": True,
                    "s3": {"bucket": "backups", "credentialsSecret": "keys", "region": "us-west-2"},
                }
            },
            "schedule": [{"name": "daily", "schedule": "0 0 * * 6", "keep": 3, "storageName": "s3", "type": "full"}],
        },
    },
}


def test_a_custom_resource_in_the_operators_own_style_lands_in_the_specifications_words():
    adopted = PS.adopt(SAMPLE)
    assert adopted == {
        "name": "cluster1",
        "namespace": "mysql",
        "engine": "ps",
        "profile": "dev",
        "platform_labels": False,
        "labels": {"team": "shop"},
        "annotations": {"runbook": "somewhere"},
        "version": "8.0",
        "images": {
            "server": "percona/percona-server:8.0.46-37.1",
            "haproxy": "percona/haproxy:2.8.18-1",
            "router": "percona/percona-mysql-router:8.0.46",
            "orchestrator": "percona/percona-orchestrator:3.2.6-22",
            "toolkit": "percona/percona-toolkit:3.7.1-4",
            "backup": "percona/percona-xtrabackup:8.0.35-36.1",
            "pmm": "percona/pmm-client:3.8.1",
        },
        "image_pull_policy": "Always",
        "maintenance": {"version_service": "https://check.percona.com"},
        "orchestrator": {"enabled": False, "replicas": 3},
        "spare_proxy": {"type": "haproxy", "replicas": 3},
        "observability": {"pmm": {"enabled": False, "server": "monitoring-service"}},
        "replicas": 3,
        "storage": {"size": "6Gi"},
        "pods": {
            "resources": {"cpu": "2", "memory": "2Gi", "memory_limit": "4Gi"},
            "max_unavailable": 1,
            "grace_period_seconds": 600,
        },
        "spread": {"nodes": True},
        "replication": {"mode": "group"},
        "parameters": {"max_connections": 250, "binlog_expire_logs_seconds": 604800},
        "automatic_recovery": True,
        "proxy": {"type": "router", "replicas": 3},
        "expose": {"write": {"type": "load_balancer", "source_ranges": ["10.0.0.0/8"]}},
        "credentials": {"secret": "cluster1-secrets"},
        "backup": {
            "storages": {"s3": {"type": "s3", "bucket": "backups", "region": "us-west-2", "credentials": "keys"}},
            "schedules": [{"name": "daily", "cron": "0 0 * * 6", "storage": "s3", "type": "full", "keep": 3}],
            "pitr": {"enabled": False},
        },
        "deletion": {"ordered": True},
    }
    again = PS.render(parse_database("cluster1", adopted))
    # No words for these, or written here in so many words and there by default.
    assert {path.rpartition(".")[0] for path in differences(SAMPLE["spec"], again["spec"])} == {
        "",
        "backup",
        "backup.storages.s3.s3",
        "mysql.resources.requests",
        "mysql.volumeSpec.persistentVolumeClaim",
        "orchestrator",
        "pmm",
        "proxy.haproxy",
        "proxy.router",
        "toolkit",
    }


def test_parameters_in_another_form_are_left_to_the_overrides():
    """Another text, of the same meaning or not, would restart the servers."""
    for text in ("[mysqld]\nmax_connections=250", "max_connections = 250", "max_connections=250\n", "a=1\na=2"):
        assert "parameters" not in PS.adopt({"spec": {"mysql": {"configuration": text}}}), text
    assert PS.adopt({"spec": {"mysql": {"configuration": "a=01\nb=-1"}}})["parameters"] == {"a": "01", "b": -1}


def test_storages_of_a_sample_without_a_secret_and_limits_below_requests_are_left_to_the_overrides():
    backup = {
        "storages": {
            "real": {"type": "s3", "s3": {"bucket": "b", "credentialsSecret": "keys"}},
            "sample": {"type": "azure", "azure": {"container": "c", "credentialsSecret": "SECRET-NAME"}},
        },
        "schedule": [
            {"name": "one", "schedule": "0 1 * * *", "storageName": "real"},
            {"name": "other", "schedule": "0 1 * * *", "storageName": "sample"},
        ],
        "resources": {"requests": {"cpu": "200m", "memory": "1Gi"}, "limits": {"cpu": "100m", "memory": "2Gi"}},
    }
    adopted = PS.adopt({"spec": {"backup": backup}})["backup"]
    assert list(adopted["storages"]) == ["real"]
    assert [one["name"] for one in adopted["schedules"]] == ["one"]
    assert adopted["resources"] == {"cpu": "200m", "memory": "1Gi", "memory_limit": "2Gi"}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=5,
)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(below, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    if isinstance(value, dict):
        return {key: replaced(below, path[1:], by) if key == path[0] else below for key, below in value.items()}
    return [replaced(below, path[1:], by) if index == path[0] else below for index, below in enumerate(value)]


WHOLE = {shape: rendered(args) for shape, args in FULL.items()}
PLACES = [(shape, path) for shape, manifest in WHOLE.items() for path in leaves(manifest)]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(place=st.sampled_from(PLACES), by=ANYTHING)
def test_a_strange_custom_resource_never_breaks_the_adoption(place, by):
    shape, path = place
    assert PS.adopt(replaced(WHOLE[shape], path, by))["engine"] == "ps"


@pytest.mark.parametrize("manifest", [{}, {"metadata": None, "spec": None}, {"spec": []}, {"spec": {"mysql": 3}}])
def test_an_empty_custom_resource_is_adopted_as_far_as_it_goes(manifest):
    assert PS.adopt(manifest)["engine"] == "ps"
