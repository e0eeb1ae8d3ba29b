"""What a MongoDB database cannot be. Most of it the PSMDB operator 1.22.0 checks too, but only in its own code: the API
server takes such a custom resource, and the database then never becomes ready."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dbaas_components.databases.psmdb.rules.access import access_problems
from dbaas_components.databases.psmdb.rules.backup import backup_problems
from dbaas_components.databases.psmdb.rules.pods import pod_problems
from dbaas_components.databases.psmdb.rules.server import server_problems
from dbaas_components.databases.psmdb.rules.shape import shape_problems

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.errors import Problem

__all__ = ["problems"]


def problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Every problem that only this engine has."""
    yield from shape_problems(spec)
    yield from pod_problems(spec)
    yield from server_problems(spec)
    yield from access_problems(spec)
    yield from backup_problems(spec)
