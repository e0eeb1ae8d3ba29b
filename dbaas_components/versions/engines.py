"""The versions of operators, definitions, engines and their images. One table, nothing else.

Sources: the operators' release documents and `deploy/cr.yaml` at the tags of the operator versions below
(percona-xtradb-cluster-operator v1.20.0, percona-server-mysql-operator v1.2.0, percona-server-mongodb-operator
v1.22.0, percona-postgresql-operator v3.0.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

DEFAULT_REGISTRY: Final = "docker.io"
"""Registry of the official images. Written out, because some container runtimes refuse or guess short names."""


@dataclass(frozen=True, slots=True)
class EngineVersions:
    """What one engine is pinned to."""

    operator: str
    """The operator's release; also the version of its definitions and the CR's `crVersion`."""
    default: str
    """Version series of a database that names none."""
    series: Mapping[str, Mapping[str, str]]
    """Version series (`8.4`) to images by role (`server`, `proxy`, `backup`, ...), without a registry."""

    @property
    def definitions(self) -> str:
        """Version of the CustomResourceDefinitions: those of the operator's own release."""
        return self.operator


def _images(common: Mapping[str, str], **series: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """One image set for each series; a keyword `v8_4` stands for series `8.4`."""
    return MappingProxyType(
        {
            name.removeprefix("v").replace("_", "."): MappingProxyType({**common, **images})
            for name, images in series.items()
        }
    )


VERSIONS: Final[Mapping[str, EngineVersions]] = MappingProxyType(
    {
        "pxc": EngineVersions(
            operator="1.20.0",
            default="8.4",
            series=_images(
                {
                    "haproxy": "percona/haproxy:2.8.18-1",
                    "proxysql": "percona/proxysql2:2.7.3-1.3",
                    "logcollector": "percona/fluentbit:5.0.6-1",
                    "pmm": "percona/pmm-client:3.8.0",
                },
                v8_4={
                    "server": "percona/percona-xtradb-cluster:8.4.8-8.1",
                    "backup": "percona/percona-xtrabackup:8.4.0-5.1",
                },
                v8_0={
                    "server": "percona/percona-xtradb-cluster:8.0.45-36.1",
                    "backup": "percona/percona-xtrabackup:8.0.35-35.1",
                },
            ),
        ),
        "ps": EngineVersions(
            operator="1.2.0",
            default="8.4",
            series=_images(
                {
                    "haproxy": "percona/haproxy:2.8.18-1",
                    "orchestrator": "percona/percona-orchestrator:3.2.6-22",
                    "toolkit": "percona/percona-toolkit:3.7.1-4",
                    "binlog_server": "percona/percona-server-mysql-operator:1.2.0-binlog-server-0.3.1",
                    "pmm": "percona/pmm-client:3.8.1",
                },
                v8_4={
                    "server": "percona/percona-server:8.4.10-10.1",
                    "router": "percona/percona-mysql-router:8.4.10",
                    "backup": "percona/percona-xtrabackup:8.4.0-6.1",
                },
                v8_0={
                    "server": "percona/percona-server:8.0.46-37.1",
                    "router": "percona/percona-mysql-router:8.0.46",
                    "backup": "percona/percona-xtrabackup:8.0.35-36.1",
                },
            ),
        ),
        "psmdb": EngineVersions(
            operator="1.22.0",
            default="8.0",
            series=_images(
                {
                    "backup": "percona/percona-backup-mongodb:2.12.0",
                    "logcollector": "percona/fluentbit:4.0.1-2",
                    "pmm": "percona/pmm-client:3.6.0",
                },
                v8_0={"server": "percona/percona-server-mongodb:8.0.19-7"},
                v7_0={"server": "percona/percona-server-mongodb:7.0.30-16"},
                v6_0={"server": "percona/percona-server-mongodb:6.0.27-21"},
            ),
        ),
        "pg": EngineVersions(
            operator="3.0.0",
            default="18",
            series=_images(
                {
                    "pgbouncer": "percona/percona-pgbouncer:1.25.2-1",
                    "backup": "percona/percona-pgbackrest:2.58.0-2",
                    "upgrade": "percona/percona-distribution-postgresql-upgrade:18.4-17.10-16.14-15.18-14.23-1",
                    "pmm": "percona/pmm-client:3.7.1",
                },
                v18={"server": "percona/percona-distribution-postgresql:18.4-1"},
                v17={"server": "percona/percona-distribution-postgresql:17.10-1"},
                v16={"server": "percona/percona-distribution-postgresql:16.14-1"},
                v15={"server": "percona/percona-distribution-postgresql:15.18-1"},
                v14={"server": "percona/percona-distribution-postgresql:14.23-1"},
            ),
        ),
    }
)


def image(engine: str, series: str, role: str, registry: str = DEFAULT_REGISTRY) -> str:
    """The full name of an image: `{registry}/percona/percona-server:8.4.10-10.1`.

    `registry` may be a mirror with a path (`mirror.example.com/docker-hub`), for sites without a way to the internet.
    Raises `KeyError` for an engine, series or role that is not in the table.
    """
    return f"{registry}/{VERSIONS[engine].series[series][role]}"
