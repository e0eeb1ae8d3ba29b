"""The databases that every benchmark registers."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tests.unit.pg.examples import FULL as PG
from tests.unit.ps.examples import FULL as PS
from tests.unit.psmdb.examples import FULL as PSMDB
from tests.unit.pxc.examples import FULL as PXC

# One of each engine in turn, so that no engine's size decides the result.
ENGINE_NAMES = ("pg", "pxc", "ps", "psmdb")
# The example of each engine that says the most.
_FULL: dict[str, dict[str, Any]] = {
    "pg": PG["pooled"],
    "pxc": PXC["haproxy"],
    "ps": PS["group-haproxy"],
    "psmdb": PSMDB["replica-set"],
}


def databases(count: int, *, full: bool = False) -> Iterator[tuple[str, Any]]:
    """The name and arguments of each database; `full` with everything that its engine can be told."""
    for index in range(count):
        engine = ENGINE_NAMES[index % len(ENGINE_NAMES)]
        name = f"db{index:05}"
        args = _fully_specified(engine, name) if full else {}
        yield name, {**args, "engine": engine, "namespace": "databases"}


def _fully_specified(engine: str, name: str) -> dict[str, Any]:
    """Without what makes objects of other operators' kinds, whose definitions the benchmark's API server has not."""
    args = copy.deepcopy(_FULL[engine])
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
