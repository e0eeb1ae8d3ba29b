"""PerconaPGCluster of the PG operator 3.0.0."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dbaas_components.databases.custom_resources.common import (
    Affinity,
    Count,
    CustomResourceModel,
    Model,
    ObjectMeta,
    Resources,
    TopologySpread,
    VolumeClaim,
)


class InstanceSet(Model):
    """Like PostgreSQL instances: one primary and its replicas."""

    name: str
    replicas: int = Field(json_schema_extra={"format": "int32"})
    affinity: Affinity | None = None
    topology_spread_constraints: list[TopologySpread] | None = None
    min_available: Count
    resources: Resources
    data_volume_claim_spec: VolumeClaim


class PgBouncer(Model):
    """The connection pooler, which sends everything to the primary."""

    replicas: int = Field(json_schema_extra={"format": "int32"})
    image: str
    affinity: Affinity | None = None
    topology_spread_constraints: list[TopologySpread] | None = None
    min_available: Count
    resources: Resources


class Proxy(Model):
    """The pooler's place in the custom resource."""

    pg_bouncer: PgBouncer


class RepositoryVolume(Model):
    """A volume for backups and write-ahead logs."""

    volume_claim_spec: VolumeClaim


class Schedules(Model):
    """When backups run, as cron expressions in UTC."""

    full: str
    differential: str


class Repository(Model):
    """Where backups go."""

    name: str
    schedules: Schedules
    volume: RepositoryVolume


class PgBackRest(Model):
    """Backups and the archive of write-ahead logs."""

    image: str
    options: dict[str, str] = Field(serialization_alias="global")
    repos: list[Repository]


class Backups(Model):
    """Backups are never off: PostgreSQL keeps every log that it could not archive."""

    enabled: bool
    pgbackrest: PgBackRest


class User(Model):
    """A user, the databases it may use, and whether it may create tables in their `public` schema."""

    name: str
    databases: list[str]
    grant_public_schema_access: bool


class Spec(Model):
    """Specification of the database."""

    cr_version: str
    postgres_version: int
    image: str
    users: list[User]
    instances: list[InstanceSet]
    proxy: Proxy
    backups: Backups


class PerconaPGCluster(CustomResourceModel):
    """The whole custom resource."""

    api_version: Literal["pgv2.percona.com/v2"] = "pgv2.percona.com/v2"
    kind: Literal["PerconaPGCluster"] = "PerconaPGCluster"
    metadata: ObjectMeta
    spec: Spec
