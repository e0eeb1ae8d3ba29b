"""What a PostgreSQL database's parts are called, and who its users are. Names are those of the PG operator 3.0.0."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dbaas_components.naming import object_name

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.access import User

# The operator kept this prefix when its API group became pgv2.percona.com.
LABELS: Final = "postgres-operator.crunchydata.com"
PORT: Final = 5432
# pgBackRest's folder in a repository is called after it; the operator has one name for all databases.
STANZA: Final = "db"
MOST_REPOSITORIES: Final = 4
# From this version on, only its owner may create tables in a database's `public` schema unless that is granted.
FIRST_CLOSED_PUBLIC_SCHEMA: Final = 15
# The files of the Secrets that say how to reach repositories.
CONFIGURATION_FOLDER: Final = "/etc/pgbackrest/conf.d"
GOOGLE_KEY: Final = "gcs-key.json"
_REPOSITORY: Final = re.compile(r"repo[1-4]")


def instances(spec: DatabaseSpec) -> int:
    """PostgreSQL instances of all sets together."""
    return spec.replicas + sum(one.replicas for one in spec.instance_sets)


def has_pooler(spec: DatabaseSpec) -> bool:
    """Whether PgBouncer stands in front."""
    return spec.proxy.type == "pgbouncer"


def owner(spec: DatabaseSpec) -> tuple[str, str]:
    """Name and first database of the user that the outputs speak of: the first that was given, else the default one.

    A user without databases may still connect to PostgreSQL's own.
    """
    if spec.users:
        first = spec.users[0]
        return first.name, first.databases[0] if first.databases else "postgres"
    return spec.name, spec.databases[0] if spec.databases else spec.name


def user_secret(spec: DatabaseSpec, user: User | None = None) -> str:
    """Name of the Secret with a user's password and connection strings; without `user`, the owner's."""
    user = user or (spec.users[0] if spec.users else None)
    if user and user.secret:
        return user.secret
    return object_name(spec.name, f"pguser-{user.name if user else spec.name}")


def server_secret(spec: DatabaseSpec) -> str | None:
    """Name of the Secret with a certificate that the operator did not make, or None."""
    return spec.tls.secret or (object_name(spec.name, "server-tls") if spec.tls.issuer else None)


def replication_secret(spec: DatabaseSpec) -> str | None:
    """The same for the certificate with which replicas log in to the primary."""
    return spec.tls.internal_secret or (object_name(spec.name, "replication-tls") if spec.tls.issuer else None)


def repositories(spec: DatabaseSpec) -> dict[str, str]:
    """Storages by name to pgBackRest's names of them, `repo1` to `repo4`.

    A storage that is called so keeps its number, so that storages can be added and taken away around it: with another
    number its volume would be a new, empty one. The others get the free numbers in order. Beyond the fourth there is
    no name for more.
    """
    taken = {name: name for name in spec.backup.storages if _REPOSITORY.fullmatch(name)}
    free = (name for number in range(1, MOST_REPOSITORIES + 1) if (name := f"repo{number}") not in taken)
    return {
        name: repository
        for name in spec.backup.storages
        if (repository := taken.get(name) or next(free, None)) is not None
    }
