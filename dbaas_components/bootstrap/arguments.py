"""How the arguments of a platform component become its frozen specification, with all problems told at once."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar, cast

import pulumi
from pydantic import BaseModel, PlainValidator, ValidationError

from dbaas_components.bootstrap.between_fields import problem_within, problems_between_fields
from dbaas_components.errors import Problem, SpecError, field_path, problems_of, shown

_Model = TypeVar("_Model", bound=BaseModel)


def parse_arguments(model: type[_Model], subject: str, args: object) -> _Model:
    """The specification that `args` gives; `subject` names the component in errors (`vault "main"`).

    Lists become tuples, and None counts as not given. Outputs of other resources are allowed only in fields of type
    `LateText`. Checks over several fields belong into the model's validators, as `ValueError` or as `SpecError`, whose
    paths are kept. Raises `SpecError` with every problem, those of such checks also where other fields are wrong.
    """
    if not isinstance(args, Mapping):
        message = f"the arguments must be a mapping, and {_in_words(args)} was given"
        raise SpecError(subject, [Problem("", message)])
    given = cast("Mapping[object, object]", args)
    problems = [Problem(shown(key), "is a key that is not text") for key in given if not isinstance(key, str)]
    plain = cast("dict[str, Any]", _plain({key: value for key, value in given.items() if isinstance(key, str)}))
    try:
        parsed = model.model_validate(plain)
    except ValidationError as error:
        wrong = [detail["loc"] for detail in error.errors(include_url=False)]
        problems += dict.fromkeys([*_told(error, model), *problems_between_fields(model, plain, wrong)])
    else:
        if not problems:
            return parsed
    raise SpecError(subject, problems)


def _told(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Every problem; a check over several fields tells its own, from the part on in which it stands."""
    problems: list[Problem] = []
    for detail, problem in zip(error.errors(include_url=False), problems_of(error, model=model), strict=True):
        inner = detail.get("ctx", {}).get("error")
        if isinstance(inner, SpecError):
            problems += [problem_within(field_path(detail["loc"]), one) for one in inner.problems]
        else:
            problems.append(problem)
    return problems


def _plain(value: object) -> object:
    """Without what counts as not given; sequences as tuples, which a strict model wants where it holds tuples."""
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {key: _plain(item) for key, item in items if item is not None}
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in cast("Iterable[object]", value))
    return value


def _late_text(value: Any) -> Any:
    if isinstance(value, str) and value:
        return value
    if is_late(value):
        return value
    raise ValueError(f"{shown(value)} is not text; write text or give an output of another resource")


LateText = Annotated[Any, PlainValidator(_late_text)]
"""Text, or an output of another resource that becomes text when the program runs."""


def is_late(value: object) -> bool:
    """Whether a value is known only while the program runs."""
    return isinstance(value, pulumi.Output) or inspect.isawaitable(value)


def _in_words(value: object) -> str:
    return "an output of another resource" if is_late(value) else shown(value)
