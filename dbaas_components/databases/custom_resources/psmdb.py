"""PerconaServerMongoDB of the PSMDB operator 1.22.0."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dbaas_components.databases.custom_resources.common import (
    AntiAffinity,
    CustomResourceModel,
    DisruptionBudget,
    Model,
    ObjectMeta,
    Resources,
    StorageScaling,
    TopologySpread,
    UpgradeOptions,
    VolumeSpec,
)


class MongoUpgradeOptions(UpgradeOptions):
    """Whether the operator may change images, and the feature compatibility version, which cannot be undone."""

    set_fcv: bool = Field(serialization_alias="setFCV")


class UnsafeFlags(Model):
    """Checks that the operator is told to leave out."""

    replset_size: bool


class Secrets(Model):
    """Names of Secrets that the operator fills."""

    users: str
    ssl: str


class Tls(Model):
    """Encryption of connections."""

    mode: Literal["preferTLS", "requireTLS"]


class ReplicaSet(Model):
    """The replica set."""

    name: str
    size: int = Field(json_schema_extra={"format": "int32"})
    affinity: AntiAffinity
    topology_spread_constraints: list[TopologySpread] | None = None
    pod_disruption_budget: DisruptionBudget
    resources: Resources
    volume_spec: VolumeSpec


class Sharding(Model):
    """Whether data is spread over several replica sets."""

    enabled: bool


class Backup(Model):
    """Backups, off here, and the image that the definition requires all the same."""

    enabled: bool
    image: str


class Spec(Model):
    """Specification of the database."""

    cr_version: str
    image: str
    secrets: Secrets
    update_strategy: Literal["SmartUpdate"]
    upgrade_options: MongoUpgradeOptions
    unsafe_flags: UnsafeFlags
    tls: Tls
    storage_scaling: StorageScaling
    replsets: list[ReplicaSet]
    sharding: Sharding
    backup: Backup


class PerconaServerMongoDB(CustomResourceModel):
    """The whole custom resource."""

    api_version: Literal["psmdb.percona.com/v1"] = "psmdb.percona.com/v1"
    kind: Literal["PerconaServerMongoDB"] = "PerconaServerMongoDB"
    metadata: ObjectMeta
    spec: Spec
