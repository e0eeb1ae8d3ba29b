"""Reading what a PerconaServerMySQL's containers get."""

from __future__ import annotations

from typing import Any

from dbaas_components.databases.adoption_reading import Fields, given, part, text
from dbaas_components.databases.spec.sizing import NO_LIMIT
from dbaas_components.quantities import Quantity


def resources(component: Fields) -> dict[str, Any]:
    """CPU and memory of a component's container, in the specification's words.

    A limit below what is kept free, which Kubernetes refuses when it makes the pod, is left out.
    """
    requests, limits = part(component, "resources", "requests"), part(component, "resources", "limits")
    cpu, memory = text(requests, "cpu"), text(requests, "memory")
    return given(
        cpu=cpu,
        memory=memory,
        cpu_limit=_not_below(text(limits, "cpu"), cpu),
        memory_limit=NO_LIMIT if memory and "memory" not in limits else _not_below(text(limits, "memory"), memory),
    )


def _not_below(limit: str | None, least: str | None) -> str | None:
    if limit is None or least is None:
        return limit
    try:
        return limit if Quantity.parse(limit) >= Quantity.parse(least) else None
    except ValueError:
        return None
