"""PerconaServerMongoDB of the PSMDB operator 1.22.0."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dbaas_components.databases.custom_resources.common import (
    CustomResourceModel,
    LocalReference,
    ObjectMeta,
    Resources,
    ScheduledUpgradeOptions,
    SecretKeySelector,
    StorageScaling,
)
from dbaas_components.databases.custom_resources.model import Model
from dbaas_components.databases.custom_resources.psmdb.backup import Backup
from dbaas_components.databases.custom_resources.psmdb.members import ReplicaSet, Sharding


class MongoUpgradeOptions(ScheduledUpgradeOptions):
    """Whether the operator may change images, and the feature compatibility version, which cannot be undone."""

    set_fcv: bool = Field(serialization_alias="setFCV")


class UnsafeFlags(Model):
    """Checks that the operator is told to leave out."""

    replset_size: bool
    termination_grace_period: bool | None = None


class Secrets(Model):
    """Names of Secrets that the operator fills, where they are not there already."""

    users: str
    ssl: str
    ssl_internal: str | None = None
    encryption_key: str | None = None
    vault: str | None = None


class Tls(Model):
    """Encryption of connections."""

    mode: Literal["preferTLS", "requireTLS"]
    cert_validity_duration: str | None = None


class UserRole(Model):
    """A role that a user has."""

    name: str
    db: str


class User(Model):
    """A user for an application."""

    name: str
    db: str | None = None
    password_secret_ref: SecretKeySelector | None = None
    roles: list[UserRole]


class InheritedRole(Model):
    """A role whose rights another has too."""

    role: str
    db: str


class PrivilegeResource(Model):
    """What actions are on: a collection of a database, or the deployment as a whole."""

    db: str | None = None
    collection: str | None = None
    cluster: bool | None = None


class Privilege(Model):
    """What a role may do, and where."""

    actions: list[str]
    resource: PrivilegeResource


class Role(Model):
    """A role of one's own."""

    role: str
    db: str
    privileges: list[Privilege]
    roles: list[InheritedRole] | None = None


class Pmm(Model):
    """The client of Percona Monitoring and Management beside each server."""

    enabled: bool
    image: str
    server_host: str
    custom_cluster_name: str | None = None
    mongod_params: str | None = None
    resources: Resources | None = None


class LogRotation(Model):
    """When log files are rotated."""

    schedule: str


class LogCollector(Model):
    """The log collector beside each server."""

    enabled: bool
    image: str | None = None
    resources: Resources | None = None
    configuration: str | None = None
    logrotate: LogRotation | None = None


class Spec(Model):
    """Specification of the database."""

    cr_version: str
    image: str
    image_pull_secrets: list[LocalReference] | None = None
    image_pull_policy: str | None = None
    pause: bool | None = None
    scheduler_name: str | None = None
    secrets: Secrets
    update_strategy: Literal["SmartUpdate"]
    upgrade_options: MongoUpgradeOptions
    unsafe_flags: UnsafeFlags
    tls: Tls
    storage_scaling: StorageScaling
    replsets: list[ReplicaSet]
    sharding: Sharding
    roles: list[Role] | None = None
    users: list[User] | None = None
    backup: Backup
    pmm: Pmm | None = None
    logcollector: LogCollector | None = None


class PerconaServerMongoDB(CustomResourceModel):
    """The whole custom resource."""

    api_version: Literal["psmdb.percona.com/v1"] = "psmdb.percona.com/v1"
    kind: Literal["PerconaServerMongoDB"] = "PerconaServerMongoDB"
    metadata: ObjectMeta
    spec: Spec
