"""Counts which fields generated specifications gave, and which fields of the custom resource came of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from dbaas_components.databases.custom_resources.checked import checked
from dbaas_components.databases.custom_resources.model import Model, key_of
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from tests.strategies import space_of
from tests.strategies.places import given_values, is_within
from tests.strategies.space import Arguments

_WORDS: Final = ("profile", "size", "version")


@dataclass
class Coverage:
    """What one engine's accepted specifications had in them."""

    engine: str
    specifications: int = 0
    refused: int = 0
    """Arguments that did not parse, and were left out."""
    given: Counter[str] = field(default_factory=Counter)
    """By path of the specification: how many specifications gave it another value than its default."""
    written: Counter[str] = field(default_factory=Counter)
    """By path of the custom resource: how many of them have it."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Objects by kind."""

    def count(self, arguments: Arguments, manifests: list[dict[str, Any]]) -> None:
        """Adds one accepted specification and its objects."""
        self.specifications += 1
        self.given.update(set(self._other_than_default(arguments)))
        self.kinds.update(manifest["kind"] for manifest in manifests)
        self.written.update(self._written(manifests))

    def is_new(self, manifests: list[dict[str, Any]]) -> bool:
        """Whether objects have a field of the custom resource that was never there."""
        return not self._written(manifests) <= self.written.keys()

    def _written(self, manifests: list[dict[str, Any]]) -> set[str]:
        kind = ENGINES[self.engine].kind
        found = [manifest["spec"] for manifest in manifests if manifest["kind"] == kind]
        return {path for spec in found for path in _written(spec, _spec_model(self.engine), "spec")}

    def _other_than_default(self, arguments: Arguments) -> Iterator[str]:
        words = tuple((word, arguments[word]) for word in _WORDS if word in arguments)
        # A word that chooses defaults is held against what it is where nobody says one.
        defaults = {**_defaults(self.engine, words), **{word: _defaults(self.engine, ())[word] for word in _WORDS}}
        for place, value in given_values(arguments):
            if value != _as_given(defaults.get(place.path, place.default)):
                yield place.path

    @property
    def left(self) -> list[str]:
        """Paths of the specification that none gave."""
        space = space_of(self.engine)
        return [path for path in space.choices if path not in self.given and path not in space.constants]

    @property
    def unwritten(self) -> list[str]:
        """Paths of the typed custom resource that were never there."""
        told = space_of(self.engine).unwritten
        return [
            path
            for path in model_paths(self.engine)
            if path not in self.written and not any(is_within(path, above) for above in told)
        ]

    @property
    def written_after_all(self) -> list[str]:
        """Fields that are told to be unwritten, and were there."""
        told = space_of(self.engine).unwritten
        return [above for above in told if any(is_within(path, above) for path in self.written)]

    def summary(self) -> str:
        """One line for people."""
        asked = len(set(space_of(self.engine).choices) - space_of(self.engine).constants)
        fields = len(model_paths(self.engine))
        objects = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        return (
            f"{self.engine}: {self.specifications} specifications accepted ({self.refused} drawn beside them did not "
            f"parse); {asked - len(self.left)} of {asked} fields of the specification given, "
            f"{fields - len(self.unwritten)} of {fields} of the custom resource written; {objects}"
        )

    def save(self, path: Path, session: str) -> None:
        """Writes everything that was counted."""
        content = {
            "session": session,
            "summary": self.summary(),
            "given": dict(self.given.most_common()),
            "written": dict(self.written.most_common()),
            "not_given": self.left,
            "not_written": self.unwritten,
        }
        path.write_text(json.dumps(content, indent=2))


@cache
def _defaults(engine: str, words: tuple[tuple[str, str], ...]) -> Mapping[str, Any]:
    spec = parse_database("orders", {"engine": engine, "namespace": "shop", **dict(words)})
    return {place.path: value for place, value in given_values(spec.model_dump(exclude_none=True))}


def _as_given(value: Any) -> Any:
    """A default in the form of arguments: lists where models hold tuples."""
    if isinstance(value, tuple):
        return [_as_given(item) for item in value]
    return value


@cache
def _spec_model(engine: str) -> type[Model]:
    return _model_in(checked(ENGINES[engine].model()).model_fields["spec"].annotation)[0]


@cache
def model_paths(engine: str) -> tuple[str, ...]:
    """Every path below `spec` of an engine's typed custom resource."""
    return tuple(_paths(_spec_model(engine), "spec"))


def _paths(model: type[Model], path: str) -> Iterator[str]:
    for name, below, mark in _fields(model):
        here = f"{path}.{name}"
        yield here
        if below is not None:
            yield from _paths(below, here + mark)


@cache
def _fields(model: type[Model]) -> tuple[tuple[str, type[Model] | None, str], ...]:
    """Names in the manifest, models below, and marks of lists and mappings."""
    return tuple(
        (key_of(model, name), *_model_in(found.annotation)) for name, found in checked(model).model_fields.items()
    )


def _model_in(annotation: Any, mark: str = "") -> tuple[Any, str]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation, mark
    if get_origin(annotation) in (list, tuple, dict):
        mark += "{}" if get_origin(annotation) is dict else "[]"
    for argument in get_args(annotation):
        below, found = _model_in(argument, mark)
        if below is not None:
            return below, found
    return None, mark


def _written(value: Any, model: type[Model], path: str) -> Iterator[str]:
    for name, below, mark in _fields(model):
        if not isinstance(value, Mapping) or name not in value:
            continue
        here = f"{path}.{name}"
        yield here
        if below is None:
            continue
        items = {"": lambda v: [v], "[]": list, "{}": lambda v: list(v.values())}[mark](value[name])
        for item in items:
            yield from _written(item, below, here + mark)
