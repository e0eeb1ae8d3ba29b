"""The two programs that the benchmarks compare: databases through our components, and the same objects by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dbaas_components import ManagedDatabase
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from tests.bench.databases import databases


def with_components(count: int) -> Callable[[], None]:
    """A program of `count` databases as a user of the library writes it."""

    def program() -> None:
        for name, args in databases(count):
            ManagedDatabase(name, args)

    return program


Leaf = tuple[str, dict[str, Any], bool]
"""Pulumi name, whole object, and whether it is protected."""


def leaves(count: int) -> list[Leaf]:
    """The custom resources that `with_components(count)` registers, rendered."""
    found: list[Leaf] = []
    for name, args in databases(count):
        spec = parse_database(name, args)
        manifest = ENGINES[spec.engine].render(spec)
        manifest["metadata"]["namespace"] = spec.namespace
        found.append((f"{name}-database", manifest, spec.deletion_protection))
    return found


def by_hand(count: int) -> Callable[[], None]:
    """A program that registers the same custom resources with pulumi_kubernetes, from objects rendered beforehand."""
    from tests.bench.by_hand import program_of

    return program_of(leaves(count))


PROGRAMS: dict[str, Callable[[int], Callable[[], None]]] = {"components": with_components, "by_hand": by_hand}
