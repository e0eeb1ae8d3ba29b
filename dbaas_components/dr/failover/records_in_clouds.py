"""The cloud's record that clients follow, changed by its own API and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from dbaas_components.dr.failover.cluster import ClusterRefused


class RecordRefused(ClusterRefused):
    """The cloud will not do it, however often it is asked: no such zone or record, no rights, no credentials."""


class CloudRecord(Protocol):
    """One record."""

    def ttl(self) -> int:
        """Seconds that resolvers keep an answer, as the record says now. Changes nothing; raises as `point` does."""
        ...

    def point(self, values: Mapping[str, Any]) -> bool:
        """Sets `records` or `rrdatas` where they are others; whether it had to, or the cloud is still at it.

        Keeps the TTL that the record has. Raises `ClusterUnreachable` where the cloud does not answer, `Conflict` where
        somebody else changed the record in between, `RecordRefused` for the rest.
        """
        ...
