"""What is in a graph that no API server would take, so that no class can be given to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, Final, cast

from dbaas_components.diff.document import Document, Saved
from dbaas_components.diff.grouping import DATABASES
from dbaas_components.diff.report.escaping import visible

_MOST_TOLD: Final = 20
_MAPPINGS: Final = ("metadata", "spec")


def unsound(*documents: Document) -> tuple[str, ...]:
    """A reason for each object whose fields have a shape, or numbers, that cannot be compared; at most 20."""
    found: dict[str, None] = {}
    for document in documents:
        for one in document.resources:
            if not one.custom or one.read or not one.type.startswith("kubernetes:"):
                continue
            for reason in _reasons(one):
                found[f"{visible(one.kind)} {visible(one.object_name)}: {reason}"] = None
                if len(found) == _MOST_TOLD:
                    return tuple(found)
    return tuple(found)


def _reasons(one: Saved) -> Iterator[str]:
    for key in _MAPPINGS:
        value: object = one.inputs.get(key, {})
        # Of a database that is asked for without a spec nothing is known; other kinds may have none.
        if not isinstance(value, Mapping) and (value is not None or one.kind in DATABASES):
            yield f"{key} is {_kind(value)} and no mapping"
    # Not by recursion: a graph that somebody made up may be deep.
    waiting: list[tuple[str, Any]] = [("", one.inputs)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, float) and not isfinite(value):
            yield f"{visible(path)} is {value}, which is no number of an object"
        elif isinstance(value, Mapping):
            fields = cast("Mapping[str, Any]", value)
            waiting += [(f"{path}.{key}" if path else key, item) for key, item in fields.items() if _may_hold(item)]
        elif isinstance(value, list):
            items = enumerate(cast("list[Any]", value))
            waiting += [(f"{path}[{index}]", item) for index, item in items if _may_hold(item)]


def _may_hold(value: object) -> bool:
    return isinstance(value, float | Mapping | list)


def _kind(value: object) -> str:
    words = ((list, "a list"), (str, "a text"), (bool, "a truth value"), (int | float, "a number"))
    return next((word for kind, word in words if isinstance(value, kind)), "null")
