"""Percona XtraDB Cluster: MySQL with Galera replication, one writer at a time behind HAProxy.

Field names, names of Services and Secrets, and limits are those of the PXC operator 1.20.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.engine import (
    Engine,
    NetworkRules,
    Placed,
    ReplicaRule,
    SecretKeys,
    ServicePort,
    replica_problems,
)
from dbaas_components.databases.layers import Layer
from dbaas_components.naming import NameLimit, object_name

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources.pxc import PerconaXtraDBCluster
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.errors import Problem


def _model() -> type[PerconaXtraDBCluster]:
    from dbaas_components.databases.custom_resources.pxc import PerconaXtraDBCluster

    return PerconaXtraDBCluster


def render(spec: DatabaseSpec) -> dict[str, Any]:
    """The PerconaXtraDBCluster for a specification."""
    # Here and not above: the models of an engine that a stack does not use would cost it import time.
    from dbaas_components.databases.custom_resources import pxc as cr
    from dbaas_components.databases.rendering import pods, shared

    return cr.PerconaXtraDBCluster(
        metadata=shared.metadata_of(spec, ENGINE),
        spec=cr.Spec(
            cr_version=ENGINE.versions.operator,
            secrets_name=_credentials(spec)[0],
            ssl_secret_name=_ca(spec)[0],
            update_strategy="SmartUpdate",
            upgrade_options=shared.NO_OWN_UPGRADES,
            unsafe_flags=cr.UnsafeFlags(pxc_size=spec.replicas == 1, proxy_size=spec.proxy.replicas == 1),
            tls=cr.Tls(enabled=True),
            storage_scaling=shared.storage_scaling(spec),
            pxc=cr.Server(
                size=spec.replicas,
                image=shared.image_of(spec, "server"),
                auto_recovery=True,
                affinity=pods.anti_affinity(spec, _pod_labels(spec, "pxc")),
                topology_spread_constraints=pods.zone_spread(spec, _pod_labels(spec, "pxc")),
                pod_disruption_budget=pods.disruption_budget(spec.pods),
                resources=pods.resources(spec.pods.resources),
                volume_spec=shared.data_volume(spec),
            ),
            haproxy=cr.HAProxy(
                enabled=True,
                size=spec.proxy.replicas,
                image=shared.image_of(spec, "haproxy"),
                affinity=pods.anti_affinity(spec, _pod_labels(spec, "haproxy")),
                topology_spread_constraints=pods.zone_spread(spec, _pod_labels(spec, "haproxy")),
                pod_disruption_budget=pods.disruption_budget(spec.pods),
                resources=pods.resources(spec.proxy.pods.resources),
            ),
            proxysql=cr.ProxySQL(enabled=False),
            backup=cr.Backup(image=shared.image_of(spec, "backup")),
        ),
    ).manifest()


def _pod_labels(spec: DatabaseSpec, component: str) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "percona-xtradb-cluster",
        "app.kubernetes.io/instance": spec.name,
        "app.kubernetes.io/component": component,
    }


def _endpoints(spec: DatabaseSpec) -> dict[str, ServicePort]:
    return {
        "write": ServicePort(object_name(spec.name, "haproxy"), 3306),
        "read": ServicePort(object_name(spec.name, "haproxy-replicas"), 3306),
    }


def _credentials(spec: DatabaseSpec) -> tuple[str, str]:
    return object_name(spec.name, "secrets"), "root"


def _ca(spec: DatabaseSpec) -> tuple[str, str]:
    return object_name(spec.name, "ssl"), "ca.crt"


def _defaults(given: Mapping[str, Any]) -> list[Layer]:
    values: dict[str, Any] = {
        "version": ENGINE.versions.default,
        "replication": {"mode": "galera"},
        "proxy": {"type": "haproxy"},
    }
    return [Layer("engine pxc", values)]


def _check(spec: DatabaseSpec) -> Iterator[Problem]:
    yield from replica_problems(spec, ENGINE.replicas)


def _uri(spec: DatabaseSpec, purpose: str, address: str) -> str:
    return f"mysql://root@{address}/"


def _system_users(spec: DatabaseSpec) -> SecretKeys:
    return SecretKeys(_credentials(spec)[0], ("root", "operator", "monitor", "xtrabackup", "replication", "proxyadmin"))


def _objects(spec: DatabaseSpec) -> list[Placed]:
    return []


def _features(spec: DatabaseSpec) -> list[str]:
    return ["storage_autoscaling"] if spec.storage.autoscale else []


def _adopt(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {}


ENGINE: Final = Engine(
    name="pxc",
    software="percona-xtradb-cluster",
    also_called=("mysql", "galera", "percona-xtradb-cluster"),
    api_version="pxc.percona.com/v1",
    kind="PerconaXtraDBCluster",
    plural="perconaxtradbclusters",
    short_names=("pxc", "pxcs"),
    port=3306,
    # The operator's own check of its custom resource.
    name_limit=NameLimit(22, "PXC operator 1.20.0 allows no more"),
    defaults=_defaults,
    check=_check,
    replicas=ReplicaRule("Galera", (3, 5), odd=True),
    # Redo logs, the Galera write-set cache and the system tables of an empty server.
    minimum_storage="3Gi",
    # The certificate bears `<name>-haproxy.<namespace>` and the same with `.svc.cluster.local`, not with `.svc`.
    host_suffix="",
    endpoints=_endpoints,
    uri=_uri,
    credentials=_credentials,
    system_users=_system_users,
    ca=_ca,
    network=NetworkRules(
        pods=MappingProxyType({"app.kubernetes.io/instance": "{name}"}),
        client_ports=(3306, 3309, 33060, 33062),
        operator_namespace="pxc-operator",
    ),
    render=render,
    objects=_objects,
    features=_features,
    adopt=_adopt,
    model=_model,
)
