"""PerconaPGCluster of the PG operator 3.0.0."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from dbaas_components.databases.custom_resources.common import (
    INT_OR_STRING,
    Affinity,
    Count,
    CustomResourceModel,
    Int32,
    LocalReference,
    ObjectMeta,
    PullPolicy,
    Resources,
    ServiceType,
    Toleration,
    TopologySpread,
    VolumeClaim,
)
from dbaas_components.databases.custom_resources.model import Model
from dbaas_components.databases.custom_resources.pg.backup import Backups, DataSource

Parameter = Annotated[int | str, WithJsonSchema(INT_OR_STRING)]
"""A parameter's value: a number stays one."""


class Metadata(Model):
    """Labels and annotations that the operator puts on what it makes."""

    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class EnvironmentSource(Model):
    """A Secret whose keys become environment variables."""

    secret_ref: LocalReference


class Expose(Model):
    """How a Service is reached."""

    type: ServiceType
    annotations: dict[str, str] | None = None
    labels: dict[str, str] | None = None
    load_balancer_class: str | None = None
    load_balancer_source_ranges: list[str] | None = None


class InstanceSet(Model):
    """Like PostgreSQL instances: candidates for the primary, or its replicas."""

    name: str
    replicas: Int32
    metadata: Metadata | None = None
    affinity: Affinity | None = None
    topology_spread_constraints: list[TopologySpread] | None = None
    tolerations: list[Toleration] | None = None
    priority_class_name: str | None = None
    min_available: Count
    env_from: list[EnvironmentSource] | None = None
    resources: Resources | None = None
    data_volume_claim_spec: VolumeClaim
    wal_volume_claim_spec: VolumeClaim | None = None


class PgBouncerConfig(Model):
    """PgBouncer's own settings."""

    settings: dict[str, str] = Field(serialization_alias="global")


class PgBouncer(Model):
    """The connection pooler, which sends everything to the primary."""

    replicas: Int32
    image: str
    metadata: Metadata | None = None
    config: PgBouncerConfig | None = None
    expose: Expose | None = None
    expose_superusers: bool | None = None
    custom_tls_secret: LocalReference | None = Field(default=None, serialization_alias="customTLSSecret")
    affinity: Affinity | None = None
    topology_spread_constraints: list[TopologySpread] | None = None
    tolerations: list[Toleration] | None = None
    priority_class_name: str | None = None
    min_available: Count
    env_from: list[EnvironmentSource] | None = None
    resources: Resources | None = None


class Proxy(Model):
    """The pooler's place in the custom resource."""

    pg_bouncer: PgBouncer


class Password(Model):
    """How a password is made."""

    type: Literal["ASCII", "AlphaNumeric"]


class User(Model):
    """A user, the databases it may use, and whether it may create tables in their `public` schema."""

    name: str
    databases: list[str] | None = None
    options: str | None = None
    password: Password | None = None
    secret_name: str | None = None
    grant_public_schema_access: bool | None = None


class Secrets(Model):
    """Certificates that others made."""

    server: LocalReference | None = Field(default=None, serialization_alias="customTLSSecret")
    replication: LocalReference | None = Field(default=None, serialization_alias="customReplicationTLSSecret")
    authority: LocalReference | None = Field(default=None, serialization_alias="customRootCATLSSecret")


class Tls(Model):
    """How long the operator's own certificates are valid, as durations of Go."""

    cert_validity_duration: str | None = None
    ca_validity_duration: str | None = None


class PostgresqlConfiguration(Model):
    """The part of Patroni's configuration that is PostgreSQL's."""

    parameters: dict[str, Parameter]


class DynamicConfiguration(Model):
    """Patroni's configuration, in Patroni's own words."""

    synchronous_mode: bool | None = Field(default=None, serialization_alias="synchronous_mode")
    maximum_lag_on_failover: int | None = Field(default=None, serialization_alias="maximum_lag_on_failover")
    postgresql: PostgresqlConfiguration | None = None


class Patroni(Model):
    """Failover."""

    leader_lease_duration_seconds: Int32 | None = None
    sync_period_seconds: Int32 | None = None
    dynamic_configuration: DynamicConfiguration | None = None


class BuiltinExtensions(Model):
    """Extensions that the image holds. Where nothing is said, pgaudit is on and PMM's source of statistics too."""

    pg_stat_statements: bool | None = Field(default=None, serialization_alias="pg_stat_statements")
    pg_stat_monitor: bool | None = Field(default=None, serialization_alias="pg_stat_monitor")
    pgaudit: bool | None = Field(default=None, serialization_alias="pg_audit")
    pgvector: bool | None = None
    pg_repack: bool | None = Field(default=None, serialization_alias="pg_repack")


class Extensions(Model):
    """PostgreSQL's extensions."""

    builtin: BuiltinExtensions


class Pmm(Model):
    """The client of Percona Monitoring and Management beside each instance."""

    enabled: bool
    image: str
    image_pull_policy: PullPolicy | None = None
    secret: str
    server_host: str
    query_source: Literal["pgstatmonitor", "pgstatstatements"]
    custom_cluster_name: str | None = None
    postgres_params: str | None = None
    resources: Resources | None = None


class Spec(Model):
    """Specification of the database."""

    cr_version: str
    metadata: Metadata | None = None
    postgres_version: int
    image: str
    image_pull_secrets: list[LocalReference] | None = None
    image_pull_policy: PullPolicy | None = None
    pause: bool | None = None
    tls_only: bool | None = None
    tls: Tls | None = None
    secrets: Secrets | None = None
    users: list[User]
    expose: Expose | None = None
    expose_replicas: Expose | None = None
    patroni: Patroni | None = None
    extensions: Extensions | None = None
    data_source: DataSource | None = None
    instances: list[InstanceSet]
    proxy: Proxy | None = None
    backups: Backups
    pmm: Pmm | None = None


class PerconaPGCluster(CustomResourceModel):
    """The whole custom resource."""

    api_version: Literal["pgv2.percona.com/v2"] = "pgv2.percona.com/v2"
    kind: Literal["PerconaPGCluster"] = "PerconaPGCluster"
    metadata: ObjectMeta
    spec: Spec
