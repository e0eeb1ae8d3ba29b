"""Which kinds are measured, and where in each the operator or its user writes what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

Path = tuple[str, ...]
"""Fields from the object's root on."""


@dataclass(frozen=True, slots=True)
class Counts:
    """A number of pods: at `path`, or in each element of the list or mapping there, in the field `value`."""

    path: Path
    value: str | None = None
    group: Path = ()
    """In an element of a list: the name of its group. In a mapping the key is the name."""
    keyed: bool = False
    """Whether `path` leads to a mapping."""


@dataclass(frozen=True, slots=True)
class DatabaseKind:
    """The custom resource of a database."""

    group: str
    version: str
    kind: str
    plural: str
    wanted: Counts
    """Members that there should be."""
    ready: Counts
    """Members that are ready; a field that the operator leaves out stands for none."""
    proxies: tuple[Path, ...]
    """What holds `size` and `ready` of each proxy; absent where the database has no such proxy."""
    observed: bool = True
    """Whether the operator writes down which generation of the specification it has seen."""
    conditions: bool = False
    """Whether each type of condition stands there once at most. For pxc and psmdb they are a history."""
    standby: Path = ()
    """Whether it follows another database."""
    standby_lag: Path = ()
    """Bytes that it is behind."""
    channels: Path = ()
    """Replication channels, with `name` and `isSource`."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """The custom resource of a backup or of a restore."""

    group: str
    version: str
    kind: str
    plural: str
    database: Path
    """Name of the database."""
    labels: Mapping[str, Path]
    """Further labels of its information."""
    restorable: Path = ()
    """The latest moment that can be restored with this backup."""


_RESTORABLE: Final = ("status", "latestRestorableTime")

DATABASES: Final[Mapping[str, DatabaseKind]] = MappingProxyType(
    {
        "pxc": DatabaseKind(
            "pxc.percona.com",
            "v1",
            "PerconaXtraDBCluster",
            "perconaxtradbclusters",
            wanted=Counts(("spec", "pxc", "size")),
            ready=Counts(("status", "pxc", "ready")),
            proxies=(("status", "haproxy"), ("status", "proxysql")),
            channels=("spec", "pxc", "replicationChannels"),
        ),
        "ps": DatabaseKind(
            "ps.percona.com",
            "v1",
            "PerconaServerMySQL",
            "perconaservermysqls",
            wanted=Counts(("spec", "mysql", "size")),
            ready=Counts(("status", "mysql", "ready")),
            proxies=(("status", "haproxy"), ("status", "router")),
            observed=False,
            conditions=True,
        ),
        "psmdb": DatabaseKind(
            "psmdb.percona.com",
            "v1",
            "PerconaServerMongoDB",
            "perconaservermongodbs",
            # Both as the operator counts them: arbiters, hidden and non-voting members included, `cfg` a group too.
            wanted=Counts(("status", "replsets"), "size", keyed=True),
            ready=Counts(("status", "replsets"), "ready", keyed=True),
            proxies=(("status", "mongos"),),
            standby=("spec", "unmanaged"),
        ),
        "pg": DatabaseKind(
            "pgv2.percona.com",
            "v2",
            "PerconaPGCluster",
            "perconapgclusters",
            wanted=Counts(("spec", "instances"), "replicas", group=("name",)),
            ready=Counts(("status", "postgres", "instances"), "ready", group=("name",)),
            proxies=(("status", "pgbouncer"),),
            conditions=True,
            standby=("spec", "standby", "enabled"),
            standby_lag=("status", "standby", "lagBytes"),
        ),
    }
)
"""By engine."""

BACKUPS: Final[Mapping[str, JobKind]] = MappingProxyType(
    {
        "pxc": JobKind(
            "pxc.percona.com",
            "v1",
            "PerconaXtraDBClusterBackup",
            "perconaxtradbclusterbackups",
            ("spec", "pxcCluster"),
            {"storage": ("spec", "storageName")},
            _RESTORABLE,
        ),
        "ps": JobKind(
            "ps.percona.com",
            "v1",
            "PerconaServerMySQLBackup",
            "perconaservermysqlbackups",
            ("spec", "clusterName"),
            {"storage": ("spec", "storageName"), "type": ("spec", "type")},
        ),
        "psmdb": JobKind(
            "psmdb.percona.com",
            "v1",
            "PerconaServerMongoDBBackup",
            "perconaservermongodbbackups",
            ("spec", "clusterName"),
            # A text for people, such as 1.50GB, which no number can be made of.
            {"storage": ("spec", "storageName"), "type": ("spec", "type"), "size": ("status", "size")},
            _RESTORABLE,
        ),
        "pg": JobKind(
            "pgv2.percona.com",
            "v2",
            "PerconaPGBackup",
            "perconapgbackups",
            ("spec", "pgCluster"),
            {"storage": ("spec", "repoName"), "type": ("status", "backupType")},
            _RESTORABLE,
        ),
    }
)
"""By engine."""

RESTORES: Final[Mapping[str, JobKind]] = MappingProxyType(
    {
        "pxc": JobKind(
            "pxc.percona.com",
            "v1",
            "PerconaXtraDBClusterRestore",
            "perconaxtradbclusterrestores",
            ("spec", "pxcCluster"),
            {"backup": ("spec", "backupName")},
        ),
        "ps": JobKind(
            "ps.percona.com",
            "v1",
            "PerconaServerMySQLRestore",
            "perconaservermysqlrestores",
            ("spec", "clusterName"),
            {"backup": ("spec", "backupName")},
        ),
        "psmdb": JobKind(
            "psmdb.percona.com",
            "v1",
            "PerconaServerMongoDBRestore",
            "perconaservermongodbrestores",
            ("spec", "clusterName"),
            {"backup": ("spec", "backupName")},
        ),
        "pg": JobKind(
            "pgv2.percona.com",
            "v2",
            "PerconaPGRestore",
            "perconapgrestores",
            ("spec", "pgCluster"),
            {"storage": ("spec", "repoName")},
        ),
    }
)
"""By engine."""
