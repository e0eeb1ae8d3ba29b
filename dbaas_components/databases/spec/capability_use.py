"""Which capabilities a specification asks for, and the refusals of those that its engine does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cache
from typing import Any, cast

from dbaas_components.databases.capabilities import CAPABILITIES, Capability, Missing
from dbaas_components.databases.engine import Engine
from dbaas_components.databases.spec.database import DatabaseSpec
from dbaas_components.errors import Problem, shown


def capability_problems(engine: Engine, given: Mapping[str, Any]) -> list[Problem]:
    """A refusal for everything in `given` that the engine cannot do in the operator version that is pinned."""
    found = sorted(_asked(given, _missing_of(engine.name), ""), key=lambda one: one[0])
    return [Problem(path, _refusal(engine, *row, value)) for _, path, value, row in found]


@dataclass(slots=True)
class _Fields:
    """What an engine does not have, as a tree of fields: each field of a specification is looked at once."""

    rows: list[tuple[int, Capability, Missing]] = dataclass_field(default_factory=list[tuple[int, Capability, Missing]])
    """Rows of the table whose path ends here, with their place in it."""
    below: dict[str, _Fields] = dataclass_field(default_factory=dict[str, "_Fields"])
    """By a key, `[]` for every item of a list, or `{}` for every value of a mapping."""


@cache
def _missing_of(engine: str) -> _Fields:
    tree = _Fields()
    for place, capability in enumerate(CAPABILITIES):
        if missing := capability.missing.get(engine):
            here = tree
            for part in capability.path.split("."):
                key = part.removesuffix("[]").removesuffix("{}")
                for step in (key, part[len(key) :]) if part != key else (key,):
                    here = here.below.setdefault(step, _Fields())
            here.rows.append((place, capability, missing))
    return tree


_Asked = tuple[int, str, object, tuple[Capability, Missing]]


def _asked(value: object, fields: _Fields, path: str) -> Iterator[_Asked]:
    """Every row of the table that a value asks for: its place, the path of the value, the value and the row."""
    for place, capability, missing in fields.rows:
        if _asks(capability, value):
            yield place, path, value, (capability, missing)
    if not fields.below:
        return
    if isinstance(value, dict):
        values = cast("dict[str, object]", value)
        for step, below in fields.below.items():
            if step == "{}":
                for key, item in values.items():
                    yield from _asked(item, below, f"{path}.{key}")
            elif (item := values.get(step)) is not None:
                yield from _asked(item, below, f"{path}.{step}" if path else step)
    elif isinstance(value, tuple) and (below := fields.below.get("[]")):
        for index, item in enumerate(cast("tuple[object, ...]", value)):
            yield from _asked(item, below, f"{path}[{index}]")


def _asks(capability: Capability, value: object) -> bool:
    if capability.value is not None:
        return type(value) is type(capability.value) and value == capability.value
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
