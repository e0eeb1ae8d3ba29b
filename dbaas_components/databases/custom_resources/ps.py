"""PerconaServerMySQL of the PS operator 1.2.0."""

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


class UnsafeFlags(Model):
    """Checks that the operator is told to leave out.

    All of them, also those that are false: the rules in the operator's definition read them without asking whether
    they are there, and would fail with "no such key".
    """

    mysql_size: bool
    proxy: bool
    proxy_size: bool
    orchestrator: bool
    orchestrator_size: bool


class Server(Model):
    """The MySQL servers."""

    cluster_type: Literal["group-replication"]
    size: int = Field(json_schema_extra={"format": "int32"})
    image: str
    auto_recovery: bool
    affinity: AntiAffinity
    topology_spread_constraints: list[TopologySpread] | None = None
    pod_disruption_budget: DisruptionBudget
    resources: Resources
    volume_spec: VolumeSpec


class HAProxy(Model):
    """The proxy that sends writes to the primary."""

    enabled: bool
    size: int = Field(json_schema_extra={"format": "int32"})
    image: str
    affinity: AntiAffinity
    topology_spread_constraints: list[TopologySpread] | None = None
    pod_disruption_budget: DisruptionBudget
    resources: Resources


class Off(Model):
    """A part that is switched off in so many words, because rules in the definition read the switch."""

    enabled: bool


class Proxy(Model):
    """The two proxies, of which one may be on."""

    haproxy: HAProxy
    router: Off


class Toolkit(Model):
    """The tools image that the operator requires."""

    image: str


class Backup(Model):
    """Backups, off here, and the image they would use."""

    enabled: bool
    image: str


class Spec(Model):
    """Specification of the database."""

    cr_version: str
    secrets_name: str
    ssl_secret_name: str
    update_strategy: Literal["SmartUpdate"]
    upgrade_options: UpgradeOptions
    unsafe_flags: UnsafeFlags
    storage_scaling: StorageScaling
    mysql: Server
    proxy: Proxy
    orchestrator: Off
    toolkit: Toolkit
    backup: Backup


class PerconaServerMySQL(CustomResourceModel):
    """The whole custom resource."""

    api_version: Literal["ps.percona.com/v1"] = "ps.percona.com/v1"
    kind: Literal["PerconaServerMySQL"] = "PerconaServerMySQL"
    metadata: ObjectMeta
    spec: Spec
