"""Percona Server for MySQL: group replication with one primary, behind HAProxy.

Field names, names of Services and Secrets, and limits are those of the PS operator 1.2.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.engine import Engine, ReplicaRule, ServicePort
from dbaas_components.naming import NameLimit, object_name

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources.ps import PerconaServerMySQL
    from dbaas_components.databases.spec import DatabaseSpec


def _model() -> type[PerconaServerMySQL]:
    from dbaas_components.databases.custom_resources.ps import PerconaServerMySQL

    return PerconaServerMySQL


def render(spec: DatabaseSpec) -> dict[str, Any]:
    """The PerconaServerMySQL for a specification."""
    # Here and not above: the models of an engine that a stack does not use would cost it import time.
    from dbaas_components.databases import rendering
    from dbaas_components.databases.custom_resources import ps as cr

    profile = rendering.profile_of(spec)
    affinity = rendering.anti_affinity(spec)
    return cr.PerconaServerMySQL(
        metadata=rendering.metadata_of(spec, ENGINE),
        spec=cr.Spec(
            cr_version=ENGINE.versions.operator,
            secrets_name=_credentials(spec.name)[0],
            ssl_secret_name=_ca(spec.name)[0],
            update_strategy="SmartUpdate",
            upgrade_options=rendering.NO_OWN_UPGRADES,
            unsafe_flags=cr.UnsafeFlags(
                mysql_size=spec.replicas == 1,
                proxy=False,
                proxy_size=profile.proxies == 1,
                orchestrator=False,
                orchestrator_size=False,
            ),
            storage_scaling=rendering.GROWING_STORAGE,
            mysql=cr.Server(
                cluster_type="group-replication",
                size=spec.replicas,
                image=rendering.image_of(spec, "server"),
                auto_recovery=True,
                affinity=affinity,
                topology_spread_constraints=rendering.zone_spread(spec, _pod_labels(spec, "database")),
                pod_disruption_budget=rendering.ONE_AT_A_TIME,
                resources=rendering.server_resources(spec),
                volume_spec=rendering.data_volume(spec),
            ),
            proxy=cr.Proxy(
                haproxy=cr.HAProxy(
                    enabled=True,
                    size=profile.proxies,
                    image=rendering.image_of(spec, "haproxy"),
                    affinity=affinity,
                    topology_spread_constraints=rendering.zone_spread(spec, _pod_labels(spec, "proxy")),
                    pod_disruption_budget=rendering.ONE_AT_A_TIME,
                    resources=rendering.proxy_resources(spec),
                ),
                router=cr.Off(enabled=False),
            ),
            orchestrator=cr.Off(enabled=False),
            toolkit=cr.Toolkit(image=rendering.image_of(spec, "toolkit")),
            backup=cr.Backup(enabled=False, image=rendering.image_of(spec, "backup")),
        ),
    ).manifest()


def _pod_labels(spec: DatabaseSpec, component: str) -> dict[str, str]:
    return {"app.kubernetes.io/instance": spec.name, "app.kubernetes.io/component": component}


def _endpoints(name: str) -> dict[str, ServicePort]:
    return {
        "write": ServicePort(object_name(name, "haproxy"), 3306),
        "read": ServicePort(object_name(name, "haproxy"), 3307),
    }


def _credentials(name: str) -> tuple[str, str]:
    return object_name(name, "secrets"), "root"


def _ca(name: str) -> tuple[str, str]:
    return object_name(name, "ssl"), "ca.crt"


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
    replicas=ReplicaRule("group replication", (3, 5, 7), odd=True),
    # Redo logs, binary logs and the system tables of an empty server.
    minimum_storage="3Gi",
    host_suffix="",
    endpoints=_endpoints,
    credentials=_credentials,
    ca=_ca,
    render=render,
    model=_model,
)
