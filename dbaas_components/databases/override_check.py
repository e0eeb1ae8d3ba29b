"""Whether overrides name fields that the operator's definition has, with values of the right type. Without a cluster.

Judged by the official definitions where they are at hand: in the folder `$DBAAS_CRDS`, in `../shared/crds` beside the
project, or among those that were fetched into the user's cache. Else by this library's typed models, which know only
the fields that the library writes: what they do not know is passed, and told.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from dbaas_components.errors import Problem, SpecError, one_of, shown

if TYPE_CHECKING:
    from dbaas_components.databases.engine import Engine

_PATH: Final = "overrides"
_METADATA: Final = {
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
    "finalizers": {"type": "array", "items": {"type": "string"}},
}
_WORDS: Final = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found out about overrides."""

    problems: tuple[Problem, ...] = ()
    """Fields that do not exist, and values of a wrong type."""
    unchecked: tuple[str, ...] = ()
    """Fields that nothing at hand knows; always empty where the official definitions are at hand."""


def check_overrides(engine: Engine, overrides: Mapping[str, Any]) -> Checked:
    """Problems of overrides, and what could not be checked. Their paths begin with `overrides`."""
    if not overrides:
        return Checked()
    folder = official_folder(engine)
    schema = _official_schema(folder, engine.name, _state_of(folder, engine)) if folder else None
    judge = _Judge(engine, schema is not None)
    found = list(judge.object(schema or _models_schema(engine.name), overrides, ""))
    return Checked(
        problems=tuple(one for one in found if isinstance(one, Problem)),
        unchecked=tuple(one for one in found if isinstance(one, str)),
    )


def official_folder(engine: Engine) -> Path | None:
    """The first of the folders that holds the definitions of the engine's pinned operator version."""
    given = os.environ.get("DBAAS_CRDS")
    folders = ((Path(given).expanduser(),) if given else ()) + _known_folders(os.getcwd())  # noqa: PTH109
    return next((folder for folder in folders if _files(folder, engine)), None)


def _known_folders(here: str) -> tuple[Path, ...]:
    """Where definitions may be for a program that runs in `here`."""
    # Here and not above: what fetches definitions is needed by nobody who gives no overrides.
    from dbaas_components.bootstrap.definition_sources import beside, cached_definitions

    folder = here
    # Text and no paths: asked for every database with overrides, of which this would else be most of the time.
    while not os.path.isfile(f"{folder}/Pulumi.yaml"):  # noqa: PTH113
        above = os.path.dirname(folder)  # noqa: PTH120
        if above == folder:
            return (cached_definitions(),)
        folder = above
    return beside(Path(folder)), cached_definitions()


def _files(folder: Path, engine: Engine) -> list[str]:
    place = os.path.join(folder, engine.name, engine.versions.definitions)  # noqa: PTH118 (asked for every database)
    try:
        return sorted(name for name in os.listdir(place) if "." in name)  # noqa: PTH208
    except OSError:
        return []


def _state_of(folder: Path, engine: Engine) -> tuple[tuple[str, int, int], ...]:
    """Changes whenever one of the files does."""
    place = folder / engine.name / engine.versions.definitions
    files = ((name, (place / name).stat()) for name in _files(folder, engine))
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in files)


@lru_cache(maxsize=8)
def _official_schema(folder: Path, engine_name: str, _state: object) -> dict[str, Any] | None:
    """The schema of the engine's custom resource. Read once in a process; YAML is parsed once for each user.

    `_state` changes with the files. None where the folder holds no definition that can be read, or a stand-in, which
    knows no more than our models.
    """
    from dbaas_components.bootstrap.definition_bundle import read_bundle
    from dbaas_components.databases.engines import ENGINES
    from dbaas_components.labels import STAND_IN

    engine = ENGINES[engine_name]
    try:
        definitions = read_bundle(folder, [engine_name])
    except SpecError:
        # Whoever installs the definitions is told of it; here the models judge instead.
        return None
    definition = next(one for one in definitions if one["metadata"]["name"] == engine.definition_name)
    if STAND_IN in definition["metadata"].get("annotations", {}):
        return None
    version = engine.api_version.rpartition("/")[2]
    return next(
        (one["schema"]["openAPIV3Schema"] for one in definition["spec"]["versions"] if one["name"] == version), None
    )


@lru_cache(maxsize=8)
def _models_schema(engine_name: str) -> dict[str, Any]:
    from dbaas_components.databases.custom_resources.definitions import model_schema
    from dbaas_components.databases.engines import ENGINES

    return model_schema(ENGINES[engine_name])


