"""Reading a custom resource that anybody may have written: what is not of the kind that is asked for is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from dbaas_components.databases.spec.sizing import NO_LIMIT
from dbaas_components.quantities import Quantity

Fields = Mapping[str, Any]


def part(value: object, *path: str) -> Fields:
    """The mapping at a path, empty if there is none."""
    for key in path:
        value = cast("Mapping[str, object]", value).get(key) if isinstance(value, Mapping) else None
    return cast("Fields", value) if isinstance(value, Mapping) else {}


def items(value: Fields, key: str) -> list[Fields]:
    """The mappings of a list."""
    found = value.get(key)
    return [part(one) for one in cast("list[object]", found)] if isinstance(found, list) else []


def text(value: Fields, key: str) -> str | None:
    """A text; a number counts as the text that it would be written as, since YAML reads a bare `2` as a number."""
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    return str(found) or None


def number(value: Fields, key: str) -> int | None:
    """A whole number."""
    found = value.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def flag(value: Fields, key: str) -> bool | None:
    """True or false."""
    found = value.get(key)
    return found if isinstance(found, bool) else None


def texts(value: Fields, key: str) -> list[str]:
    """The texts of a list."""
    found = value.get(key)
    return [one for one in cast("list[object]", found) if isinstance(one, str)] if isinstance(found, list) else []


def words(value: Fields, key: str) -> dict[str, str]:
    """The texts of a mapping."""
    return {name: found for name, found in part(value, key).items() if isinstance(found, str)}


def given(**fields: Any) -> dict[str, Any]:
    """The fields that say anything."""
    return {key: value for key, value in fields.items() if value not in (None, [], {})}


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
