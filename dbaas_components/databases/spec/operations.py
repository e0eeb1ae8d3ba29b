"""Running a database: what watches it, when it is worked on, what a deletion leaves."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from dbaas_components.databases.spec.addresses import SERVICE
from dbaas_components.databases.spec.part import Cron, Line, ObjectName, Part, Text
from dbaas_components.databases.spec.placement import Probe
from dbaas_components.databases.spec.sizing import Resources

_HOUR: Final = r"([01]\d|2[0-3]):[0-5]\d"
_WINDOW: Final = rf"^(mon|tue|wed|thu|fri|sat|sun) {_HOUR}-{_HOUR}$"


class Pmm(Part):
    """Percona Monitoring and Management, version 3."""

    enabled: bool = True
    """Whether its client runs beside each server; its settings stay."""
    server: Line
    """Host of the PMM server: `monitoring-service.pmm`."""
    secret: ObjectName | None = None
    """Secret with the service token (pg: key `PMM_SERVER_TOKEN`); the other engines read it from the credentials'."""
    cluster_name: Line | None = None
    """Name of the database in PMM; default: the operator's choice."""
    query_source: Literal["pgstatmonitor", "pgstatstatements"] | None = None
    """Where query statistics come from (pg)."""
    resources: Resources = Resources.usual()
    """CPU and memory of the client beside each server."""
    parameters: Line | None = None
    """Further options of the client for servers."""
    readiness: Probe | None = None
    """When the client counts as ready (pxc, ps)."""
    liveness: Probe | None = None
    """When the client is started anew (pxc, ps)."""


class Logs(Part):
    """The log collector beside each server (pxc, psmdb)."""

    enabled: bool = True
    """Whether it runs."""
    resources: Resources = Resources.usual()
    """CPU and memory of it."""
    configuration: Text | None = None
    """Fluent Bit configuration; default: the operator's."""
    rotation: Cron | None = None
    """When log files are rotated; default: the operator's (midnight)."""


class Observability(Part):
    """What watches the database."""

    pmm: Pmm | None = None
    """PMM; default: none."""
    logs: Logs | None = None
    """The log collector; default: on for standard and critical where the engine has one."""


class Maintenance(Part):
    """When the platform's people work on it. Operators never upgrade by themselves."""

    window: Annotated[str, Field(pattern=_WINDOW)] = "sun 03:00-05:00"
    """Weekday and hours in UTC: `sun 03:00-05:00`."""
    wave: Annotated[int, Field(ge=0, le=1_000)] = 100
    """Place in the order of a fleet's upgrade; low goes first."""
    version_service: Annotated[str, Field(pattern=SERVICE)] | None = None
    """Address of the service that the operator asks for versions (pxc, ps, psmdb); default: the operator's."""
    upgrade_check: Cron | None = None
    """When the operator asks it (pxc, psmdb). Without `automatic_upgrade` in `handed_over` it changes nothing."""
    handed_over: tuple[Literal["automatic_upgrade", "major_upgrade", "cluster_set"], ...] = ()
    """Fields that an operator may write for a time, and that updates then leave as they are: the images
    (`automatic_upgrade`), version and images during a PerconaPGUpgrade (`major_upgrade`, pg), the start of a member
    that leaves a cluster set (`cluster_set`, ps)."""


class Deletion(Part):
    """What goes with the database when it is deleted. By default its data stays."""

    volumes: Literal["retain", "delete"] = "retain"
    """Whether the volumes, and with them the Secrets of its users, go too."""
    certificates: Literal["retain", "delete"] = "retain"
    """Whether its certificates go too."""
    backups: Literal["retain", "delete"] = "retain"
    """Whether its backups in the storages go too (pg: all repositories; psmdb: the shipped logs)."""
    ordered: bool = False
    """Whether the operator stops the pods one after another, the primary last. Needs the operator to be running."""
