"""Checks over several fields of an input of which other fields are wrong, so that everything is told at once.

pydantic runs such checks only once every single field is right. Here they run on what is right: a check that looks at a
field that is wrong, or at one that is missing, is left out, since what it would say follows from that.
"""

from __future__ import annotations

import contextlib
import difflib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

from pydantic import BaseModel, ValidationError, create_model

from dbaas_components.errors import Problem, SpecError, field_path, part_of

Location = tuple[int | str, ...]


def problems_between_fields(
    model: type[BaseModel], given: Mapping[str, Any], wrong: Sequence[Location], at: Location = ()
) -> list[Problem]:
    """What the model's checks over several fields say of `given`, of which `wrong` are the locations of errors.

    `at` is where the model stands in the whole input. Only to be called where something is wrong: it takes its time.
    """
    problems: list[Problem] = []
    named = {str(location[0]) for location in wrong if location}
    # A misspelt key is a field that is not right either: the one that its message offers.
    fields = {one for name in named for one in difflib.get_close_matches(name, model.model_fields, n=1, cutoff=0.5)}
    for name in sorted(fields & named):
        inner = [location[1:] for location in wrong if location and location[0] == name]
        kind: type[BaseModel] | None = part_of(model.model_fields[name].annotation)
        if kind is None:
            continue
        for place, part in _parts(given.get(name), name):
            # Of a part without an error of its own pydantic has run the checks already.
            below = [location[len(place) - 1 :] for location in inner if location[: len(place) - 1] == place[1:]]
            if below:
                problems += problems_between_fields(kind, part, below, (*at, *place))
    right = {name: value for name, value in given.items() if name in model.model_fields and name not in named}
    made = _in_part(model, right, fields - set(right))
    return problems if made is None else [*problems, *_told(made, at)]


def _parts(value: Any, name: str) -> list[tuple[Location, Mapping[str, Any]]]:
    """The mappings that a field holds, itself or its items, with their locations."""
    if isinstance(value, tuple):
        items = enumerate(cast("tuple[Any, ...]", value))
        return [((name, index), item) for index, item in items if isinstance(item, Mapping)]
    return [((name,), cast("Mapping[str, Any]", value))] if isinstance(value, Mapping) else []


def _in_part(model: type[BaseModel], right: Mapping[str, Any], wrong: set[str]) -> BaseModel | None:
    """An instance with the fields that are right and the defaults of those that were not given, and without the rest;
    None where one of them is refused after all."""
    fields: dict[str, Any] = {name: (model.model_fields[name].annotation, model.model_fields[name]) for name in right}
    alone = create_model(f"{model.__name__}InPart", __config__=model.model_config, **fields)
    try:
        read = alone.model_validate(dict(right))
    except ValidationError:
        return None
    made = model.model_construct(_fields_set=set(right), **{name: getattr(read, name) for name in right})
    held = vars(made)
    for name in wrong:
        held.pop(name, None)
    for kind in model.__mro__:
        for name, check in vars(kind).items():
            # A check of several parts says what it finds before it comes to a field that is wrong.
            if inspect.isgeneratorfunction(check) and not name.startswith("__"):
                held.setdefault(name, partial(_as_far_as_it_goes, check, made))
    return made


def _as_far_as_it_goes(check: Callable[..., Iterator[Any]], *args: Any) -> Iterator[Any]:
    with contextlib.suppress(AttributeError):
        yield from check(*args)


def _told(made: BaseModel, at: Location) -> list[Problem]:
    problems: list[Problem] = []
    checks = type(made).__pydantic_decorators__.model_validators
    for name in [name for name, check in checks.items() if check.info.mode == "after"]:
        try:
            getattr(made, name)()
        except SpecError as error:
            problems += [problem_within(field_path(at), one) for one in error.problems]
        except ValueError as error:
            problems.append(Problem(field_path(at), str(error)))
        except AttributeError:
            # It looks at a field that is not there, because it is wrong.
            continue
    return problems


def problem_within(path: str, problem: Problem) -> Problem:
    """A problem of a part as one of the whole, in which the part stands at `path`."""
    return Problem(".".join(filter(None, (path, problem.path))), problem.message)
