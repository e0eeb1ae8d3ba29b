"""How large a database is: CPU, memory and volumes."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from dbaas_components.databases.spec.part import Bytes, ObjectName, Part, QuantityWord

Tier = Literal["high", "medium", "low"]
NO_LIMIT: Final = "none"
"""The word for memory without a limit."""


class Resources(Part):
    """CPU and memory of one container."""

    cpu: QuantityWord | None = None
    """CPU that is kept free for it, in cores: `500m`, `2`."""
    memory: Bytes | None = None
    """Memory that is kept free for it, and its limit unless `memory_limit` says otherwise: `2Gi`."""
    cpu_limit: QuantityWord | None = None
    """CPU it may use at most; default: what the node has left, because a capped database stalls beside idle cores."""
    memory_limit: Bytes | Literal["none"] | None = None
    """Memory at which it is killed; default: `memory`. With `none` its neighbours on the node may be killed instead."""

    @property
    def largest_memory(self) -> str | None:
        """The limit of memory where there is one of its own."""
        return None if self.memory_limit == NO_LIMIT else self.memory_limit


class Autoscale(Part):
    """Growing volumes before they are full. The operator writes the new size, which updates then leave alone."""

    threshold_percent: Annotated[int, Field(ge=50, le=95)] = 80
    """How full a volume may be before it grows."""
    step: Bytes = "2Gi"
    """By how much it grows each time."""
    max_size: Bytes
    """The size at which it stops growing."""


class Storage(Part):
    """Volumes of the database pods."""

    size: Bytes
    """Size of each replica's volume. It can grow later, never shrink."""
    tier: Tier | None = None
    """Kind of storage in the platform's words; `storage_tiers` says which StorageClass that is."""
    storage_class: ObjectName | None = None
    """StorageClass of the volumes; default: the tier's, else the Kubernetes cluster's own default."""
    autoscale: Autoscale | None = None
    """Growing by itself; default: no."""
    log_size: Bytes | None = None
    """Size of a volume of its own for the write-ahead log (pg); default: it shares the data's volume."""
