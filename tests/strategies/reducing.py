"""Leaves out of arguments what a failure does not need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.strategies.space import ALWAYS, Arguments


def reduced(arguments: Arguments, fails: Callable[[Arguments], bool]) -> Arguments:
    """The arguments without all that can be left out while they still fail. Large parts are tried first."""
    while True:
        for path in sorted(_paths(arguments), key=len):
            smaller = _without(arguments, path)
            if fails(smaller):
                arguments = smaller
                break
        else:
            return arguments


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        if (*path, key)[0] not in ALWAYS:
            yield (*path, key)
            yield from _paths(below, (*path, key))


def _without(value: Any, path: tuple[Any, ...]) -> Any:
    key, *rest = path
    if isinstance(value, list):
        items = [_without(item, tuple(rest)) if index == key and rest else item for index, item in enumerate(value)]
        return items if rest else [item for index, item in enumerate(items) if index != key]
    if not rest:
        return {name: item for name, item in value.items() if name != key}
    return {**value, key: _without(value[key], tuple(rest))}
