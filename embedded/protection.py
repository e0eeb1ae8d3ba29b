"""Protected objects that an operation would delete or replace, found before the engine does any part of it.

The engine refuses each of them too, but only when it comes to it: by then it has deleted or made others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dbaas_components.evaluate import Graph
from embedded.engine_errors import EngineFailure, described
from embedded.state_file import latest_deployment, read_state

_REMEDY = "set deletion_protection: false there, run `make up`, then run this again"


def resources_of(state: Path) -> list[dict[str, Any]]:
    """The resources in a local state's file; none where there is no such file yet or a kill has cut it off."""
    content = read_state(state)
    return (latest_deployment(content).get("resources") or []) if content else []


def refuse_destroy(resources: Iterable[Mapping[str, Any]]) -> None:
    """Raises `EngineFailure` naming every protected object of the stack."""
    protected = [described(resource["urn"]) for resource in resources if resource.get("protect")]
    if protected:
        raise EngineFailure(f"nothing was deleted, because these are protected: {', '.join(protected)}; {_REMEDY}")


def refuse_losses(resources: Iterable[Mapping[str, Any]], graph: Graph) -> None:
    """Raises `EngineFailure` naming every protected object that the program no longer has, or has elsewhere."""
    wanted = {resource.urn: resource for resource in graph.resources}
    losses: list[str] = []
    for resource in resources:
        if not resource.get("protect"):
            continue
        found = wanted.get(resource["urn"])
        if found is None:
            losses.append(f"{described(resource['urn'])} would be deleted")
        elif _identity(found.inputs) != _identity(resource.get("inputs") or {}):
            losses.append(f"{described(resource['urn'])} would be replaced")
    if losses:
        raise EngineFailure(f"nothing was changed, because of protected objects: {', '.join(losses)}; {_REMEDY}")


def _identity(inputs: Mapping[str, Any]) -> tuple[object, ...]:
    """What an object cannot change without being another one."""
    metadata = inputs.get("metadata") or {}
    return (inputs.get("apiVersion"), inputs.get("kind"), metadata.get("namespace"), metadata.get("name"))