@dataclass(frozen=True, slots=True)
class _Judge:
    engine: Engine
    official: bool
    """Whether a schema says all that there is."""

    def object(self, schema: Mapping[str, Any], overrides: Mapping[str, Any], path: str) -> Iterator[Problem | str]:
        """Problems of a whole custom resource's overrides."""
        fields = schema["properties"]
        for key, value in overrides.items():
            if key == "spec":
                yield from self.value(fields["spec"], value, f"{path}spec")
            elif key == "metadata":
                yield from self.metadata(value)
            else:
                message = "cannot be overridden; override fields of spec, or labels, annotations and finalizers"
                yield Problem(f"{_PATH}.{key}", message)

    def metadata(self, value: Any) -> Iterator[Problem | str]:
        """The part of metadata that is a user's own: names would be other objects."""
        if not _is_mapping(value):
            yield _wrong("metadata", value, "object")
            return
        for key, item in value.items():
            if key in _METADATA:
                yield from self.value(_METADATA[key], item, f"metadata.{key}")
            else:
                message = f"cannot be overridden; {one_of(key, _METADATA)}"
                yield Problem(f"{_PATH}.metadata.{key}", message)

    def value(self, schema: Mapping[str, Any], value: Any, path: str) -> Iterator[Problem | str]:
        """Problems of a value: of its type, of its words, of the fields in it. None takes a field away."""
        kind = schema.get("type")
        if value is None:
            return
        if schema.get("x-kubernetes-int-or-string"):
            if isinstance(value, bool) or not isinstance(value, int | str):
                yield Problem(f"{_PATH}.{path}", f"{shown(value)} is no number and no text; write one of them")
        elif kind == "object" or "properties" in schema:
            if _is_mapping(value):
                yield from self.fields(schema, value, path)
            else:
                yield _wrong(path, value, "object")
        elif kind == "array":
            if _is_list(value):
                yield from self.items(schema.get("items", {}), value, path)
            else:
                yield _wrong(path, value, "array")
        elif kind in _WORDS and not _has_type(value, kind):
            yield _wrong(path, value, kind)
        elif self.official and "enum" in schema and value not in schema["enum"]:
            words = [str(word) for word in schema["enum"]]
            yield Problem(f"{_PATH}.{path}", f"{shown(value)} is not known there; {one_of(str(value), words)}")

    def fields(self, schema: Mapping[str, Any], value: Mapping[str, Any], path: str) -> Iterator[Problem | str]:
        """Problems of the fields of a mapping."""
        known: Mapping[str, Any] = schema.get("properties", {})
        others: Any = schema.get("additionalProperties")
        free = schema.get("x-kubernetes-preserve-unknown-fields") or others is True or schema.keys() <= {"type"}
        for key, item in value.items():
            here = f"{path}.{key}"
            if key in known:
                yield from self.value(known[key], item, here)
            elif _is_mapping(others):
                yield from self.value(others, item, here)
            elif free:
                continue
            elif self.official:
                yield Problem(f"{_PATH}.{here}", self.unknown(key, known))
            else:
                yield f"{_PATH}.{here}"

    def items(self, schema: Mapping[str, Any], value: list[Any], path: str) -> Iterator[Problem | str]:
        """Problems of the items of a list, which may be told how they are merged."""
        for index, item in enumerate(value):
            here = f"{path}[{index}]"
            directive = item.get("$patch") if _is_mapping(item) else None
            if directive not in (None, "delete", "replace"):
                message = f"{shown(directive)} is not known; {one_of(str(directive), ('delete', 'replace'))}"
                yield Problem(f"{_PATH}.{here}.$patch", message)
            elif _is_mapping(item):
                yield from self.value(schema, {key: one for key, one in item.items() if key != "$patch"}, here)
            else:
                yield from self.value(schema, item, here)

    def unknown(self, key: str, known: Mapping[str, Any]) -> str:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        where = f"{self.engine.kind} of operator {self.engine.versions.operator}"
        fix = f'did you mean "{near[0]}"?' if near else "leave it out"
        return f"is not a field of {where}; {fix}"


def _wrong(path: str, value: Any, kind: str) -> Problem:
    return Problem(f"{_PATH}.{path}", f"{shown(value)} is not {_WORDS[kind]}; write {_WORDS[kind]}")


def _has_type(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    types: Mapping[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": ()}
    return isinstance(value, types[kind])


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list | tuple)
