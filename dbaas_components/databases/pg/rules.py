"""What the PG operator would refuse late, or never."""

from __future__ import annotations

from collections.abc import Iterator

from dbaas_components.databases.engine import replica_problems
from dbaas_components.databases.pg.row import ENGINE
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.errors import Problem


def problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Everything that is wrong with a specification for this engine alone."""
    yield from replica_problems(spec, ENGINE.replicas)
