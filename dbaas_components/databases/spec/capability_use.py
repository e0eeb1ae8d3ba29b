"""Which capabilities a specification asks for, and the refusals of those that its engine does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

from dbaas_components.databases.capabilities import CAPABILITIES, Capability, Missing
from dbaas_components.databases.engine import Engine
from dbaas_components.databases.spec.database import DatabaseSpec
from dbaas_components.errors import Problem, shown


def capability_problems(engine: Engine, given: Mapping[str, Any]) -> Iterator[Problem]:
    """A refusal for everything in `given` that the engine cannot do in the operator version that is pinned."""
    for first, rows in _missing_of(engine.name).items():
        if first not in given:
            continue
        for capability, missing, parts in rows:
            for path, value in _found(given, parts):
                if _asks(capability, value):
                    yield Problem(path, _refusal(engine, capability, missing, value))


@cache
def _missing_of(engine: str) -> Mapping[str, list[tuple[Capability, Missing, list[str]]]]:
    """What an engine does not have, by the first field of its path: most specifications give few of those."""
    result: dict[str, list[tuple[Capability, Missing, list[str]]]] = {}
    for capability in CAPABILITIES:
        if missing := capability.missing.get(engine):
            parts = capability.path.split(".")
            first = parts[0].removesuffix("[]").removesuffix("{}")
            result.setdefault(first, []).append((capability, missing, parts))
    return result


def _asks(capability: Capability, value: object) -> bool:
    if capability.value is not None:
        return value == capability.value
    field = DatabaseSpec.model_fields.get(capability.path)
    if value == {}:
        # `sharding: {}` asks for it with all its defaults; an empty mapping of what is always there asks for nothing.
        return field is not None and field.default is None
    if field is not None and field.default is not None and value == field.default:
        # `replica_set: rs0` is what every specification says, also when its arguments are written out again.
        return False
    return not (value is None or value is False or value == ())


def _refusal(engine: Engine, capability: Capability, missing: Missing, value: object) -> str:
    what = f"{shown(value)}: " if isinstance(value, str | int) and not isinstance(value, bool) else ""
    # "has no a choice" is no sentence: the words are those of a table's row.
    missed = capability.words.removeprefix("no ").removeprefix("an ").removeprefix("a ")
    message = f"{what}{engine.name} {engine.versions.operator} has no {missed}"
    if capability.words.startswith("no "):
        message = f"{what}{engine.name} {engine.versions.operator} needs a {capability.words.removeprefix('no ')}"
    message += f", because {missing.because}"
    if missing.since:
        message += f" (version {missing.since} of its operator brings it)"
    return f"{message}; {missing.instead}" if missing.instead else message


def _found(value: Any, parts: list[str], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value at a path in which `[]` stands for each item of a list and `{}` for each value of a mapping."""
    if not parts:
        yield path, value
        return
    if not isinstance(value, dict):
        return
    name, rest = parts[0], parts[1:]
    key = name.removesuffix("[]").removesuffix("{}")
    below = cast("dict[str, Any]", value).get(key)
    here = f"{path}.{key}" if path else key
    if name.endswith("[]"):
        items = cast("tuple[Any, ...]", below) if isinstance(below, tuple) else ()
        for index, item in enumerate(items):
            yield from _found(item, rest, f"{here}[{index}]")
    elif name.endswith("{}"):
        values = cast("Mapping[str, Any]", below if isinstance(below, Mapping) else {})
        for item_key, item in values.items():
            yield from _found(item, rest, f"{here}.{item_key}")
    elif below is not None:
        yield from _found(below, rest, here)
