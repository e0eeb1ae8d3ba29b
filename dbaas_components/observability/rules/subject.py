"""What a database's rules speak of: its series, its volumes, its certificates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

BY: Final = "engine, namespace, database"


@dataclass(frozen=True, slots=True)
class Subject:
    """One database, by the labels of its series."""

    engine: str
    namespace: str
    database: str

    @classmethod
    def of(cls, spec: DatabaseSpec) -> Subject:
        """The database of this specification."""
        return cls(spec.engine, spec.namespace, spec.name)

    def series(self, metric: str, **labels: str) -> str:
        """A selector of this database's series of one of our metrics; a label `~a|b` is a regular expression."""
        mine = {"engine": self.engine, "namespace": self.namespace, "database": self.database, **labels}
        return f"dbaas_{metric}{{{', '.join(_matcher(name, value) for name, value in mine.items())}}}"

    def greatest(self, metric: str, **labels: str) -> str:
        """The same as one number, without the labels that only say where it comes from."""
        return f"max by ({BY}) ({self.series(metric, **labels)})"

    @property
    def running(self) -> str:
        """To be put behind an expression: only as long as the database is not asked to be paused."""
        return f"unless on ({BY}) {self.series('database_paused')} == 1"


def named(spec: DatabaseSpec) -> str:
    """The database in a sentence."""
    return f"{spec.engine} {spec.namespace}/{spec.name}"


def volumes(spec: DatabaseSpec) -> str:
    """A regular expression for the names of all claims of its volumes, whole names.

    Source: the operators at the pinned versions; for pg the names end in the instance's random suffix.
    """
    name = re.escape(spec.name)
    found = {
        "pxc": [f"datadir-{name}-pxc-[0-9]+"],
        "ps": [f"datadir-{name}-mysql-[0-9]+"],
        "psmdb": [f"mongod-data-{name}-({'|'.join(_replica_sets(spec))})(-nv|-hidden)?-[0-9]+"],
        "pg": [
            *(f"{name}-{one}-[a-z0-9]{{4}}-pgdata" for one in _instance_sets(spec)),
            f"{name}-repo[1-4]",
        ],
    }[spec.engine]
    return "|".join(found)


def certificates(spec: DatabaseSpec) -> str:
    """A regular expression for the names of its certificates in cert-manager, whole names.

    Source: the real operators (`tests/operators`) for pxc and psmdb, their documentation for ps and pg; those that
    this library makes where an issuer was named.
    """
    roles = {
        "pxc": ("ca-cert", "ssl", "ssl-internal"),
        "ps": ("ca-cert", "ssl"),
        "psmdb": ("ca-cert", "ssl", "ssl-internal", "tls"),
        "pg": (
            "cluster-ca-cert",
            "cluster-cert",
            "replication-cert",
            "pgbouncer",
            "pgbackrest",
            "server-tls",
            "replication-tls",
        ),
    }[spec.engine]
    return f"{re.escape(spec.name)}-({'|'.join(roles)})"


def _matcher(label: str, value: str) -> str:
    return f'{label}=~"{value[1:]}"' if value.startswith("~") else f'{label}="{value}"'


def _replica_sets(spec: DatabaseSpec) -> list[str]:
    # Here and not above: only databases of this engine need its row.
    from dbaas_components.databases.psmdb.names import replica_sets

    return [re.escape(name) for name in (replica_sets(spec) if spec.sharding is None else (*replica_sets(spec), "cfg"))]


def _instance_sets(spec: DatabaseSpec) -> list[str]:
    return [re.escape(spec.instance_set), *(re.escape(one.name) for one in spec.instance_sets)]
