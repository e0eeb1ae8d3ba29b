"""Percona XtraDB Cluster: MySQL with Galera replication, one writer at a time behind HAProxy.

Field names, names of Services and Secrets, and limits are those of the PXC operator 1.20.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.engine import Engine, ReplicaRule, ServicePort
from dbaas_components.naming import NameLimit, object_name

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources.pxc import PerconaXtraDBCluster
    from dbaas_components.databases.spec import DatabaseSpec


def _model() -> type[PerconaXtraDBCluster]:
    from dbaas_components.databases.custom_resources.pxc import PerconaXtraDBCluster

    return PerconaXtraDBCluster


def render(spec: DatabaseSpec) -> dict[str, Any]:
    """The PerconaXtraDBCluster for a specification."""
    # Here and not above: the models of an engine that a stack does not use would cost it import time.
    from dbaas_components.databases import rendering
    from dbaas_components.databases.custom_resources import pxc as cr

    profile = rendering.profile_of(spec)
    affinity = rendering.anti_affinity(spec)
    return cr.PerconaXtraDBCluster(
        metadata=rendering.metadata_of(spec, ENGINE),
        spec=cr.Spec(
            cr_version=ENGINE.versions.operator,
            secrets_name=_credentials(spec.name)[0],
            ssl_secret_name=_ca(spec.name)[0],
            update_strategy="SmartUpdate",
            upgrade_options=rendering.NO_OWN_UPGRADES,
            unsafe_flags=cr.UnsafeFlags(pxc_size=spec.replicas == 1, proxy_size=profile.proxies == 1),
            tls=cr.Tls(enabled=True),
            storage_scaling=rendering.GROWING_STORAGE,
            pxc=cr.Server(
                size=spec.replicas,
                image=rendering.image_of(spec, "server"),
                auto_recovery=True,
                affinity=affinity,
                topology_spread_constraints=rendering.zone_spread(spec, _pod_labels(spec, "pxc")),
                pod_disruption_budget=rendering.ONE_AT_A_TIME,
                resources=rendering.server_resources(spec),
                volume_spec=rendering.data_volume(spec),
            ),
            haproxy=cr.HAProxy(
                enabled=True,
                size=profile.proxies,
                image=rendering.image_of(spec, "haproxy"),
                affinity=affinity,
                topology_spread_constraints=rendering.zone_spread(spec, _pod_labels(spec, "haproxy")),
                pod_disruption_budget=rendering.ONE_AT_A_TIME,
                resources=rendering.proxy_resources(spec),
            ),
            proxysql=cr.ProxySQL(enabled=False),
            backup=cr.Backup(image=rendering.image_of(spec, "backup")),
        ),
    ).manifest()


def _pod_labels(spec: DatabaseSpec, component: str) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "percona-xtradb-cluster",
        "app.kubernetes.io/instance": spec.name,
        "app.kubernetes.io/component": component,
    }


def _endpoints(name: str) -> dict[str, ServicePort]:
    return {
        "write": ServicePort(object_name(name, "haproxy"), 3306),
        "read": ServicePort(object_name(name, "haproxy-replicas"), 3306),
    }


def _credentials(name: str) -> tuple[str, str]:
    return object_name(name, "secrets"), "root"


def _ca(name: str) -> tuple[str, str]:
    return object_name(name, "ssl"), "ca.crt"


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
    replicas=ReplicaRule("Galera", (3, 5), odd=True),
    # Redo logs, the Galera write-set cache and the system tables of an empty server.
    minimum_storage="3Gi",
    # The certificate bears `<name>-haproxy.<namespace>` and the same with `.svc.cluster.local`, not with `.svc`.
    host_suffix="",
    endpoints=_endpoints,
    credentials=_credentials,
    ca=_ca,
    render=render,
    model=_model,
)
