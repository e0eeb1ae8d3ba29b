"""PerconaXtraDBCluster of the PXC operator 1.20.0."""

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
    """Checks that the operator is told to leave out."""

    pxc_size: bool
    proxy_size: bool


class Tls(Model):
    """Encryption of connections."""

    enabled: bool


class Server(Model):
    """The Galera nodes."""

    size: int = Field(json_schema_extra={"format": "int32"})
    image: str
    auto_recovery: bool
    affinity: AntiAffinity
    topology_spread_constraints: list[TopologySpread] | None = None
    pod_disruption_budget: DisruptionBudget
    resources: Resources
    volume_spec: VolumeSpec


class HAProxy(Model):
    """The proxy that sends writes to one node."""

    enabled: bool
    size: int = Field(json_schema_extra={"format": "int32"})
    image: str
    affinity: AntiAffinity
    topology_spread_constraints: list[TopologySpread] | None = None
    pod_disruption_budget: DisruptionBudget
    resources: Resources


class ProxySQL(Model):
    """The other proxy, which must be off where HAProxy is on."""

    enabled: bool


class Backup(Model):
    """The image for backups; none are scheduled here."""

    image: str


class Spec(Model):
    """Specification of the database."""

    cr_version: str
    secrets_name: str
    ssl_secret_name: str
    update_strategy: Literal["SmartUpdate"]
    upgrade_options: UpgradeOptions
    unsafe_flags: UnsafeFlags
    tls: Tls
    storage_scaling: StorageScaling
    pxc: Server
    haproxy: HAProxy
    proxysql: ProxySQL
    backup: Backup


class PerconaXtraDBCluster(CustomResourceModel):
    """The whole custom resource."""

    api_version: Literal["pxc.percona.com/v1"] = "pxc.percona.com/v1"
    kind: Literal["PerconaXtraDBCluster"] = "PerconaXtraDBCluster"
    metadata: ObjectMeta
    spec: Spec
