"""What fields must be to each other, whatever the engine. An engine's own rules are in its room."""

from __future__ import annotations

from collections.abc import Iterator

from dbaas_components.databases.engine import Engine
from dbaas_components.databases.spec.database import DatabaseSpec
from dbaas_components.databases.spec.rules.access import access_problems
from dbaas_components.databases.spec.rules.backup import backup_problems
from dbaas_components.databases.spec.rules.shape import name_problem, shape_problems
from dbaas_components.errors import Problem

__all__ = ["common_problems", "name_problem"]


def common_problems(spec: DatabaseSpec, engine: Engine | None) -> Iterator[Problem]:
    """Every problem that holds for all engines. Without a known engine, what depends on its tables is left out."""
    yield from shape_problems(spec, engine)
    yield from access_problems(spec)
    yield from backup_problems(spec)
