"""What `Portworx` is asked for, checked by itself; what it means for databases is checked in `rules`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from dbaas_components.bootstrap.cloud_profiles import CloudProfile
from dbaas_components.bootstrap.fields import Form, not_empty
from dbaas_components.databases.spec.part import Bytes, Count, Duration, LabelName, NamespaceName, ObjectName, Part
from dbaas_components.errors import Problem, SpecError
from dbaas_components.ownership import Ownership

TimeOfDay = Annotated[str, Form(r"([01]\d|2[0-3]):[0-5]\d", "a time of day; write such as 02:30")]
"""A time such as `02:30`, in the time zone of STORK's pods, which is UTC unless it was changed."""


class Often(Part):
    """Every so many minutes."""

    minutes: Annotated[int, Field(ge=5, le=1_440)]
    """Minutes from one to the next, 5 to 1440."""
    keep: Count = 10
    """How many are kept."""


class Daily(Part):
    """Every day."""

    time: TimeOfDay
    """When: `02:30`."""
    keep: Count = 7
    """How many are kept."""


class Weekly(Daily):
    """Every week."""

    day: Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    """Day of the week."""


class Monthly(Daily):
    """Every month."""

    date: Annotated[int, Field(ge=1, le=28)]
    """Day of the month that every month has, 1 to 28."""


class Schedule(Part):
    """When, and how many are kept: a SchedulePolicy of STORK."""

    name: LabelName
    """Its name in the whole Kubernetes cluster."""
    often: Often | None = None
    daily: Daily | None = None
    weekly: Weekly | None = None
    monthly: Monthly | None = None

    @model_validator(mode="after")
    def _some_time(self) -> Schedule:
        if not (self.often or self.daily or self.weekly or self.monthly):
            raise ValueError(f'"{self.name}" has no time; write one of often, daily, weekly and monthly')
        return self


class Growth(Part):
    """Volumes of a database that Autopilot makes larger before they are full."""

    database: LabelName
    """Which of `databases`."""
    usage_percent: Annotated[int, Field(ge=50, le=95)] = 80
    """How full a volume may be before it grows."""
    step_percent: Annotated[int, Field(ge=5, le=100)] = 50
    """By how much of its size it grows each time."""
    max_size: Bytes
    """The size at which it stops growing."""
    poll: Duration = "30s"
    """How often it is looked at."""
    cool_down: Duration = "10m"
    """Time after a growth in which there is no other."""


class Snapshots(Part):
    """Snapshots of a database's volumes by the clock, each volume for itself."""

    database: LabelName
    """Which of `databases`."""
    schedule: LabelName
    """Which of `schedules`."""
    after_deletion: Literal["keep", "delete"] = "delete"
    """What becomes of the snapshots when this goes."""


class ApplicationBackup(Part):
    """Copies of whole namespaces, objects and volumes, by the clock."""

    name: LabelName
    """Its name."""
    namespaces: Annotated[tuple[NamespaceName, ...], AfterValidator(not_empty)]
    """What is copied."""
    namespace: NamespaceName | None = None
    """Where it lives; default: the first of `namespaces`. STORK copies others from its admin namespace only."""
    location: ObjectName
    """BackupLocation of STORK that it goes to, in the same namespace."""
    schedule: LabelName
    """Which of `schedules`."""
    after_deletion: Literal["keep", "delete"] = "keep"
    """What becomes of the copies when this goes."""


class Migration(Part):
    """Namespaces that are brought to another Kubernetes cluster again and again."""

    name: LabelName
    """Its name."""
    namespaces: Annotated[tuple[NamespaceName, ...], AfterValidator(not_empty)]
    """What is brought there."""
    namespace: NamespaceName | None = None
    """Where it lives, beside its ClusterPair; default: the first of `namespaces`."""
    cluster_pair: ObjectName
    """ClusterPair of STORK."""
    schedule: LabelName
    """Which of `schedules`."""


class PortworxSpec(Part):
    """The arguments of `Portworx`, checked."""

    ownership: Ownership
    cloud: CloudProfile | None = None
    databases: dict[LabelName, dict[str, Any]] = {}
    operator_namespaces: tuple[NamespaceName, ...] = ("percona-operators",)
    schedules: tuple[Schedule, ...] = ()
    growth: tuple[Growth, ...] = ()
    snapshots: tuple[Snapshots, ...] = ()
    application_backups: tuple[ApplicationBackup, ...] = ()
    migrations: tuple[Migration, ...] = ()

    @model_validator(mode="after")
    def _known_names(self) -> PortworxSpec:
        schedules = {one.name for one in self.schedules}
        problems = [
            Problem(f"{field}[{place}].schedule", f'"{one.schedule}" is none of schedules; {_known(schedules)}')
            for field in ("snapshots", "application_backups", "migrations")
            for place, one in enumerate(getattr(self, field))
            if one.schedule not in schedules
        ]
        problems += [
            Problem(f"{field}[{place}].database", f'"{one.database}" is none of databases; {_known(self.databases)}')
            for field in ("growth", "snapshots")
            for place, one in enumerate(getattr(self, field))
            if one.database not in self.databases
        ]
        problems += _twice("schedules", [one.name for one in self.schedules])
        problems += _twice("growth", [one.database for one in self.growth])
        problems += _twice("snapshots", [f"{one.database} by {one.schedule}" for one in self.snapshots])
        if problems:
            raise SpecError("portworx", problems)
        return self


def _known(names: Any) -> str:
    return f"write one of {', '.join(names)}" if names else "add it there"


def _twice(field: str, names: list[str]) -> list[Problem]:
    return [
        Problem(f"{field}[{place}]", f'"{name}" is there twice; keep one of them')
        for place, name in enumerate(names)
        if name in names[:place]
    ]
