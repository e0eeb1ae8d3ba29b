"""The cloud's record that clients follow, changed by its own API and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class CloudRecord(Protocol):
    """One record."""

    def point(self, values: Mapping[str, Any]) -> bool:
        """Sets `records` or `rrdatas` where they are others; whether it had to. Raises `ClusterUnreachable`."""
        ...
