"""From what was given to a complete specification, or to every problem of it at once."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi
from pydantic import ValidationError

from dbaas_components.databases.defaults import default_layers
from dbaas_components.databases.engine import Engine
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.layers import Layer, leaves, merged, sources
from dbaas_components.databases.sizes import PROFILES, SIZES
from dbaas_components.databases.spec.capability_use import capability_problems
from dbaas_components.databases.spec.database import DatabaseSpec
from dbaas_components.databases.spec.rules import common_problems, name_problem
from dbaas_components.databases.spec.well_shaped import well_shaped
from dbaas_components.errors import Problem, SpecError, one_of, problems_of, shown

_FIELDS: Final = tuple(DatabaseSpec.model_fields)
# Their content is Kubernetes' or the engine's, not ours.
_FREE: Final = ("overrides",)
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True, slots=True)
class Explained:
    """One value of a specification and who chose it."""

    path: str
    """`proxy.replicas`"""
    value: Any
    source: str
    """`given`, `profile standard`, `size small`, `engine pg`, or `library`."""


def parse_database(name: str, args: Mapping[str, object], *, path: str = "") -> DatabaseSpec:
    """The specification that `args` ask for, with defaults from the profile's, size's and engine's tables.

    `name` is the database's name unless `args`, a mapping, hold another. A value of None counts as not given. Only
    `namespace` may be a Pulumi output; it is then empty in the specification. `path` stands in front of every field in
    messages.

    Raises `SpecError` with every problem of the input: wrong types, unknown keys and words, what the engine cannot do
    in the operator version that is pinned, and what its operator would refuse later.
    """
    return _parse(name, args, path)[0]


def explain_database(name: str, args: Mapping[str, object]) -> list[Explained]:
    """Every effective value of the specification and where it came from, in the specification's order.

    Raises `SpecError` as `parse_database` does.
    """
    spec, layers = _parse(name, args, "")
    chosen_by = sources(layers)
    return [
        Explained(path, value, chosen_by.get(path, "library"))
        for path, value in leaves(spec.model_dump(exclude_none=True))
    ]


def _parse(name: str, args: Mapping[str, object], path: str) -> tuple[DatabaseSpec, list[Layer]]:
    # A program without type checks, or a YAML file, may hold anything here.
    unchecked = cast("object", args)
    if not isinstance(unchecked, Mapping):
        message = (
            f"the arguments must be a mapping, and {_in_words(unchecked)} was given; write engine, namespace and others"
        )
        raise SpecError(_subject(name), [Problem(path, message)])
    keyed = cast("Mapping[object, object]", unchecked)
    problems = [_key_problem(path, key) for key in keyed if not isinstance(key, str)]
    late: list[object] = []
    given = cast("dict[str, Any]", _plain({k: v for k, v in keyed.items() if isinstance(k, str)}, late))
    given.setdefault("name", name)
    subject = _subject(given["name"] if isinstance(given["name"], str) else name)
    if _is_late(given.get("namespace")):
        del given["namespace"]
    for where in _late_paths(given) if late else ():
        problems.append(_late_problem(_joined(path, where)))
        _drop(given, where.split("."))
    given.setdefault("name", "unnamed")
    required = [field for field in ("namespace", "engine") if keyed.get(field) is None]
    problems += [Problem(_joined(path, field), "is required and was not given; add it") for field in required]
    problems += _word_problems(given, path)
    engine = ENGINES.get(given.get("engine", ""))
    spec, layers, type_problems = _read(engine, given, path)
    problems += type_problems
    if spec is not None:
        told = [*common_problems(spec, engine)]
        if engine:
            told += [*capability_problems(engine, given), *engine.check(spec), *_override_problems(engine, spec)]
        # What is missing or wrong in itself has a stand-in here, of which nothing is to be said.
        seen = {problem.path for problem in problems}
        problems += [
            Problem(where, problem.message) for problem in told if (where := _joined(path, problem.path)) not in seen
        ]
    if isinstance(keyed.get("storage"), str):
        # The short form is blamed where it stands.
        short, long = _joined(path, "storage"), _joined(path, "storage.size")
        problems = [Problem(short, one.message) if one.path == long else one for one in problems]
    if problems or spec is None:
        raise SpecError(subject, sorted(problems, key=lambda problem: _position(problem, path)))
    return spec, layers


def _override_problems(engine: Engine, spec: DatabaseSpec) -> Iterable[Problem]:
    if not spec.overrides:
        return ()
    # Here and not above: few databases leave the paved road, and the definitions are large.
    from dbaas_components.databases.override_check import check_overrides

    return check_overrides(engine, spec.overrides).problems


def _plain(value: object, late: list[object]) -> object:
    """Without what counts as not given; sequences as tuples, which a strict model wants where it holds tuples.

    Collects in `late` what is known only while the program runs.
    """
    # By exact type first, and not by protocol: this looks at every value of every database.
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is dict or isinstance(value, Mapping):
        result: dict[object, object] = {}
        for key, item in cast("Mapping[object, object]", value).items():
            if type(item) in _SCALARS:
                if item is not None:
                    result[key] = item
            elif key in _FREE:
                result[key] = copy.deepcopy(item)
                late += [item] if _holds_late(item) else []
            else:
                result[key] = _plain(item, late)
        return result
    if isinstance(value, list | tuple):
        items = cast("Iterable[object]", value)
        return tuple([item if type(item) in _SCALARS else _plain(item, late) for item in items])
    if _is_late(value):
        late.append(value)
    return value


def _subject(name: object) -> str:
    return f"database {shown(name)}" if isinstance(name, str) else "database"


def _in_words(value: object) -> str:
    return "an output of another resource" if _is_late(value) else shown(value)


def _key_problem(path: str, key: object) -> Problem:
    """YAML reads an unquoted `true` or `1` as something else than text, also where it is a key."""
    written = str(key).lower() if isinstance(key, bool) else shown(key)
    return Problem(_joined(path, written), f"is a key that is not text; {one_of(written, _FIELDS)}")


def _is_late(value: object) -> bool:
    if isinstance(value, str | int | float):
        return False  # Nearly everything is, and the other questions take long.
    return isinstance(value, pulumi.Output) or inspect.isawaitable(value)


def _late_paths(given: dict[str, Any]) -> list[str]:
    return [path for path, value in leaves(given) if _holds_late(value)]


def _holds_late(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_late, cast("dict[object, object]", value).values()))
    if isinstance(value, tuple | list):
        return any(map(_holds_late, cast("Iterable[object]", value)))
    return _is_late(value)


def _late_problem(path: str) -> Problem:
    return Problem(path, "is an output of another resource; only namespace may be one, so write a plain value")


def _joined(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field


def _position(problem: Problem, path: str) -> int:
    """Where a problem's field stands in the specification; unknown keys come last."""
    field = problem.path.removeprefix(f"{path}.").partition(".")[0].partition("[")[0]
    return _FIELDS.index(field) if field in _FIELDS else len(_FIELDS)


