"""From a running custom resource to the arguments that say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def adopt(_manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing yet: all of it becomes overrides."""
    return {}
