"""Reading a custom resource that anybody may have written: what is of another type than expected is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

Object = Mapping[str, Any]


def part(values: object, *path: str) -> Object:
    """The mapping at a path; empty where there is none."""
    for key in path:
        values = cast("Object", values).get(key) if isinstance(values, Mapping) else None
    return cast("Object", values) if isinstance(values, Mapping) else {}


def items(values: Object, key: str) -> list[Object]:
    """The mappings in a list."""
    found = values.get(key)
    return [part(one) for one in cast("list[object]", found)] if isinstance(found, list) else []


def first(values: Object, key: str) -> Object:
    """The first mapping in a list; empty where there is none."""
    return next(iter(items(values, key)), cast("Object", {}))


def text(values: Object, key: str) -> str | None:
    """A text that is not empty. A number counts as one: YAML reads a bare quantity such as `2` so."""
    found = values.get(key)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    return str(found) or None


def number(values: Object, key: str) -> int | None:
    """A whole number."""
    found = values.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def flag(values: Object, key: str) -> bool:
    """Whether it is true."""
    return values.get(key) is True


def texts(values: Object, key: str) -> list[str]:
    """The texts in a list."""
    found = values.get(key)
    return [one for one in cast("list[object]", found) if isinstance(one, str)] if isinstance(found, list) else []


def words(values: Object, key: str) -> dict[str, str]:
    """The texts in a mapping."""
    return {name: one for name, one in part(values, key).items() if isinstance(one, str)}


def given(**fields: Any) -> dict[str, Any]:
    """The fields that say something."""
    return {key: value for key, value in fields.items() if value is not None and value != [] and value != {}}
