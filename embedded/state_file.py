"""The engine's file of one stack in a local state, as this project reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_state(path: Path) -> dict[str, Any] | None:
    """The whole file; None where it is missing or was cut off by a kill."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def latest_deployment(content: dict[str, Any]) -> dict[str, Any]:
    """The deployment in it: its `resources` and `pending_operations`; empty before the first update."""
    return (content.get("checkpoint") or {}).get("latest") or {}
