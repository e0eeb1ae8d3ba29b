"""The two programs that the benchmarks compare: databases through our components, and the same objects by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dbaas_components import ManagedDatabase
from dbaas_components.databases.composition import compose
from dbaas_components.databases.spec import parse_database
from tests.bench.databases import databases


def with_components(count: int, *, full: bool = False) -> Callable[[], None]:
    """A program of `count` databases as a user of the library writes it, from arguments made beforehand."""
    wanted = list(databases(count, full=full))

    def program() -> None:
        for name, args in wanted:
            ManagedDatabase(name, args)

    return program


Leaf = tuple[str, dict[str, Any], bool]
"""Pulumi name, whole object, and whether it is protected."""


def leaves(count: int, *, full: bool = False) -> list[Leaf]:
    """The objects that `with_components(count)` registers, rendered."""
    found: list[Leaf] = []
    for name, args in databases(count, full=full):
        spec = parse_database(name, args)
        composition = compose(spec)
        found += [(f"{name}-{one.role}", one.manifest, False) for one in composition.before]
        found.append((f"{name}-database", composition.database, spec.deletion_protection))
        found += [(f"{name}-{one.role}", one.manifest, False) for one in composition.after]
    return found


def by_hand(count: int, *, full: bool = False) -> Callable[[], None]:
    """A program that registers the same objects with pulumi_kubernetes, from objects rendered beforehand."""
    from tests.bench.by_hand import program_of

    return program_of(leaves(count, full=full))


PROGRAMS: dict[str, Callable[..., Callable[[], None]]] = {"components": with_components, "by_hand": by_hand}
