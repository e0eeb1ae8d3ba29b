"""What every provider hands back of a bucket that it placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi


@dataclass(frozen=True, slots=True)
class PlacedBucket:
    """The bucket, and what outputs speak of."""

    bucket: pulumi.Input[str]
    behind: tuple[pulumi.Resource, ...] = ()
    """All that has to be there before the first backup."""
    key: pulumi.Input[str] | None = None
    replica: pulumi.Input[str] | None = None
    identities: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Roles or service accounts by tenant, `pg-shop` and `pg-shop-read`."""
    policies: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """ARNs of policies, likewise: for users whose keys are made elsewhere."""
