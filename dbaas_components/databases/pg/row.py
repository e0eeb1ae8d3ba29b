"""The row of PostgreSQL in the table of engines. What is long is elsewhere, and loaded when it is needed."""

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
from dbaas_components.databases.pg.names import (
    LABELS,
    PORT,
    has_pooler,
    instances,
    owner,
    server_secret,
    user_secret,
)
from dbaas_components.naming import NameLimit, object_name

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources.pg import PerconaPGCluster
    from dbaas_components.databases.layers import Layer
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.errors import Problem

# The database and the role that owns it bear the name of the custom resource (PG operator 3.0.0).
_RESERVED_NAMES: Final = MappingProxyType(
    {
        "postgres": "it is PostgreSQL's superuser, who would own the database",
        "monitor": "it is the superuser with which the PG operator's monitoring logs in",
        "pgbouncer": "it is PgBouncer's administration console",
        "template0": "PostgreSQL makes new databases from it",
        "template1": "PostgreSQL makes new databases from it",
        "public": "PostgreSQL lets no role be called so",
        "none": "PostgreSQL lets no role be called so",
    }
)
_USER_KEYS: Final = ("user", "password", "verifier", "host", "port", "dbname", "uri", "jdbc-uri")
_POOLER_KEYS: Final = ("pgbouncer-host", "pgbouncer-port", "pgbouncer-uri", "pgbouncer-jdbc-uri")
# Only there where the user has a database.
_DATABASE_KEYS: Final = ("dbname", "uri", "jdbc-uri", "pgbouncer-uri", "pgbouncer-jdbc-uri")


def _model() -> type[PerconaPGCluster]:
    from dbaas_components.databases.custom_resources.pg import PerconaPGCluster

    return PerconaPGCluster


def _render(spec: DatabaseSpec) -> dict[str, Any]:
    from dbaas_components.databases.pg.render import render

    return render(spec)


def _defaults(given: Mapping[str, Any]) -> list[Layer]:
    from dbaas_components.databases.pg.defaults import default_layers

    return default_layers(given, ENGINE.versions.default)


def _check(spec: DatabaseSpec) -> Iterable[Problem]:
    from dbaas_components.databases.pg.rules import problems

    return problems(spec)


def _objects(spec: DatabaseSpec) -> list[Placed]:
    from dbaas_components.databases.pg.certificates import certificates

    return certificates(spec)


def _adopt(manifest: Mapping[str, Any]) -> dict[str, Any]:
    from dbaas_components.databases.pg.adopt import adopt

    return adopt(manifest)


def _endpoints(spec: DatabaseSpec) -> dict[str, ServicePort]:
    primary = ServicePort(object_name(spec.name, "primary"), PORT)
    write = ServicePort(object_name(spec.name, "pgbouncer"), PORT) if has_pooler(spec) else primary
    return {
        "write": write,
        "read": ServicePort(object_name(spec.name, "replicas"), PORT) if instances(spec) > 1 else write,
        # Past the pooler, for what needs a session of its own: migrations, LISTEN, advisory locks.
        "admin": primary,
        "internal": ServicePort(object_name(spec.name, "pods"), PORT),
    }


def _uri(spec: DatabaseSpec, purpose: str, address: str) -> str:
    """The form of libpq, which also checks the certificate's name; give it the authority as `sslrootcert`."""
    user, database = owner(spec)
    # The operator's own certificate bears the names of the primary's, the replicas' and the pooler's Services alone.
    mode = "verify-ca" if purpose == "internal" and spec.tls.issuer is None else "verify-full"
    return f"postgresql://{user}@{address}/{database}?sslmode={mode}"


def _credentials(spec: DatabaseSpec) -> tuple[str, str]:
    return user_secret(spec), "password"


def _system_users(spec: DatabaseSpec) -> SecretKeys:
    """PostgreSQL's own superuser logs in by certificate, so this is the owner's Secret."""
    keys = (*_USER_KEYS, *_POOLER_KEYS) if has_pooler(spec) else _USER_KEYS
    if spec.users and not spec.users[0].databases:
        keys = tuple(key for key in keys if key not in _DATABASE_KEYS)
    return SecretKeys(user_secret(spec), keys)


def _passwords(spec: DatabaseSpec) -> dict[str, Password]:
    """The operator logs a user in with a verifier that it makes together with the password, so it has to make both."""
    users = {user.name: user_secret(spec, user) for user in spec.users} or {spec.name: user_secret(spec)}
    return {user: Password(secret, "password", made_by_operator=True) for user, secret in users.items()}


def _ca(spec: DatabaseSpec) -> tuple[str, str]:
    return server_secret(spec) or object_name(spec.name, "cluster-cert"), "ca.crt"


def _features(_spec: DatabaseSpec) -> list[str]:
    """None: only a major upgrade writes into the custom resource, and that is no feature of a specification."""
    return []


ENGINE: Final = Engine(
    name="pg",
    software="percona-postgresql",
    also_called=("postgres", "postgresql", "percona-postgresql"),
    api_version="pgv2.percona.com/v2",
    kind="PerconaPGCluster",
    plural="perconapgclusters",
    short_names=("pg",),
    port=PORT,
    # A StatefulSet is `<name>-instance1-<4 characters>`; Kubernetes labels its pods with that and a hash of 10 more.
    # Below that, some room for the operator's other suffixes.
    name_limit=NameLimit(30, "its pods' labels, with the PG operator's suffixes, would pass Kubernetes' 63"),
    # PostgreSQL's default of 10 senders of write-ahead logs also serves base backups.
    replicas=ReplicaRule("streaming replication", tuple(range(2, 10)), odd=False),
    # As small as the sample of PG operator 3.0.0; write-ahead log alone may take 1 GB between checkpoints.
    minimum_storage="1Gi",
    host_suffix=".svc",
    defaults=_defaults,
    check=_check,
    endpoints=_endpoints,
    uri=_uri,
    credentials=_credentials,
    system_users=_system_users,
    passwords=_passwords,
    ca=_ca,
    network=NetworkRules(
        pods=MappingProxyType({f"{LABELS}/cluster": "{name}"}),
        client_ports=(PORT,),
        operator_namespace="pg-operator",
    ),
    render=_render,
    objects=_objects,
    features=_features,
    adopt=_adopt,
    reserved_names=_RESERVED_NAMES,
    model=_model,
)
