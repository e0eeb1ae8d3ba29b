"""Reading a custom resource that anybody may have written: what is not of the kind that is asked for is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

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
    """CPU and memory of a component's container, in the specification's words."""
    requests, limits = part(component, "resources", "requests"), part(component, "resources", "limits")
    return given(
        cpu=text(requests, "cpu"),
        memory=text(requests, "memory"),
        cpu_limit=text(limits, "cpu"),
        memory_limit=text(limits, "memory"),
    )
