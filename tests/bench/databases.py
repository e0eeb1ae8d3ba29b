"""The databases that every benchmark registers."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Iterator
from typing import Any

# One of each engine in turn, so that no engine's size decides the result.
ENGINE_NAMES = ("pg", "pxc", "ps", "psmdb")
# The example of each engine that says the most.
_FULL = {"pg": "pooled", "pxc": "haproxy", "ps": "group-haproxy", "psmdb": "replica-set"}


def databases(count: int, *, full: bool = False) -> Iterator[tuple[str, Any]]:
    """The name and arguments of each database; `full` with everything that its engine can be told."""
    for index in range(count):
        engine = ENGINE_NAMES[index % len(ENGINE_NAMES)]
        name = f"db{index:05}"
        args = _fully_specified(engine, name) if full else {}
        yield name, {**args, "engine": engine, "namespace": "databases"}


def _fully_specified(engine: str, name: str) -> dict[str, Any]:
    """Without what makes objects of other operators' kinds, whose definitions the benchmark's API server has not."""
    # Here and not above: a program of small databases would be charged for reading the examples of the tests.
    examples = importlib.import_module(f"tests.unit.{engine}.examples")
    args: dict[str, Any] = copy.deepcopy(examples.FULL[_FULL[engine]])
    for field in ("name", "tls"):
        args.pop(field, None)
    for part in (args.get("encryption", {}).get("vault", {}), args.get("credentials", {})):
        for field in ("store", "store_path"):
            part.pop(field, None)
    for storage in args.get("backup", {}).get("storages", {}).values():
        # Two databases in one path are refused.
        if "bucket" in storage:
            storage["prefix"] = f"databases/{name}"
    # A network policy beside each custom resource, as profile `critical` has it.
    args.setdefault("network", {})
    return args
