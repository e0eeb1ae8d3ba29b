"""Arguments without what would be refused: a running database may be in a way that this library lets nobody ask for."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final, cast

from dbaas_components.errors import SpecError

_ALWAYS: Final = ("name", "namespace", "engine", "profile", "platform_labels")


def acceptable(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments without those that are refused, which leaves them to the overrides; at the least who it is."""
    from dbaas_components.databases.spec import parse_database

    found = copy.deepcopy(dict(arguments))
    while True:
        try:
            parse_database(name, found)
        except SpecError as error:
            before = copy.deepcopy(found)
            for problem in error.problems:
                _drop(found, problem.path)
            if found == before:
                return {key: value for key, value in found.items() if key in _ALWAYS}
        else:
            return found


def _drop(values: dict[str, Any], path: str) -> bool:
    """Takes away what a problem is about, or what it is missing from; whether there was anything to take.

    Keys may themselves hold dots: settings by dotted path, labels.
    """
    for key in sorted(values, key=len, reverse=True):
        if path != key and not path.startswith((f"{key}.", f"{key}[")):
            continue
        if key in _ALWAYS:
            return True
        rest, below = path[len(key) :], values[key]
        if rest.startswith("[") and isinstance(below, list):
            index, _, rest = rest[1:].partition("]")
            entries = cast("list[Any]", below)
            entry: Any = entries[int(index)] if int(index) < len(entries) else None
            if rest and isinstance(entry, dict) and _drop(cast("dict[str, Any]", entry), rest[1:]):
                return True
            # A shorter list would give the others' problems the wrong places.
            del values[key]
            return True
        if rest and isinstance(below, dict) and _drop(cast("dict[str, Any]", below), rest[1:]):
            return True
        del values[key]
        return True
    return False
