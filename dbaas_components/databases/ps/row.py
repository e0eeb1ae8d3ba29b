"""The row of this engine in the table of engines, and its small functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.engine import (
    Engine,
    NetworkRules,
    Password,
    Placed,
    ReplicaRule,
    SecretKeys,
    ServicePort,
)
from dbaas_components.databases.ps import defaults, names
from dbaas_components.naming import NameLimit, object_name

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources.ps import PerconaServerMySQL
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.errors import Problem

_USERS: Final = ("root", "operator", "monitor", "xtrabackup", "replication", "orchestrator", "heartbeat", "clusterset")


# Models, rules and renderers are imported where they are used: those of an engine that a stack does not use would cost
# it import time.
def _model() -> type[PerconaServerMySQL]:
    from dbaas_components.databases.custom_resources.ps import PerconaServerMySQL

    return PerconaServerMySQL


def _render(spec: DatabaseSpec) -> dict[str, Any]:
    from dbaas_components.databases.ps.render import render

    return render(spec, ENGINE)


def _objects(spec: DatabaseSpec) -> list[Placed]:
    from dbaas_components.databases.ps.render import objects

    return objects(spec, ENGINE)


def _check(spec: DatabaseSpec) -> Iterable[Problem]:
    from dbaas_components.databases.ps.rules import problems

    return problems(spec, ENGINE)


def _adopt(manifest: Mapping[str, Any]) -> dict[str, Any]:
    from dbaas_components.databases.ps.adopt import adopt

    return adopt(manifest, ENGINE)


def _endpoints(spec: DatabaseSpec) -> dict[str, ServicePort]:
    proxy = object_name(spec.name, spec.proxy.type)
    write, read = names.WRITE_SERVICES[spec.proxy.type]
    return {
        "write": ServicePort(proxy, write),
        "read": ServicePort(proxy, read if spec.replicas > 1 else write),
        "admin": ServicePort(names.primary_service(spec), names.ADMIN_PORT),
        "internal": ServicePort(object_name(spec.name, names.SERVER), names.MYSQL_PORT),
    }


def _uri(spec: DatabaseSpec, purpose: str, address: str) -> str:
    """A URI as MySQL Shell takes it; most drivers want other words for TLS and the same for the rest.

    The operator's certificate bears the name of the primary's Service and none of the proxies', so a client of those
    can verify the authority alone, unless `tls.names` has their host.
    """
    host = address.rpartition(":")[0]
    own_certificate = spec.tls.secret is None
    named = host in spec.tls.names or (purpose == "admin" and host.startswith(f"{names.primary_service(spec)}."))
    mode = "VERIFY_IDENTITY" if own_certificate and named else "VERIFY_CA"
    return f"mysql://root@{address}/?ssl-mode={mode}"


def _credentials(spec: DatabaseSpec) -> tuple[str, str]:
    return names.credentials_secret(spec), "root"


def _ca(spec: DatabaseSpec) -> tuple[str, str]:
    return names.certificate_secret(spec), "ca.crt"


def _system_users(spec: DatabaseSpec) -> SecretKeys:
    # The operator never makes the token of PMM; without it there is no client beside the servers.
    pmm = spec.observability.pmm
    token = ("pmmservertoken",) if pmm and pmm.enabled else ()
    return SecretKeys(names.credentials_secret(spec), (*_USERS, *token))


def _passwords(spec: DatabaseSpec) -> dict[str, Password]:
    return {user: Password(names.credentials_secret(spec), user) for user in _USERS}


def _features(spec: DatabaseSpec) -> list[str]:
    return ["storage_autoscaling"] if spec.storage.autoscale else []


ENGINE: Final = Engine(
    name="ps",
    software="percona-server",
    also_called=("mysql", "percona-server", "group-replication"),
    api_version="ps.percona.com/v1",
    kind="PerconaServerMySQL",
    plural="perconaservermysqls",
    short_names=("ps",),
    port=names.MYSQL_PORT,
    # The longest StatefulSet is `<name>-binlog-server`; Kubernetes labels its pods with that and a hash of 10 more.
    name_limit=NameLimit(38, "its pods' labels, with the PS operator's suffixes, would pass Kubernetes' 63"),
    defaults=defaults.layers,
    check=_check,
    replicas=ReplicaRule("group replication", (3, 5, 7), odd=True),
    # As small as the sample of PS operator 1.2.0: redo logs, binary logs and system tables of an empty server.
    minimum_storage="2Gi",
    host_suffix="",
    endpoints=_endpoints,
    uri=_uri,
    credentials=_credentials,
    system_users=_system_users,
    passwords=_passwords,
    ca=_ca,
    network=NetworkRules(
        pods=MappingProxyType({"app.kubernetes.io/instance": "{name}"}),
        # 6450 is where a backup's pod asks for the data; it bears the backup's name in its labels, not the database's.
        client_ports=(3306, 3307, 3309, 6446, 6447, 6448, 6449, 6450, 33060, 33062),
        operator_namespace="ps-operator",
        metrics_ports=(8404,),
    ),
    render=_render,
    objects=_objects,
    features=_features,
    adopt=_adopt,
    model=_model,
)
