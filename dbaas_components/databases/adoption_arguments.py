"""Arguments that were read from a custom resource, brought down to what the specification accepts. Pure."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from dbaas_components.databases.spec import DatabaseSpec, parse_database
from dbaas_components.errors import Problem, SpecError

_IDENTITY: Final = ("name", "namespace", "engine")
# Written out although they may be defaults: whoever reads the program looks for them.
_ALWAYS_SAID: Final = (("engine",), ("namespace",), ("version",), ("profile",), ("replicas",), ("storage", "size"))

Step = str | int
Steps = tuple[Step, ...]


def accepted_arguments(name: str, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The arguments without what the specification refuses, field by field, and why each of them was refused.

    Raises `SpecError` where what is refused is the identity, or where nothing that could be left out would help.
    """
    accepted = cast("dict[str, Any]", _plain(arguments))
    refused: list[Problem] = []
    while problems := _problems(name, accepted):
        problem = problems[0]
        if problem.path.partition(".")[0] in _IDENTITY:
            raise SpecError(f'database "{name}"', problems)
        steps = _given_at(accepted, problem.path) or _culprit(name, accepted, problem)
        if steps is None:
            raise SpecError(f'database "{name}"', problems)
        accepted = _left_out(accepted, steps)
        refused.append(problem)
    return accepted, refused


def without_defaults(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The shortest arguments of the same specification; what everyone looks for stays."""
    whole = parse_database(name, arguments)
    kept = cast("dict[str, Any]", _plain(arguments))
    for steps in [*_leaves(kept)]:
        if steps in _ALWAYS_SAID:
            continue
        shorter = _left_out(kept, steps)
        if _spec(name, shorter) == whole:
            kept = shorter
    return {field: kept[field] for field in DatabaseSpec.model_fields if field in kept}


def _problems(name: str, arguments: Mapping[str, Any]) -> tuple[Problem, ...]:
    try:
        parse_database(name, arguments)
    except SpecError as error:
        return error.problems
    return ()


def _spec(name: str, arguments: Mapping[str, Any]) -> DatabaseSpec | None:
    try:
        return parse_database(name, arguments)
    except SpecError:
        return None


def _culprit(name: str, arguments: dict[str, Any], problem: Problem) -> Steps | None:
    """What has to go so that a problem goes that is told of a field which was not given."""
    choices: list[Callable[[], Iterator[Steps]]] = [
        lambda: _leaves(arguments),
        lambda: ((key,) for key in arguments),
    ]
    for steps in (steps for choice in choices for steps in choice()):
        if steps[0] not in _IDENTITY and problem not in _problems(name, _left_out(arguments, steps)):
            return steps
    return None


def _given_at(arguments: Any, path: str) -> Steps | None:
    """The steps to the value that a problem's path names; None if it was not given. Keys may hold dots."""
    steps: list[Step] = []
    here: Any = arguments
    while path:
        if isinstance(here, dict):
            keys = [
                key for key in cast("dict[str, Any]", here) if path == key or path.startswith((f"{key}.", f"{key}["))
            ]
            if not keys:
                return None
            key = max(keys, key=len)
            steps.append(key)
            here = cast("Any", here[key])
            path = path[len(key) :].removeprefix(".")
        elif isinstance(here, list) and path.startswith("["):
            number, _, path = path[1:].partition("]")
            path = path.removeprefix(".")
            items = cast("list[Any]", here)
            if int(number) >= len(items):
                return None
            steps.append(int(number))
            here = items[int(number)]
            if path and isinstance(here, dict) and not _given_at(here, path):
                # Something that the item lacks: it goes whole.
                return tuple(steps)
        else:
            return None
    return tuple(steps)


def _left_out(arguments: Mapping[str, Any], steps: Steps) -> dict[str, Any]:
    """A copy without the value at these steps, and without what is empty then."""
    result = copy.deepcopy(dict(arguments))
    parents: list[Any] = [result]
    for step in steps[:-1]:
        parents.append(parents[-1][step])
    del parents[-1][steps[-1]]
    for parent, step in zip(reversed(parents[:-1]), reversed(steps[:-1]), strict=True):
        if parent[step]:
            break
        del parent[step]
    return result


def _leaves(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """The steps to every single value; a list is one."""
    if isinstance(value, dict) and value:
        for key, item in cast("dict[str, Any]", value).items():
            yield from _leaves(item, (*steps, key))
    elif steps:
        yield steps


def _plain(value: object) -> object:
    """A copy that can be changed and printed: plain mappings and lists, without what counts as not given."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in cast("Mapping[str, Any]", value).items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("list[object]", value)]
    return value
