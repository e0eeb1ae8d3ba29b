"""Places in an object: paths as `ignore_changes` writes them, and the sets of fields that managers own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

_STEP: Final = re.compile(r'\["([^"]+)"\]|\[(\d+|\*)\]|([^.\[\]]+)')
Key = str | int | tuple[tuple[str, Any], ...]
"""A field's name, an item's number, or an item by some of its fields; `*` stands for every item."""
Path = tuple[Key, ...]


def path_of(text: str) -> Path:
    """`spec.replsets[*].size` as a path."""
    found: list[Key] = []
    for quoted, number, name in _STEP.findall(text):
        found.append(quoted or name or (int(number) if number.isdigit() else "*"))
    return tuple(found)


def owned_fields(fields: Mapping[str, Any]) -> Iterator[Path]:
    """The fields of a `fieldsV1`, down to those that have none of their own. Source: Kubernetes, server-side apply."""
    for key, below in fields.items():
        if key == ".":
            continue
        step = _step(key)
        if step is None:
            continue
        inner = {name: value for name, value in _mapping(below).items() if name != "."}
        if inner:
            for rest in owned_fields(inner):
                yield (step, *rest)
        else:
            yield (step,)


def _step(key: str) -> Key | None:
    kind, _, rest = key.partition(":")
    if kind == "f":
        return rest
    if kind not in ("k", "v", "i"):
        return None
    try:
        value: object = json.loads(rest)
    except ValueError:
        return None
    if kind == "i":
        return value if isinstance(value, int) else None
    return tuple(sorted(_mapping(value).items())) if kind == "k" else (("", value),)


def holds(value: Any, path: Path) -> bool:
    """Whether something stands at the path."""
    return any(True for _ in _places(value, path))


def values_at(value: Any, path: Path) -> list[Any]:
    """Everything at the path; `*` may find several."""
    return [container[key] for container, key in _places(value, path)]


def remove(value: Any, path: Path) -> None:
    """Takes away what stands at the path, and what holds nothing any more."""
    for container, key in reversed(list(_places(value, path))):
        del container[key]
    for length in range(len(path) - 1, 0, -1):
        for container, key in reversed(list(_places(value, path[:length]))):
            if container[key] in ({}, []):
                del container[key]


def hide(value: Any, path: Path, hidden: Any) -> None:
    """Puts `hidden(value)` in the place of what stands at the path."""
    for container, key in list(_places(value, path)):
        container[key] = hidden(container[key])


def take_over(into: Any, live: Any, path: Path) -> None:
    """Makes what stands at the path in `into` what `live` has there, or takes it away."""
    head, rest = path[0], path[1:]
    if isinstance(into, dict) and isinstance(head, str):
        fields = cast("dict[str, Any]", into)
        there = _mapping(live)
        if rest:
            if head in fields:
                take_over(fields[head], there.get(head), rest)
        elif head in there:
            fields[head] = there[head]
        else:
            fields.pop(head, None)
    elif isinstance(into, list):
        items = cast("list[Any]", into)
        for index, item in enumerate(items):
            if head not in ("*", index):
                continue
            same = _counterpart(item, live, index)
            if rest:
                take_over(item, same, rest)
            elif same is not None:
                items[index] = same


def _counterpart(item: Any, live: Any, index: int) -> Any:
    others = cast("list[Any]", live) if isinstance(live, list) else []
    name = _mapping(item).get("name")
    if name is not None:
        return next((one for one in others if _mapping(one).get("name") == name), None)
    return others[index] if index < len(others) else None


def _places(value: Any, path: Path) -> Iterator[tuple[Any, Any]]:
    if not path:
        return
    head, rest = path[0], path[1:]
    for key in _keys(value, head):
        if rest:
            yield from _places(value[key], rest)
        else:
            yield value, key


def _keys(value: Any, head: Key) -> Iterable[Any]:
    if isinstance(value, dict):
        return [head] if head in value else []
    if not isinstance(value, list):
        return []
    items = cast("list[Any]", value)
    if head == "*":
        return range(len(items))
    if isinstance(head, int):
        return [head] if head < len(items) else []
    if isinstance(head, tuple):
        if head and head[0][0] == "":
            return [index for index, item in enumerate(items) if item == head[0][1]]
        return [index for index, item in enumerate(items) if all(_mapping(item).get(name) == one for name, one in head)]
    return []


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
