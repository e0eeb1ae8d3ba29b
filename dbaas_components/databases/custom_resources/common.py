"""Parts that the operators' custom resources share, and the base of all models of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema
from pydantic.alias_generators import to_camel

# The schema of a Kubernetes quantity or percentage in the operators' definitions.
INT_OR_STRING = {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}

QuantityText = Annotated[str, WithJsonSchema(INT_OR_STRING)]
"""A Kubernetes quantity, such as `500m` or `10Gi`."""
Count = Annotated[int, WithJsonSchema(INT_OR_STRING)]
"""A count in a place where Kubernetes also takes a percentage."""


class Model(BaseModel):
    """A part of a custom resource: written in our words, dumped in Kubernetes' camelCase."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        # Built when first used: a stack seldom has every engine.
        defer_build=True,
    )


class ObjectMeta(Model):
    """Metadata of a custom resource; the component adds a namespace that is not known yet."""

    name: str
    namespace: str | None = None
    labels: dict[str, str]


class CustomResourceModel(Model):
    """A whole custom resource: `apiVersion`, `kind`, `metadata` and `spec`, which each engine declares."""

    def manifest(self) -> dict[str, Any]:
        """The object as it is sent to the API server: camelCase, without what was not set."""
        return self.model_dump(by_alias=True, exclude_none=True)


class Resources(Model):
    """What a container asks for and may use at most."""

    requests: dict[str, QuantityText]
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


class AntiAffinity(Model):
    """Which topology no two pods of a kind may share, in the form of the MySQL and MongoDB operators."""

    anti_affinity_topology_key: str


class LabelSelector(Model):
    """Pods by their labels."""

    match_labels: dict[str, str]


class TopologySpread(Model):
    """How evenly pods are spread over a topology."""

    max_skew: int
    topology_key: str
    when_unsatisfiable: str
    label_selector: LabelSelector


class DisruptionBudget(Model):
    """How many pods a node drain may take at once."""

    max_unavailable: Count


class StorageScaling(Model):
    """Whether volumes may be grown in place."""

    enable_volume_scaling: bool


class UpgradeOptions(Model):
    """Whether the operator may change images by itself."""

    apply: str