def _word_problems(given: dict[str, Any], path: str) -> list[Problem]:
    """Problems of the words that choose the defaults. A wrong one is taken out, so that the rest can be read."""
    problems: list[Problem] = []

    def refuse(field: str, message: str) -> None:
        problems.append(Problem(_joined(path, field), message))
        del given[field]

    for field, noun, allowed in (
        ("engine", "an engine", ENGINES),
        ("profile", "a profile", PROFILES),
        ("size", "a size", SIZES["pg"]),
    ):
        value = given.get(field)
        if isinstance(value, str) and value not in allowed:
            refuse(field, f"{shown(value)} is not {noun}; {one_of(value, allowed)}{_meant(field, value)}")
        elif value is not None and not isinstance(value, str):
            refuse(field, f"{shown(value)} is not text; write text")
    engine, version = ENGINES.get(given.get("engine", "")), given.get("version")
    if version is not None and not isinstance(version, str):
        # YAML reads an unquoted `8.4` as a number.
        fix = f'it in quotes, "{shown(version)}"' if isinstance(version, int | float) else "text"
        refuse("version", f"{shown(version)} is not text; write {fix}")
    elif engine and version is not None and version not in engine.versions.series:
        series = engine.versions.series
        refuse("version", f"{shown(version)} is not a version of {engine.name}; {one_of(version, series)}")
    if isinstance(given["name"], str) and (reason := name_problem(given["name"], engine)):
        refuse("name", reason)
        given["name"] = "unnamed"
    return problems


def _meant(field: str, value: str) -> str:
    if field != "engine":
        return ""
    meant = sorted(f'"{engine.name}"' for engine in ENGINES.values() if value.lower() in engine.also_called)
    return f"; did you mean {' or '.join(meant)}?" if meant else ""


def _read(
    engine: Engine | None, given: dict[str, Any], path: str
) -> tuple[DatabaseSpec | None, list[Layer], list[Problem]]:
    """The specification of what can be read, its layers, and the problems of what cannot.

    What is wrong is taken out and the rest read again, so that one wrong field hides no other's problem.
    """
    problems: list[Problem] = []
    # Without an engine any one will do for what holds for all of them.
    stand_in = engine or next(iter(ENGINES.values()))
    if spec := _read_well_formed(stand_in, given):
        return (*spec, problems)
    while True:
        layers = [*default_layers(stand_in, well_shaped(given, DatabaseSpec)), Layer("given", given)]
        try:
            return DatabaseSpec.model_validate({"engine": stand_in.name, **merged(layers)}), layers, problems
        except ValidationError as error:
            told = problems_of(error, prefix=path, model=DatabaseSpec)
            locations = [[str(part) for part in detail["loc"]] for detail in error.errors(include_url=False)]
            before = copy.deepcopy(given)
            # A default that follows from a wrong value is wrong with it, and nobody wrote it.
            ours = [one for one, location in zip(told, locations, strict=True) if _drop(given, location)]
            given.setdefault("name", "unnamed")
            # What was taken out for its value is not missing besides.
            seen = {problem.path for problem in problems}
            problems += [problem for problem in ours or told if problem.path not in seen]
            if given == before:
                return None, layers, problems


def _read_well_formed(engine: Engine, given: dict[str, Any]) -> tuple[DatabaseSpec, list[Layer]] | None:
    """The specification of what has no problem in its form, as nearly all have; None for the rest.

    Whether everything has its shape shows in the end, so that it need not be asked of each value beforehand.
    """
    # The short form of storage is taken for the long one only where shapes are looked at.
    if isinstance(given.get("storage"), str):
        return None
    try:
        layers = [*default_layers(engine, given), Layer("given", given)]
        return DatabaseSpec.model_validate({"engine": engine.name, **merged(layers)}), layers
    # What is looked up in a value of another shape fails in one of these ways.
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _drop(given: dict[str, Any], location: list[str]) -> bool:
    """Takes the value at a location out of nested mappings; of a list, the whole list. False if nothing is there."""
    here = given
    for part, following in zip(location, [*location[1:], ""], strict=True):
        below: Any = here.get(part)
        if not isinstance(below, dict) or following not in below:
            return here.pop(part, None) is not None
        here = cast("dict[str, Any]", below)
    return False
