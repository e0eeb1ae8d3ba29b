"""Backups in a PerconaPGCluster of the PG operator 3.0.0: repositories, and the one that first data is read from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dbaas_components.databases.custom_resources.common import (
    Int32,
    NodeAffinity,
    Resources,
    Toleration,
    VolumeClaim,
    WeightedPodAffinityTerm,
)
from dbaas_components.databases.custom_resources.model import Model


class KeyPath(Model):
    """One key of a Secret, and the name of its file."""

    key: str
    path: str


class SecretProjection(Model):
    """Keys of a Secret as files; all of them where none is named."""

    name: str
    items: list[KeyPath] | None = None


class Projection(Model):
    """A source of files."""

    secret: SecretProjection


class RepositoryVolume(Model):
    """A volume for backups and write-ahead logs."""

    volume_claim_spec: VolumeClaim


class S3(Model):
    """A bucket that speaks S3."""

    bucket: str
    endpoint: str
    region: str


class Gcs(Model):
    """A bucket of Google Cloud Storage."""

    bucket: str


class Azure(Model):
    """A container of Azure Blob Storage."""

    container: str


class Schedules(Model):
    """When backups run, as cron expressions in UTC."""

    full: str | None = None
    differential: str | None = None
    incremental: str | None = None


class Repository(Model):
    """Where backups and write-ahead logs go: one of volume, S3, Google or Azure."""

    name: str
    schedules: Schedules | None = None
    volume: RepositoryVolume | None = None
    s3: S3 | None = None
    gcs: Gcs | None = None
    azure: Azure | None = None


class Jobs(Model):
    """The Jobs that make backups."""

    resources: Resources | None = None
    backoff_limit: Int32 | None = None


class LooseAntiAffinity(Model):
    """Which pods this one had better not share a node with."""

    preferred_during_scheduling_ignored_during_execution: list[WeightedPodAffinityTerm]


class LooseAffinity(Model):
    """Where a pod without others of its kind runs."""

    node_affinity: NodeAffinity | None = None
    pod_anti_affinity: LooseAntiAffinity


class RepoHost(Model):
    """The pod that keeps the volumes of repositories and serves them to the others."""

    resources: Resources | None = None
    affinity: LooseAffinity | None = None


class PgBackRest(Model):
    """Backups and the archive of write-ahead logs."""

    image: str
    configuration: list[Projection] | None = None
    options: dict[str, str] | None = Field(default=None, serialization_alias="global")
    jobs: Jobs | None = None
    repo_host: RepoHost | None = None
    repos: list[Repository]


class Backups(Model):
    """Backups are never off: PostgreSQL keeps every log that it could not archive."""

    enabled: bool
    pgbackrest: PgBackRest


class Bucket(Model):
    """A repository of another database: one of S3, Google or Azure."""

    name: str
    s3: S3 | None = None
    gcs: Gcs | None = None
    azure: Azure | None = None


class Nodes(Model):
    """Which nodes a pod may run on that need not be apart from others."""

    node_affinity: NodeAffinity


class RestoredFrom(Model):
    """A repository of another database, and how far to follow its logs."""

    stanza: Literal["db"]
    configuration: list[Projection] | None = None
    settings: dict[str, str] | None = Field(default=None, serialization_alias="global")
    options: list[str] | None = None
    repo: Bucket
    affinity: Nodes | None = None
    tolerations: list[Toleration] | None = None
    priority_class_name: str | None = None
    resources: Resources | None = None


class DataSource(Model):
    """What the first data is read from."""

    pgbackrest: RestoredFrom
