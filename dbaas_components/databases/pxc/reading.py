"""Reading a custom resource that anybody may have written: what has another shape than expected is not there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

Fields = dict[str, Any]
Object = Mapping[str, Any]

_GO_DURATION: Final = re.compile(r"(\d+h)?(\d+m)?(\d+s)?")


def part(values: Any, *path: str) -> Object:
    """The mapping at a path; empty where there is none."""
    found: Any = values
    for key in path:
        found = cast("Object", found).get(key) if isinstance(found, Mapping) else None
    return cast("Object", found) if isinstance(found, Mapping) else {}


def items(values: Object, key: str) -> list[Object]:
    """The mappings in a list."""
    found: Any = values.get(key)
    listed = cast("list[Any]", found) if isinstance(found, list) else []
    return [cast("Object", item) for item in listed if isinstance(item, Mapping)]


def text(values: Object, key: str) -> str | None:
    """A text, or a number as the API server also takes it for a quantity; None where there is none."""
    found: Any = values.get(key)
    if isinstance(found, bool) or found == "":
        return None
    return str(found) if isinstance(found, str | int | float) else None


def number(values: Object, key: str) -> int | None:
    """A whole number."""
    found: Any = values.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float) or found != int(found):
        return None
    return int(found)


def flag(values: Object, key: str) -> bool | None:
    """True or false; None where neither is said."""
    found: Any = values.get(key)
    return found if isinstance(found, bool) else None


def texts(values: Object, key: str) -> list[str]:
    """The texts in a list."""
    found: Any = values.get(key)
    return [item for item in cast("list[Any]", found) if isinstance(item, str)] if isinstance(found, list) else []


def plain(values: Object, key: str) -> dict[str, str]:
    """A mapping of texts."""
    return {name: value for name, value in part(values, key).items() if isinstance(value, str)}


def given(**values: Any) -> Fields:
    """What is there: without None and empty parts, which say nothing."""
    return {key: value for key, value in values.items() if value is not None and value != {} and value != []}


def spec_duration(duration: str | None) -> str | None:
    """A duration in Go's notation, if it has but hours, minutes and seconds, as a specification has them too."""
    return duration if duration and _GO_DURATION.fullmatch(duration) else None


def seconds(amount: int | None) -> str | None:
    """A time in whole seconds as a duration."""
    return f"{amount}s" if amount else None
