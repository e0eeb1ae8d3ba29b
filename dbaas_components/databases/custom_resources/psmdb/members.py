"""Groups of pods of a PerconaServerMongoDB: members of replica sets, config servers and mongos."""

from __future__ import annotations

from typing import Literal

from dbaas_components.databases.custom_resources.common import (
    AntiAffinity,
    DisruptionBudget,
    Int32,
    Int64,
    LocalReference,
    Probe,
    Resources,
    Toleration,
    TopologySpread,
    VolumeClaim,
)
from dbaas_components.databases.custom_resources.model import Model


class LabelledVolumeClaim(VolumeClaim):
    """Specification of a PersistentVolumeClaim, and labels of the claims that come of it."""

    labels: dict[str, str] | None = None


class VolumeSpec(Model):
    """A pod's data volume."""

    persistent_volume_claim: LabelledVolumeClaim


class PodSettings(Model):
    """What every group of pods has."""

    affinity: AntiAffinity
    topology_spread_constraints: list[TopologySpread] | None = None
    node_selector: dict[str, str] | None = None
    tolerations: list[Toleration] | None = None
    priority_class_name: str | None = None
    service_account_name: str | None = None
    runtime_class_name: str | None = None
    annotations: dict[str, str] | None = None
    labels: dict[str, str] | None = None
    termination_grace_period_seconds: Int64 | None = None
    pod_disruption_budget: DisruptionBudget
    resources: Resources | None = None


class Probes(Model):
    """When a pod gets connections, and when a container is started anew."""

    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None


class EnvironmentSource(Model):
    """A Secret whose keys become environment variables."""

    secret_ref: LocalReference


class ClaimSource(Model):
    """An existing claim."""

    claim_name: str


class SidecarVolume(Model):
    """A further volume of pods, in which backups are kept."""

    name: str
    persistent_volume_claim: ClaimSource


class Exposure(Model):
    """How Services are reached."""

    type: Literal["ClusterIP", "LoadBalancer", "NodePort"]
    load_balancer_source_ranges: list[str] | None = None
    load_balancer_class: str | None = None
    annotations: dict[str, str] | None = None
    labels: dict[str, str] | None = None
    external_traffic_policy: str | None = None
    internal_traffic_policy: str | None = None


class PodExposure(Exposure):
    """A Service for each pod of a replica set."""

    enabled: bool


class _Size(Model):
    size: Int32


class _NameAndSize(Model):
    name: str
    size: Int32


class _Switch(Model):
    enabled: bool
    size: Int32


class Arbiter(PodSettings, _Switch):
    """A member that votes and holds no data."""


class Members(Probes, PodSettings, _Switch):
    """Members with data of a kind of their own. Without volumes they get the same as the others."""

    configuration: str | None = None
    volume_spec: VolumeSpec | None = None
    sidecar_volumes: list[SidecarVolume] | None = None


class _Servers(Probes, PodSettings):
    """What replica sets and config servers have beside name and size."""

    env_from: list[EnvironmentSource] | None = None
    expose: PodExposure | None = None
    configuration: str | None = None
    volume_spec: VolumeSpec
    sidecar_volumes: list[SidecarVolume] | None = None


class ReplicaSet(_Servers, _NameAndSize):
    """A replica set: the only one, or a shard."""

    arbiter: Arbiter | None = None
    hidden: Members | None = None
    nonvoting: Members | None = None


class ConfigServers(_Servers, _Size):
    """The replica set that holds the map of the shards."""


class Mongos(Probes, PodSettings, _Size):
    """The routers that clients of a sharded database connect to."""

    env_from: list[EnvironmentSource] | None = None
    expose: Exposure | None = None
    configuration: str | None = None


class Balancer(Model):
    """Whether data is moved between shards to even them out."""

    enabled: bool


class Sharding(Model):
    """Whether data is spread over several replica sets."""

    enabled: bool
    balancer: Balancer | None = None
    configsvr_repl_set: ConfigServers | None = None
    mongos: Mongos | None = None
