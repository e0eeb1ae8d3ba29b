"""What the pods of servers and proxies have in common, and the Services in front of them."""

from __future__ import annotations

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
)
from dbaas_components.databases.custom_resources.model import Model


class Switch(Model):
    """What can be off."""

    enabled: bool


class ServiceAddress(Model):
    """How a Service that is always there is reached."""

    type: str
    load_balancer_class: str | None = None
    load_balancer_source_ranges: list[str] | None = None
    annotations: dict[str, str] | None = None
    labels: dict[str, str] | None = None
    external_traffic_policy: str | None = None
    internal_traffic_policy: str | None = None


class ServiceExpose(ServiceAddress, Switch):
    """How a Service is reached that is there only where it is asked for."""


class Probed(Model):
    """Pods that the kubelet asks whether they are well."""

    readiness_probes: Probe | None = None
    liveness_probes: Probe | None = None


class Component(Model):
    """The pods of one component; a proxy that is off has none of this."""

    size: Int32 | None = None
    image: str | None = None
    configuration: str | None = None
    resources: Resources | None = None
    affinity: AntiAffinity | None = None
    topology_spread_constraints: list[TopologySpread] | None = None
    node_selector: dict[str, str] | None = None
    tolerations: list[Toleration] | None = None
    priority_class_name: str | None = None
    scheduler_name: str | None = None
    runtime_class_name: str | None = None
    annotations: dict[str, str] | None = None
    labels: dict[str, str] | None = None
    pod_disruption_budget: DisruptionBudget | None = None
    grace_period: Int64 | None = None
    service_account_name: str | None = None
    env_vars_secret: str | None = None
    image_pull_secrets: list[LocalReference] | None = None
    image_pull_policy: str | None = None
