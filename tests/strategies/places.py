"""All places of the specification at which a value can be given, read from its models.

A place is named by its path: `storage.size`, `users[].grants`, `backup.storages{}.prefix`; `[]` stands for each item of
a list of parts and `{}` for each value of a mapping of parts. Lists and mappings of plain words are one place.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from dbaas_components.databases.spec.database import DatabaseSpec

Kind = Literal["leaf", "part", "list", "mapping"]
_STEP = re.compile(r"[^.]+")


@dataclass(frozen=True)
class Place:
    """One field of the specification."""

    path: str
    kind: Kind
    """`leaf` holds a value; `part` holds fields; `list` and `mapping` hold parts."""
    annotation: Any
    """Type of a leaf's value, without None; of a mapping's keys."""
    required: bool
    default: Any
    optional: bool
    """Whether it may be None, so that to give it at all says something."""
    below: tuple[Place, ...] = ()

    @property
    def inside(self) -> str:
        """What the paths of the fields below begin with."""
        return self.path + {"list": "[]", "mapping": "{}"}.get(self.kind, "")

    @property
    def presence(self) -> bool:
        """Whether it can be given without saying anything more: `arbiter: {}`."""
        return self.kind == "part" and self.optional and not any(place.required for place in self.below)


@cache
def root() -> Place:
    """The whole specification."""
    return Place("", "part", None, True, None, False, _fields(DatabaseSpec, ""))


def _fields(model: type[BaseModel], path: str) -> tuple[Place, ...]:
    prefix = f"{path}." if path else ""
    return tuple(_place(f"{prefix}{name}", found) for name, found in model.model_fields.items())


def _place(path: str, found: Any) -> Place:
    annotation = found.annotation
    if found.metadata:
        annotation = Annotated[annotation, *found.metadata]
    annotation, optional = _without_none(annotation)
    default = None if found.is_required() else found.get_default(call_default_factory=True)
    kind, inner, below = _kind(annotation)
    if kind == "leaf":
        return Place(path, kind, annotation, found.is_required(), default, optional)
    inside = path + {"list": "[]", "mapping": "{}"}.get(kind, "")
    return Place(path, kind, inner, found.is_required(), default, optional, _fields(below, inside))


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in (Union, types.UnionType) and type(None) in get_args(annotation):
        # A further word beside a type is said by the tables.
        return next(option for option in get_args(annotation) if option is not type(None)), True
    if get_origin(annotation) in (Union, types.UnionType) and get_args(annotation)[0] is bool:
        return bool, False
    return annotation, False


def _kind(annotation: Any) -> tuple[Kind, Any, Any]:
    """What a field holds, the type of a mapping's keys, and the model of the parts within it."""
    if _is_part(annotation):
        return "part", None, annotation
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is tuple and _is_part(arguments[0]):
        return "list", None, arguments[0]
    if origin is dict and _is_part(arguments[1]):
        return "mapping", arguments[0], arguments[1]
    return "leaf", None, None


def _is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def walk(place: Place) -> Iterator[Place]:
    """Every place below this one, in the models' order."""
    for below in place.below:
        yield below
        yield from walk(below)


def container_of(path: str) -> str:
    """The innermost list or mapping that a path runs through: `users[]` for `users[].name`, else nothing."""
    end = max(path.rfind("[]."), path.rfind("{}."))
    return "" if end < 0 else path[: end + 2]


def is_within(path: str, above: str) -> bool:
    """Whether a path is `above` or runs through it."""
    return path == above or (path.startswith(above) and path[len(above)] in ".[{")


def given_values(arguments: Any, place: Place | None = None) -> Iterator[tuple[Place, Any]]:
    """Every leaf, and every part that can be given bare, that arguments hold, with its value; once for each item."""
    place = place or root()
    for below in place.below:
        if below.path.rpartition(".")[2] not in arguments:
            continue
        value = arguments[below.path.rpartition(".")[2]]
        if below.path == "storage" and isinstance(value, str):
            # The short form.
            value = {"size": value}
        if below.kind == "leaf":
            yield below, value
            continue
        if below.presence:
            yield below, value
        items = {"part": lambda v: [v], "list": list, "mapping": lambda v: list(v.values())}[below.kind](value)
        for item in items:
            yield from given_values(item, below)


def variants(arguments: dict[str, Any], path: str, *values: Any) -> Iterator[dict[str, Any]]:
    """Copies of arguments, in each of which one thing at a path is left out, or has another value instead."""
    yield from _variants(arguments, _STEP.findall(path), values)


def _variants(value: Any, steps: list[str], new: tuple[Any, ...]) -> Iterator[Any]:
    name = steps[0].removesuffix("[]").removesuffix("{}")
    if not isinstance(value, dict) or name not in value:
        return
    below = value[name]
    if len(steps) == 1:
        yield {key: item for key, item in value.items() if key != name}
        yield from ({**value, name: other} for other in new)
    elif steps[0].endswith("[]"):
        for index, item in enumerate(below):
            for other in _variants(item, steps[1:], new):
                yield {**value, name: [*below[:index], other, *below[index + 1 :]]}
    elif steps[0].endswith("{}"):
        for key, item in below.items():
            yield from ({**value, name: {**below, key: other}} for other in _variants(item, steps[1:], new))
    else:
        # `storage` in its short form.
        part = {"size": below} if isinstance(below, str) else below
        yield from ({**value, name: other} for other in _variants(part, steps[1:], new))
