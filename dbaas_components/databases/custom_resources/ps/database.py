"""PerconaServerMySQL of the PS operator 1.2.0."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dbaas_components.databases.custom_resources.common import (
    AntiAffinity,
    CustomResourceModel,
    DisruptionBudget,
    Int32,
    Int64,
    IssuerReference,
    LocalReference,
    ObjectMeta,
    Probe,
    Resources,
    StorageScaling,
    Toleration,
    TopologySpread,
    UpgradeOptions,
    VolumeSpec,
)
from dbaas_components.databases.custom_resources.model import Model
from dbaas_components.databases.custom_resources.ps.backups import Backup

ServiceType = Literal["ClusterIP", "LoadBalancer", "NodePort"]


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


class EnvironmentSource(Model):
    """A Secret whose keys become environment variables."""

    secret_ref: LocalReference


class Expose(Model):
    """How a Service is reached."""

    type: ServiceType | None = None
    annotations: dict[str, str] | None = None
    labels: dict[str, str] | None = None
    external_traffic_policy: str | None = None
    internal_traffic_policy: str | None = None
    load_balancer_source_ranges: list[str] | None = None


class SwitchedExpose(Expose):
    """How a Service is reached that is made only where it is asked for."""

    enabled: bool


class Pods(Model):
    """What all kinds of pods have."""

    size: Int32 | None = None
    """Missing only where the pods are switched off."""
    image: str | None = None
    """As `size`."""
    image_pull_secrets: list[LocalReference] | None = None
    image_pull_policy: str | None = None
    resources: Resources | None = None
    affinity: AntiAffinity | None = None
    topology_spread_constraints: list[TopologySpread] | None = None
    pod_disruption_budget: DisruptionBudget | None = None
    priority_class_name: str | None = None
    node_selector: dict[str, str] | None = None
    tolerations: list[Toleration] | None = None
    annotations: dict[str, str] | None = None
    grace_period: Int64 | None = None
    service_account_name: str | None = None
    env_from: list[EnvironmentSource] | None = None
    runtime_class_name: str | None = None
    scheduler_name: str | None = None


class LabelledPods(Pods):
    """Pods that also take labels."""

    labels: dict[str, str] | None = None


class ProbedPods(LabelledPods):
    """Pods whose probes can be set, and that read a configuration."""

    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None
    configuration: str | None = None


class Server(ProbedPods):
    """The MySQL servers."""

    cluster_type: Literal["group-replication", "async"]
    auto_recovery: bool
    vault_secret_name: str | None = None
    expose_primary: SwitchedExpose
    expose: SwitchedExpose | None = None
    volume_spec: VolumeSpec


class HAProxy(ProbedPods):
    """The proxy that sends writes to the primary.

    It is on or, in so many words, off, as the two below: rules in the operator's definition read the switch.
    """

    enabled: bool
    expose: Expose | None = None


class Router(Pods):
    """MySQL Router: its labels are the servers', and it is asked for readiness only."""

    enabled: bool
    readiness_probe: Probe | None = None
    configuration: str | None = None
    expose: Expose | None = None


class Orchestrator(LabelledPods):
    """What chooses the next primary of asynchronous replication."""

    enabled: bool


class Proxy(Model):
    """The two proxies, of which one may be on."""

    haproxy: HAProxy
    router: Router


class Tls(Model):
    """Who signs the certificate, and which further names it bears."""

    sans: list[str] | None = Field(default=None, serialization_alias="SANs")
    issuer_conf: IssuerReference | None = None


class Toolkit(Model):
    """The tools image that the operator requires."""

    image: str
    image_pull_secrets: list[LocalReference] | None = None
    image_pull_policy: str | None = None


class Pmm(Model):
    """The monitoring client beside each server and proxy."""

    enabled: bool
    image: str
    image_pull_policy: str | None = None
    server_host: str
    custom_cluster_name: str | None = None
    mysql_params: str | None = None
    resources: Resources | None = None
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None


class Metadata(Model):
    """Labels of all that the operator makes, volume claims apart, which take none."""

    labels: dict[str, str]


class Spec(Model):
    """Specification of the database."""

    cr_version: str
    metadata: Metadata | None = None
    pause: bool | None = None
    secrets_name: str
    ssl_secret_name: str
    tls: Tls | None = None
    update_strategy: Literal["SmartUpdate"]
    upgrade_options: UpgradeOptions
    unsafe_flags: UnsafeFlags
    storage_scaling: StorageScaling
    mysql: Server
    proxy: Proxy
    orchestrator: Orchestrator
    pmm: Pmm | None = None
    toolkit: Toolkit
    backup: Backup


class PerconaServerMySQL(CustomResourceModel):
    """The whole custom resource."""

    api_version: Literal["ps.percona.com/v1"] = "ps.percona.com/v1"
    kind: Literal["PerconaServerMySQL"] = "PerconaServerMySQL"
    metadata: ObjectMeta
    spec: Spec
