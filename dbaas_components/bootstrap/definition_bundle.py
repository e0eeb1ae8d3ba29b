"""Reads the operators' CustomResourceDefinitions from a folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import yaml
from platformdirs import user_cache_path

from dbaas_components.databases.engine import Engine
from dbaas_components.databases.engines import ENGINES
from dbaas_components.errors import Problem, SpecError, one_of, shown

SUFFIXES: Final = (".yaml", ".yml", ".json")
_KIND: Final = "CustomResourceDefinition"
# Part of the cache's key: to be raised when what is kept of a file changes.
_CACHE_FORMAT: Final = "1"

Definition = dict[str, Any]


def read_bundle(folder: Path, engines: Sequence[str] | None = None, *, cache: Path | None = None) -> list[Definition]:
    """Every definition of the engines' operators in `folder`, sorted by name.

    The folder is laid out as `<engine>/<operator version>/crd.yaml`; any file name with `.yaml`, `.yml` or `.json` will
    do. Only the operator version that this library pins is read: with another one, its custom resources may be refused.

    Parsing YAML of this size takes seconds, so what was parsed is kept as JSON in `cache` (default: the user's cache
    folder), under the file's content hash.

    Raises `SpecError` with every problem: an unknown engine, a missing folder, engine or version, a file that is no
    YAML, no JSON, or holds no definition of the engine's own kind.
    """
    cache = cache or parsed_definitions()
    chosen = tuple(ENGINES) if engines is None else tuple(engines)
    known = [name for name in ENGINES if name in chosen]
    # A list of the names and no set: from a program without type checks anything may be among the chosen.
    problems = [
        Problem(f"engines[{index}]", f"{shown(name)} is not an engine; {one_of(str(name), ENGINES)}")
        for index, name in enumerate(chosen)
        if name not in known
    ]
    if not chosen:
        problems.append(Problem("engines", "is empty; name at least one engine or leave it out for all"))
    found: dict[str, Definition] = {}
    if not folder.is_dir():
        message = f'"{folder}" is not a folder; give one laid out as <engine>/<operator version>/crd.yaml'
        problems.append(Problem("folder", message))
    else:
        for name in chosen:
            if name in known:
                problems += _read_engine(folder, ENGINES[name], cache, found)
    if problems:
        raise SpecError("custom resource definitions", problems)
    return [found[name] for name in sorted(found)]


def parsed_definitions() -> Path:
    """The folder in the user's cache for what was parsed."""
    return user_cache_path("dbaas-components") / "parsed-definitions"


def _read_engine(folder: Path, engine: Engine, cache: Path, found: dict[str, Definition]) -> list[Problem]:
    """Adds the engine's definitions to `found`; returns what is wrong with them."""
    version = engine.versions.definitions
    place = folder / engine.name / version
    files = sorted(path for path in place.glob("*") if path.suffix in SUFFIXES) if place.is_dir() else []
    if not files:
        return [Problem("folder", _missing(folder, engine.name, version))]
    names: set[str] = set()
    for path in files:
        try:
            definitions = cached_file(path, cache)
        except (ValueError, yaml.YAMLError) as error:
            reason = str(error).partition("\n")[0]
            return [
                Problem("folder", f'"{path}" cannot be read ({reason}); replace it by the operator\'s release file')
            ]
        found.update({definition["metadata"]["name"]: definition for definition in definitions})
        names.update(definition["metadata"]["name"] for definition in definitions)
    if engine.definition_name not in names:
        return [
            Problem("folder", f'"{place}" has no definition {engine.definition_name}; add the operator\'s crd.yaml')
        ]
    return []


def _missing(folder: Path, engine: str, version: str) -> str:
    wanted = Path(engine) / version / "crd.yaml"
    if not (folder / engine).is_dir():
        return f'"{folder}" has no definitions for {engine}; add {wanted}'
    versions = ", ".join(sorted(path.name for path in (folder / engine).iterdir() if path.is_dir())) or "no version"
    return f'"{folder}" has {engine} definitions of {versions}, and operator version {version} is needed; add {wanted}'


def cached_file(path: Path, cache: Path) -> list[Definition]:
    """The definitions in a file; what was parsed of YAML is kept in `cache` under the file's content hash."""
    content = path.read_bytes()
    if path.suffix == ".json":
        return _definitions([json.loads(content)])
    kept = cache / f"{hashlib.sha256(_CACHE_FORMAT.encode() + content).hexdigest()}.json"
    if kept.is_file():
        try:
            return cast("list[Definition]", json.loads(kept.read_bytes()))
        except ValueError:
            # Cut short by a full disk or a killed process; it is written anew below.
            kept.unlink(missing_ok=True)
    definitions = _definitions(list(yaml.load_all(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))))
    _keep(kept, definitions)
    return definitions


def _definitions(documents: list[Any]) -> list[Definition]:
    """The definitions among the documents, also those inside a List, without what only a server writes."""
    definitions: list[Definition] = []
    for document in documents:
        if not isinstance(document, dict):
            continue
        item = cast("Definition", document)
        if item.get("kind") == _KIND:
            metadata = {key: value for key, value in item["metadata"].items() if key != "creationTimestamp"}
            kept = {key: value for key, value in item.items() if key not in {"metadata", "status"}}
            definitions.append({**kept, "metadata": metadata})
        elif isinstance(item.get("items"), list):
            definitions += _definitions(item["items"])
    return definitions


def _keep(path: Path, definitions: list[Definition]) -> None:
    """Writes the cache in one step, so that a reader never sees half of it. A cache that cannot be written is none."""
    unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(definitions, separators=(",", ":")))
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
