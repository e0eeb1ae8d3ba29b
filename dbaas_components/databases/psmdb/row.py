"""The row of MongoDB in the table of engines. What is long is elsewhere, and loaded when it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

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
from dbaas_components.databases.psmdb.names import (
    CONFIG_SERVERS,
    MONGOS,
    PORT,
    certificate_secret,
    replica_sets,
    users_secret,
)
from dbaas_components.naming import NameLimit, object_name

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources.psmdb import PerconaServerMongoDB
    from dbaas_components.databases.layers import Layer
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.errors import Problem

_REPLICA_SET: Final = "rs0"
_NAMES_TOGETHER: Final = 50
_SYSTEM_USERS: Final = ("BACKUP", "CLUSTER_ADMIN", "CLUSTER_MONITOR", "DATABASE_ADMIN", "USER_ADMIN")


def _model() -> type[PerconaServerMongoDB]:
    from dbaas_components.databases.custom_resources.psmdb import PerconaServerMongoDB

    return PerconaServerMongoDB


def _render(spec: DatabaseSpec) -> dict[str, Any]:
    from dbaas_components.databases.psmdb.render import render

    return render(spec)


def _defaults(given: Mapping[str, Any]) -> list[Layer]:
    from dbaas_components.databases.psmdb.defaults import default_layers

    return default_layers(given, ENGINE.versions.default)


def _check(spec: DatabaseSpec) -> Iterable[Problem]:
    from dbaas_components.databases.psmdb.rules import problems

    return problems(spec)


def _objects(spec: DatabaseSpec) -> list[Placed]:
    from dbaas_components.databases.psmdb.objects import objects

    return objects(spec)


def _adopt(manifest: Mapping[str, Any]) -> dict[str, Any]:
    from dbaas_components.databases.psmdb.adopt import adopt

    return adopt(manifest)


def _endpoints(spec: DatabaseSpec) -> dict[str, ServicePort]:
    """All members behind one name: the driver finds the primary, and reads where its read preference says.

    Of a sharded database each shard and the config servers also have an endpoint of their own, by their names; an
    application's session goes through mongos, an administrator's too.
    """
    sets = {name: ServicePort(object_name(spec.name, name), PORT) for name in replica_sets(spec)}
    members = sets[spec.replica_set]
    if spec.sharding is None:
        return {"write": members, "read": members, "admin": members, "internal": members}
    router = ServicePort(object_name(spec.name, MONGOS), PORT)
    config = ServicePort(object_name(spec.name, CONFIG_SERVERS), PORT)
    return {"write": router, "read": router, "admin": router, "internal": members, **sets, CONFIG_SERVERS: config}


def _uri(spec: DatabaseSpec, purpose: str, address: str) -> str:
    """MongoDB's standard form. Give the driver the authority as `tlsCAFile`; it checks the host's name by itself."""
    options = ["authSource=admin", "tls=true"]
    through_mongos = spec.sharding is not None and purpose in ("write", "read", "admin")
    if not through_mongos:
        options.append(f"replicaSet={purpose if purpose in _own_sets(spec) else spec.replica_set}")
    if purpose == "read" and spec.replicas > 1:
        options.append("readPreference=secondaryPreferred")
    return f"mongodb://databaseAdmin@{address}/admin?{'&'.join(options)}"


def _own_sets(spec: DatabaseSpec) -> tuple[str, ...]:
    return (*replica_sets(spec), CONFIG_SERVERS) if spec.sharding else ()


def _credentials(spec: DatabaseSpec) -> tuple[str, str]:
    return users_secret(spec), "MONGODB_DATABASE_ADMIN_PASSWORD"


def _system_users(spec: DatabaseSpec) -> SecretKeys:
    keys = [f"MONGODB_{user}_{part}" for user in _SYSTEM_USERS for part in ("USER", "PASSWORD")]
    pmm = spec.observability.pmm
    if pmm and pmm.enabled:
        keys.append("PMM_SERVER_TOKEN")
    return SecretKeys(users_secret(spec), tuple(keys))


def _passwords(spec: DatabaseSpec) -> dict[str, Password]:
    # As the operator calls them unless the Secret says otherwise: DATABASE_ADMIN is databaseAdmin.
    own = {
        user[0].lower() + user.title().replace("_", "")[1:]: Password(users_secret(spec), f"MONGODB_{user}_PASSWORD")
        for user in _SYSTEM_USERS
    }
    return own | dict(custom_user_passwords(spec))


def _ca(spec: DatabaseSpec) -> tuple[str, str]:
    return certificate_secret(spec), "ca.crt"


def _features(spec: DatabaseSpec) -> list[str]:
    return ["storage_autoscaling"] if spec.storage.autoscale else []


ENGINE: Final = Engine(
    name="psmdb",
    software="percona-server-mongodb",
    also_called=("mongo", "mongodb", "percona-server-mongodb"),
    api_version="psmdb.percona.com/v1",
    kind="PerconaServerMongoDB",
    plural="perconaservermongodbs",
    short_names=("psmdb",),
    port=PORT,
    # The operator's own check counts the replica set's name with it.
    name_limit=NameLimit(
        _NAMES_TOGETHER - len(_REPLICA_SET),
        f'PSMDB operator 1.22.0 allows {_NAMES_TOGETHER} with the replica set\'s name "{_REPLICA_SET}"',
    ),
    # MongoDB lets seven members vote.
    replicas=ReplicaRule("a replica set", (3, 5, 7), odd=True),
    # The operation log takes at least 990 MB, the journal and the system collections the rest.
    minimum_storage="3Gi",
    host_suffix=".svc.cluster.local",
    defaults=_defaults,
    check=_check,
    endpoints=_endpoints,
    uri=_uri,
    credentials=_credentials,
    system_users=_system_users,
    passwords=_passwords,
    ca=_ca,
    network=NetworkRules(
        pods=MappingProxyType({"app.kubernetes.io/instance": "{name}"}),
        client_ports=(PORT,),
        operator_namespace="psmdb-operator",
    ),
    render=_render,
    objects=_objects,
    features=_features,
    adopt=_adopt,
    model=_model,
)
