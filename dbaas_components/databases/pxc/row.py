"""The engine's row. What renders, checks and reads is imported where it is used: its models cost import time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

from dbaas_components.databases.custom_users import custom_user_passwords
from dbaas_components.databases.engine import (
    Engine,
    NetworkRules,
    Password,
    Placed,
    ReplicaRule,
    SecretKeys,
    ServicePort,
)
from dbaas_components.databases.pxc import names
from dbaas_components.databases.pxc.defaults import default_values
from dbaas_components.naming import NameLimit, object_name

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources.pxc import PerconaXtraDBCluster
    from dbaas_components.databases.layers import Layer
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.errors import Problem

_USERS: Final = ("root", "operator", "monitor", "xtrabackup", "replication", "proxyadmin")
_PMM_TOKEN: Final = "pmmservertoken"  # noqa: S105 - the name of a key


def _model() -> type[PerconaXtraDBCluster]:
    from dbaas_components.databases.custom_resources.pxc import PerconaXtraDBCluster

    return PerconaXtraDBCluster


def _render(spec: DatabaseSpec) -> dict[str, Any]:
    from dbaas_components.databases.pxc.render import render

    return render(spec)


def _objects(spec: DatabaseSpec) -> list[Placed]:
    from dbaas_components.databases.pxc.keyring import keyring_secret
    from dbaas_components.databases.pxc.restore import restore

    start = [restore(spec, spec.data_source)] if spec.data_source else []
    return [*keyring_secret(spec), *start]


def _defaults(given: Mapping[str, Any]) -> list[Layer]:
    return default_values(given, ENGINE.versions.default)


def _check(spec: DatabaseSpec) -> Iterable[Problem]:
    from dbaas_components.databases.pxc.rules import problems

    return problems(spec)


def _adopt(manifest: Mapping[str, Any]) -> dict[str, Any]:
    from dbaas_components.databases.pxc.adopt import adopt

    return adopt(manifest)


def _endpoints(spec: DatabaseSpec) -> dict[str, ServicePort]:
    members = object_name(spec.name, "pxc")
    if names.behind_proxysql(spec):
        proxy = object_name(spec.name, "proxysql")
        # ProxySQL tells reads from writes by itself, and does not listen on the administrative port.
        return {
            "write": ServicePort(proxy, names.PORT),
            "read": ServicePort(proxy, names.PORT),
            "admin": ServicePort(members, names.ADMIN_PORT),
            "internal": ServicePort(members, names.PORT),
        }
    proxy = object_name(spec.name, "haproxy")
    readers = object_name(spec.name, "haproxy-replicas") if spec.replicas > 1 else proxy
    return {
        "write": ServicePort(proxy, names.PORT),
        "read": ServicePort(readers, names.PORT),
        # HAProxy passes it through to the administrative interface of the writer.
        "admin": ServicePort(proxy, names.ADMIN_PORT),
        "internal": ServicePort(members, names.PORT),
    }


def _uri(spec: DatabaseSpec, purpose: str, address: str) -> str:
    """The form that MySQL Shell and the MySQL client's `--uri` take; drivers read its parts, if not its option.

    A ready-made certificate may bear other names, and while the namespace is not known only HAProxy's are in it.
    """
    named = address.rpartition(":")[0] in names.certificate_names(spec)
    through_haproxy = not names.behind_proxysql(spec) and purpose != "internal" and not spec.tls.secret
    mode = "VERIFY_IDENTITY" if named or through_haproxy else "VERIFY_CA"
    return f"mysql://root@{address}/?ssl-mode={mode}"


def _system_users(spec: DatabaseSpec) -> SecretKeys:
    pmm = spec.observability.pmm
    token = (_PMM_TOKEN,) if pmm and pmm.enabled else ()
    return SecretKeys(names.users_secret(spec), (*_USERS, *token))


def _passwords(spec: DatabaseSpec) -> dict[str, Password]:
    own = {user: Password(names.users_secret(spec), user) for user in _USERS}
    return own | dict(custom_user_passwords(spec))


def _features(spec: DatabaseSpec) -> list[str]:
    upgrades = spec.overrides.get("spec", {}).get("upgradeOptions")
    applied = cast("Mapping[str, Any]", upgrades).get("apply") if isinstance(upgrades, Mapping) else None
    automatic = applied is not None and str(applied).lower() not in ("disabled", "never")
    return [
        *(["storage_autoscaling"] if spec.storage.autoscale else []),
        *(["automatic_upgrade"] if automatic else []),
    ]


ENGINE: Final = Engine(
    name="pxc",
    software="percona-xtradb-cluster",
    also_called=("mysql", "galera", "percona-xtradb-cluster"),
    api_version="pxc.percona.com/v1",
    kind="PerconaXtraDBCluster",
    plural="perconaxtradbclusters",
    short_names=("pxc", "pxcs"),
    port=names.PORT,
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
    credentials=lambda spec: (names.users_secret(spec), "root"),
    system_users=_system_users,
    passwords=_passwords,
    ca=lambda spec: (names.client_authority_secret(spec), "ca.crt"),
    network=NetworkRules(
        pods=MappingProxyType({"app.kubernetes.io/instance": "{name}"}),
        client_ports=(3306, 3309, 33060, 33062),
        operator_namespace="pxc-operator",
        # HAProxy's, ProxySQL's and the log shipper's.
        metrics_ports=(8404, 6070, 8080),
    ),
    render=_render,
    objects=_objects,
    features=_features,
    adopt=_adopt,
    model=_model,
)
