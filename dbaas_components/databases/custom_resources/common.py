"""Parts that the operators' custom resources share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from dbaas_components.databases.custom_resources.model import Model

# The schema of a Kubernetes quantity or percentage in the operators' definitions.
INT_OR_STRING = {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}

QuantityText = Annotated[str, WithJsonSchema(INT_OR_STRING)]
"""A Kubernetes quantity, such as `500m` or `10Gi`."""
Count = Annotated[int, WithJsonSchema(INT_OR_STRING)]
"""A count in a place where Kubernetes also takes a percentage."""
Int32 = Annotated[int, Field(json_schema_extra={"format": "int32"})]
"""A whole number of 32 bits, as the definitions call most counts."""
Int64 = Annotated[int, Field(json_schema_extra={"format": "int64"})]
"""A whole number of 64 bits."""


ServiceType = Literal["ClusterIP", "LoadBalancer", "NodePort"]
"""How a Service is reached."""
PullPolicy = Literal["Always", "Never", "IfNotPresent"]
"""When a node pulls an image."""


class ObjectMeta(Model):
    """Metadata of a custom resource; the component adds a namespace that is not known yet."""

    name: str
    namespace: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    finalizers: list[str] | None = None


class CustomResourceModel(Model):
    """A whole custom resource: `apiVersion`, `kind`, `metadata` and `spec`, which each engine declares."""


class Resources(Model):
    """What a container asks for and may use at most."""

    requests: dict[str, QuantityText] | None = None
    limits: dict[str, QuantityText] | None = None


class VolumeResources(Model):
    """Size of a volume."""

    requests: dict[str, QuantityText]


class VolumeClaim(Model):
    """Specification of a PersistentVolumeClaim."""

    storage_class_name: str | None = None
    access_modes: list[str]
    resources: VolumeResources


class VolumeSpec(Model):
    """A pod's data volume, in the form of the MySQL and MongoDB operators."""

    persistent_volume_claim: VolumeClaim


class LabelSelector(Model):
    """Pods by their labels."""

    match_labels: dict[str, str]


class NodeRequirement(Model):
    """A label that a node must have, with one of several values."""

    key: str
    operator: str
    values: list[str] | None = None


class NodeSelectorTerm(Model):
    """Requirements that a node meets all at once."""

    match_expressions: list[NodeRequirement]


class NodeSelector(Model):
    """Terms of which a node meets one."""

    node_selector_terms: list[NodeSelectorTerm]


class NodeAffinity(Model):
    """Which nodes pods may run on."""

    required_during_scheduling_ignored_during_execution: NodeSelector


class PodAffinityTerm(Model):
    """Pods of one kind on one part of a topology."""

    label_selector: LabelSelector
    topology_key: str


class WeightedPodAffinityTerm(Model):
    """The same as a wish, which gives way to stronger ones."""

    weight: Int32
    pod_affinity_term: PodAffinityTerm


class PodAntiAffinity(Model):
    """Which pods may not share a part of a topology, or had better not."""

    required_during_scheduling_ignored_during_execution: list[PodAffinityTerm] | None = None
    preferred_during_scheduling_ignored_during_execution: list[WeightedPodAffinityTerm] | None = None


class Affinity(Model):
    """Kubernetes' own form of affinity."""

    node_affinity: NodeAffinity | None = None
    pod_anti_affinity: PodAntiAffinity | None = None


class AntiAffinity(Model):
    """Which topology no two pods of a kind may share, in the form of the MySQL and MongoDB operators."""

    anti_affinity_topology_key: str | None = None
    advanced: Affinity | None = None
    """Kubernetes' own form; where it stands, the operators leave out the key's."""


class TopologySpread(Model):
    """How evenly pods are spread over a topology."""

    max_skew: Int32
    topology_key: str
    when_unsatisfiable: str
    label_selector: LabelSelector


class Toleration(Model):
    """A taint that pods accept."""

    key: str | None = None
    operator: str
    value: str | None = None
    effect: str | None = None
    toleration_seconds: Int64 | None = None


class Probe(Model):
    """The times of a probe; how it asks is the operator's."""

    initial_delay_seconds: Int32 | None = None
    period_seconds: Int32 | None = None
    timeout_seconds: Int32 | None = None
    failure_threshold: Int32 | None = None
    success_threshold: Int32 | None = None


class DisruptionBudget(Model):
    """How many pods a node drain may take at once."""

    max_unavailable: Count


class Autoscaling(Model):
    """When volumes grow, and how far."""

    enabled: bool
    trigger_threshold_percent: Int32
    growth_step: QuantityText
    max_size: QuantityText


class StorageScaling(Model):
    """Whether volumes may be grown in place."""

    enable_volume_scaling: bool
    autoscaling: Autoscaling | None = None


class UpgradeOptions(Model):
    """Whether the operator may change images by itself."""

    apply: str
    version_service_endpoint: str | None = None


class ScheduledUpgradeOptions(UpgradeOptions):
    """The same, with the time at which the operator looks for versions."""

    schedule: str | None = None


class LocalReference(Model):
    """An object of the same namespace."""

    name: str


class SecretKeySelector(Model):
    """One key of a Secret of the same namespace."""

    name: str
    key: str


class IssuerReference(Model):
    """A cert-manager issuer."""

    name: str
    kind: str
    group: str
