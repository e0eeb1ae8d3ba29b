"""The two programs that the benchmarks compare: databases through our components, and the same objects by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dbaas_components import ManagedDatabase
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database

# One of each engine in turn, so that no engine's size decides the result.
ENGINE_NAMES = ("pg", "pxc", "ps", "psmdb")


def databases(count: int) -> Iterator[tuple[str, Any]]:
    """The name and arguments of each database."""
    for index in range(count):
        yield f"db{index:05}", {"engine": ENGINE_NAMES[index % len(ENGINE_NAMES)], "namespace": "databases"}


def with_components(count: int) -> Callable[[], None]:
    """A program of `count` databases as a user of the library writes it."""

    def program() -> None:
        for name, args in databases(count):
            ManagedDatabase(name, args)

    return program


def by_hand(count: int) -> Callable[[], None]:
    """A program that registers the same custom resources with pulumi_kubernetes, from objects rendered beforehand."""
    import pulumi
    from pulumi_kubernetes.apiextensions import CustomResource

    leaves: list[tuple[str, dict[str, Any], bool]] = []
    for name, args in databases(count):
        spec = parse_database(name, args)
        leaves.append((f"{name}-database", ENGINES[spec.engine].render(spec), spec.deletion_protection))

    def program() -> None:
        for name, manifest, protect in leaves:
            CustomResource(
                name,
                api_version=manifest["apiVersion"],
                kind=manifest["kind"],
                metadata=manifest["metadata"],
                spec=manifest["spec"],
                opts=pulumi.ResourceOptions(protect=protect),
            )

    return program


PROGRAMS: dict[str, Callable[[int], Callable[[], None]]] = {"components": with_components, "by_hand": by_hand}
