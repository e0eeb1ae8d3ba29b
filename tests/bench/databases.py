"""The databases that every benchmark registers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# One of each engine in turn, so that no engine's size decides the result.
ENGINE_NAMES = ("pg", "pxc", "ps", "psmdb")


def databases(count: int) -> Iterator[tuple[str, Any]]:
    """The name and arguments of each database."""
    for index in range(count):
        yield f"db{index:05}", {"engine": ENGINE_NAMES[index % len(ENGINE_NAMES)], "namespace": "databases"}
