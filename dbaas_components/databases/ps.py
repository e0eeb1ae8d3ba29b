"""Percona Server for MySQL: group replication with one primary, behind HAProxy.

Field names, names of Services and Secrets, and limits are those of the PS operator 1.2.0.
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
    from dbaas_components.databases.custom_resources.ps import PerconaServerMySQL
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.errors import Problem


def _model() -> type[PerconaServerMySQL]:
    from dbaas_components.databases.custom_resources.ps import PerconaServerMySQL

    return PerconaServerMySQL


def render(spec: DatabaseSpec) -> dict[str, Any]:
    """The PerconaServerMySQL for a specification."""
    # Here and not above: the models of an engine that a stack does not use would cost it import time.
    from dbaas_components.databases.custom_resources import ps as cr
    from dbaas_components.databases.rendering import pods, shared

    return cr.PerconaServerMySQL(
        metadata=shared.metadata_of(spec, ENGINE),
        spec=cr.Spec(
            cr_version=ENGINE.versions.operator,
            secrets_name=_credentials(spec)[0],
            ssl_secret_name=_ca(spec)[0],
            update_strategy="SmartUpdate",
            upgrade_options=shared.NO_OWN_UPGRADES,
            unsafe_flags=cr.UnsafeFlags(
                mysql_size=spec.replicas == 1,
                proxy=False,
                proxy_size=spec.proxy.replicas == 1,
                orchestrator=False,
                orchestrator_size=False,
            ),
            storage_scaling=shared.storage_scaling(spec),
            mysql=cr.Server(
                cluster_type="group-replication",
                size=spec.replicas,
                image=shared.image_of(spec, "server"),
                auto_recovery=True,
                affinity=pods.anti_affinity(spec, _pod_labels(spec, "database")),
                topology_spread_constraints=pods.zone_spread(spec, _pod_labels(spec, "database")),
                pod_disruption_budget=pods.disruption_budget(spec.pods),
                resources=pods.resources(spec.pods.resources),
                volume_spec=shared.data_volume(spec),
            ),
            proxy=cr.Proxy(
                haproxy=cr.HAProxy(
                    enabled=True,
                    size=spec.proxy.replicas,
                    image=shared.image_of(spec, "haproxy"),
                    affinity=pods.anti_affinity(spec, _pod_labels(spec, "proxy")),
                    topology_spread_constraints=pods.zone_spread(spec, _pod_labels(spec, "proxy")),
                    pod_disruption_budget=pods.disruption_budget(spec.pods),
                    resources=pods.resources(spec.proxy.pods.resources),
                ),
                router=cr.Off(enabled=False),
            ),
            orchestrator=cr.Off(enabled=False),
            toolkit=cr.Toolkit(image=shared.image_of(spec, "toolkit")),
            backup=cr.Backup(enabled=False, image=shared.image_of(spec, "backup")),
        ),
    ).manifest()


def _pod_labels(spec: DatabaseSpec, component: str) -> dict[str, str]:
    return {"app.kubernetes.io/instance": spec.name, "app.kubernetes.io/component": component}


def _endpoints(spec: DatabaseSpec) -> dict[str, ServicePort]:
    return {
        "write": ServicePort(object_name(spec.name, "haproxy"), 3306),
        "read": ServicePort(object_name(spec.name, "haproxy"), 3307),
    }


def _credentials(spec: DatabaseSpec) -> tuple[str, str]:
    return object_name(spec.name, "secrets"), "root"


def _ca(spec: DatabaseSpec) -> tuple[str, str]:
    return object_name(spec.name, "ssl"), "ca.crt"


def _defaults(given: Mapping[str, Any]) -> list[Layer]:
    values: dict[str, Any] = {
        "version": ENGINE.versions.default,
        "replication": {"mode": "group"},
        "proxy": {"type": "haproxy"},
    }
    return [Layer("engine ps", values)]


def _check(spec: DatabaseSpec) -> Iterator[Problem]:
    yield from replica_problems(spec, ENGINE.replicas)


def _uri(spec: DatabaseSpec, purpose: str, address: str) -> str:
    return f"mysql://root@{address}/"


def _system_users(spec: DatabaseSpec) -> SecretKeys:
    return SecretKeys(
        _credentials(spec)[0],
        ("root", "operator", "monitor", "xtrabackup", "replication", "orchestrator", "heartbeat", "clusterset"),
    )


def _objects(spec: DatabaseSpec) -> list[Placed]:
    return []


def _features(spec: DatabaseSpec) -> list[str]:
    return ["storage_autoscaling"] if spec.storage.autoscale else []


def _adopt(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {}


ENGINE: Final = Engine(
    name="ps",
    software="percona-server",
    also_called=("mysql", "percona-server", "group-replication"),
    api_version="ps.percona.com/v1",
    kind="PerconaServerMySQL",
    plural="perconaservermysqls",
    short_names=("ps",),
    port=3306,
    # The longest StatefulSet is `<name>-binlog-server`; Kubernetes labels its pods with that and a hash of 10 more.
    name_limit=NameLimit(38, "its pods' labels, with the PS operator's suffixes, would pass Kubernetes' 63"),
    defaults=_defaults,
    check=_check,
    replicas=ReplicaRule("group replication", (3, 5, 7), odd=True),
    # Redo logs, binary logs and the system tables of an empty server.
    minimum_storage="3Gi",
    host_suffix="",
    endpoints=_endpoints,
    uri=_uri,
    credentials=_credentials,
    system_users=_system_users,
    ca=_ca,
    network=NetworkRules(
        pods=MappingProxyType({"app.kubernetes.io/instance": "{name}"}),
        client_ports=(3306, 3307, 3309, 6446, 6447, 33060, 33062),
        operator_namespace="ps-operator",
    ),
    render=render,
    objects=_objects,
    features=_features,
    adopt=_adopt,
    model=_model,
)
