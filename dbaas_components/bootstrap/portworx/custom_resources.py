"""AutopilotRule, SchedulePolicy, VolumeSnapshotSchedule, ApplicationBackupSchedule and MigrationSchedule.

Fields are those of libopenstorage/autopilot-api (`pkg/apis/autopilot/v1alpha1`) and libopenstorage/stork
(`pkg/apis/stork/v1alpha1`), as far as this library writes them.
"""

from __future__ import annotations

from typing import Literal

from dbaas_components.databases.custom_resources.common import CustomResourceModel, LabelSelector
from dbaas_components.databases.custom_resources.model import Model

AUTOPILOT = "autopilot.libopenstorage.org/v1alpha1"
STORK = "stork.libopenstorage.org/v1alpha1"


class Metadata(Model):
    """Name, place, owner, and what the object is good for."""

    name: str
    namespace: str | None = None
    labels: dict[str, str]
    annotations: dict[str, str] | None = None


class Expression(Model):
    """A query of Prometheus, compared with values."""

    key: str
    operator: Literal["Gt", "Lt"]
    values: list[str]


class Conditions(Model):
    """All of them have to hold."""

    expressions: list[Expression]


class Action(Model):
    """What is done then."""

    name: str
    params: dict[str, str]


class AutopilotSpec(Model):
    """Which claims, when, and what; times in seconds."""

    selector: LabelSelector
    namespace_selector: LabelSelector
    conditions: Conditions
    actions: list[Action]
    poll_interval: int
    actions_cool_down_period: int


class AutopilotRule(CustomResourceModel):
    """The whole object; cluster-wide."""

    api_version: Literal["autopilot.libopenstorage.org/v1alpha1"] = AUTOPILOT
    kind: Literal["AutopilotRule"] = "AutopilotRule"
    metadata: Metadata
    spec: AutopilotSpec


class Interval(Model):
    """Every so many minutes."""

    interval_minutes: int
    retain: int


class Daily(Model):
    """Every day; the time as Go's kitchen clock has it, `2:30AM`."""

    time: str
    retain: int


class Weekly(Daily):
    """On one day of the week."""

    day: str


class Monthly(Daily):
    """On one day of the month."""

    date: int


class Policy(Model):
    """When, and how many are kept."""

    interval: Interval | None = None
    daily: Daily | None = None
    weekly: Weekly | None = None
    monthly: Monthly | None = None


class SchedulePolicy(CustomResourceModel):
    """The whole object; cluster-wide, and without a `spec`."""

    api_version: Literal["stork.libopenstorage.org/v1alpha1"] = STORK
    kind: Literal["SchedulePolicy"] = "SchedulePolicy"
    metadata: Metadata
    policy: Policy


class SnapshotSpec(Model):
    """The claim of which a snapshot is taken."""

    persistent_volume_claim_name: str


class SnapshotTemplate(Model):
    """What each snapshot is made of."""

    spec: SnapshotSpec


class SnapshotScheduleSpec(Model):
    """Snapshots of one claim by a policy."""

    schedule_policy_name: str
    reclaim_policy: Literal["Delete", "Retain"]
    suspend: bool
    template: SnapshotTemplate


class VolumeSnapshotSchedule(CustomResourceModel):
    """The whole object, in the namespace of the claim."""

    api_version: Literal["stork.libopenstorage.org/v1alpha1"] = STORK
    kind: Literal["VolumeSnapshotSchedule"] = "VolumeSnapshotSchedule"
    metadata: Metadata
    spec: SnapshotScheduleSpec


class ApplicationBackupSpec(Model):
    """Namespaces, with their volumes, to a BackupLocation."""

    namespaces: list[str]
    backup_location: str
    reclaim_policy: Literal["Delete", "Retain"]


class ApplicationBackupTemplate(Model):
    """What each copy is made of."""

    spec: ApplicationBackupSpec


class ApplicationBackupScheduleSpec(Model):
    """Copies of namespaces by a policy."""

    schedule_policy_name: str
    reclaim_policy: Literal["Delete", "Retain"]
    suspend: bool
    template: ApplicationBackupTemplate


class ApplicationBackupSchedule(CustomResourceModel):
    """The whole object, in a namespace that may copy the others."""

    api_version: Literal["stork.libopenstorage.org/v1alpha1"] = STORK
    kind: Literal["ApplicationBackupSchedule"] = "ApplicationBackupSchedule"
    metadata: Metadata
    spec: ApplicationBackupScheduleSpec


class MigrationSpec(Model):
    """Namespaces, with their volumes, to the other Kubernetes cluster of a ClusterPair."""

    cluster_pair: str
    namespaces: list[str]
    include_resources: bool
    include_volumes: bool
    start_applications: bool


class MigrationTemplate(Model):
    """What each migration is made of."""

    spec: MigrationSpec


class MigrationScheduleSpec(Model):
    """Migrations by a policy."""

    schedule_policy_name: str
    suspend: bool
    template: MigrationTemplate


class MigrationSchedule(CustomResourceModel):
    """The whole object, in the namespace of its ClusterPair."""

    api_version: Literal["stork.libopenstorage.org/v1alpha1"] = STORK
    kind: Literal["MigrationSchedule"] = "MigrationSchedule"
    metadata: Metadata
    spec: MigrationScheduleSpec
