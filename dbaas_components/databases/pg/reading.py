"""Reading a custom resource that somebody else wrote: whatever is not of the expected form counts as not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

Fields = Mapping[str, Any]


def part(values: Fields, *path: str) -> Fields:
    """The mapping at a path, empty where there is none."""
    here: Any = values
    for key in path:
        here = cast("Fields", here).get(key) if isinstance(here, Mapping) else None
    return cast("Fields", here) if isinstance(here, Mapping) else {}


def parts(values: Fields, key: str) -> list[Fields]:
    """The mappings of a list."""
    return [cast("Fields", item) for item in _items(values, key) if isinstance(item, Mapping)]


def words(values: Fields, key: str) -> list[str]:
    """The texts of a list."""
    return [item for item in _items(values, key) if isinstance(item, str)]


def _items(values: Fields, key: str) -> list[Any]:
    found = values.get(key)
    return cast("list[Any]", found) if isinstance(found, list) else []


def first(values: list[Fields]) -> Fields:
    """The first of several mappings, empty where there is none."""
    return values[0] if values else {}


def word(values: Fields, key: str) -> str | None:
    """A text that is not empty. A number, as YAML reads an unquoted quantity, is one too."""
    found = values.get(key)
    if isinstance(found, int | float) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) and found else None


def number(values: Fields, key: str) -> int | None:
    """A whole number."""
    found = values.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def texts(values: Fields, key: str) -> dict[str, str]:
    """A mapping of texts."""
    return {name: value for name, value in part(values, key).items() if isinstance(value, str)}


def known(**values: Any) -> dict[str, Any]:
    """Without what is not there: nulls, empty texts and empty parts."""
    return {key: value for key, value in values.items() if value not in (None, "", {}, [])}
