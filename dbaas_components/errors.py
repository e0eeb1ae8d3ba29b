"""Errors that say what is wrong, the value given, the values allowed and the fix, all of one input at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import pulumi
from pydantic import BaseModel, ValidationError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    `path` is the field's path as the user wrote it (`databases[0].replicas`), `message` says the value given, what is
    allowed and how to fix it, in lower case without a full stop.
    """

    path: str
    message: str

    def __str__(self) -> str:
        # In one line, whoever wrote the message: what it repeats comes from an input.
        return printable(f"{self.path}: {self.message}" if self.path else self.message)


class RefusedInput(pulumi.RunError):
    """An input was refused. `problems` holds every problem of the input, not only the first.

    As itself, and not as `SpecError`, where only an output's value told: nothing that depends on the output is
    registered. It derives from `pulumi.RunError`, so that the engine prints the message alone: a traceback into this
    library would hide the line that helps.
    """

    def __init__(self, subject: str, problems: Sequence[Problem]) -> None:
        self.subject = subject
        self.problems = tuple(problems)
        super().__init__(self._text())

    def _text(self) -> str:
        if len(self.problems) == 1:
            return f"{self.subject}: {self.problems[0]}"
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        return f"{self.subject}: {len(self.problems)} problems\n{lines}"


class SpecError(RefusedInput, ValueError):
    """An input was refused, before anything was registered."""


def printable(text: str) -> str:
    """The text in one line, with characters that a terminal would obey, or that no terminal shows, by their numbers."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def shown(value: Any) -> str:
    """The value as an error message shows it: quoted if it is text, in words if it has parts, cut to 60 characters.

    What a terminal would obey is shown by its number, and user and password within an address are left out.
    """
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER:
        # Python writes out no number beyond a length of its own, and nobody reads one.
        return "a number of more than 60 digits"
    if type(value).__repr__ is object.__repr__:
        return f"an instance of {type(value).__name__}"
    text = printable(_LOGIN.sub(r"\1...@", f'"{value}"' if isinstance(value, str) else str(value)))
    return text if len(text) <= 60 else f"{text[:57]}..."


_LONGEST_NUMBER = 200
"""Bits of a number that fits into 60 digits and a bit."""
_LOGIN = re.compile(r"(://)[^/@\s]+@")


# More words than that bury the one that helps, where one does.
_MANY = 16


def matching(pattern: str, sentence: str) -> Callable[[str], str]:
    """A check of text: what does not match as a whole is refused with its value and the sentence."""
    form = re.compile(pattern)

    def check(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(f"{shown(text)} {sentence}")
        return text

    return check


def one_of(value: str, allowed: Iterable[str]) -> str:
    """`choose a, b or c`, followed by the nearest allowed word where one is near; of many words only that one."""
    words = sorted(allowed)
    if len(words) > _MANY:
        near = difflib.get_close_matches(value, words, n=1, cutoff=0.5)
        return f'did you mean "{near[0]}"?' if near else f"known are {', '.join(words)}"
    choices = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    near = difflib.get_close_matches(value, words, n=1, cutoff=0.5)
    return f"choose {choices}" + (f'; did you mean "{near[0]}"?' if near else "")


def field_path(location: Sequence[int | str]) -> str:
    """A pydantic error location as the user would write it: `databases[0].storage.size`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


# Of anything else only the type is told: its text could be long, or secret.
_SHOWN = (str, int, float, bool, type(None), Mapping, list, tuple)
_EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "date_from_datetime_parsing": "a date such as 2027-03-31",
    "date_parsing": "a date such as 2027-03-31",
    "date_type": "a date such as 2027-03-31",
    "dict_type": "a mapping",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_attributes_type": "a mapping",
    "model_type": "a mapping",
    "string_type": "text",
    "tuple_type": "a list",
}


# The last word of a field that tells where a secret is: what stands there in a wrong form may be the secret itself.
_SECRET_FIELD = re.compile(r"(?:^|_)(?:passwords?|passphrase|secrets?|tokens?|credentials)$|_keys?$")
_NOT_SHOWN = "what was given (not shown, because it may be a secret)"


def _names_secret(location: Sequence[int | str]) -> bool:
    name = next((part for part in reversed(location) if isinstance(part, str)), "")
    return _SECRET_FIELD.search(name) is not None


def _in_short(value: object) -> str:
    return shown(value) if isinstance(value, _SHOWN) else f"a {type(value).__name__}"


_BOUNDS = {"greater_than_equal": ("least", "ge"), "less_than_equal": ("most", "le")}


def _fields_at(model: type[BaseModel], location: Sequence[int | str]) -> Iterable[str]:
    """The field names of the part at a location within a model."""
    here: Any = model
    for part in location:
        # Anything else is a place in a list, or a key of the user's in a mapping, whose values are such parts.
        if isinstance(here, type) and issubclass(here, BaseModel) and part in here.model_fields:
            here = part_of(here.model_fields[str(part)].annotation)
    return here.model_fields if isinstance(here, type) and issubclass(here, BaseModel) else ()


def part_of(annotation: Any) -> Any:
    """The model within an annotation: of an optional one, of a list's items or of a mapping's values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for argument in get_args(annotation) if (found := part_of(argument))), None)


def _is_tag(part: int | str, kind: str) -> bool:
    """Whether pydantic means one of several types that a field takes, and no field of the user's."""
    return isinstance(part, str) and (
        part.startswith(("literal[", "function-")) or (part == "bool" and "bool_" in kind)
    )


def problems_of(
    error: ValidationError, *, prefix: str = "", known: Iterable[str] = (), model: type[BaseModel] | None = None
) -> list[Problem]:
    """Every problem in a pydantic error, in this library's words.

    `known` are the field names of the model, from which the nearest to a misspelt key is offered; with `model`, they
    are those of the part in which the key stands. The value given is repeated only where it was a plain word or number:
    a nested structure would bury the message. It is never repeated in a field that tells where a secret is.
    """
    problems: list[Problem] = []
    for detail in error.errors(include_url=False):
        # Where a mapping's key is wrong, pydantic says so in place of a field.
        location = [part for part in detail["loc"] if part != "[key]"]
        if len(location) > 1 and _is_tag(location[-1], detail["type"]):
            location.pop()
        path = field_path([*([prefix] if prefix else []), *location])
        if model is not None:
            known = _fields_at(model, location[:-1])
        kind, value = detail["type"], detail["input"]
        hidden = isinstance(value, str | int | float | bytes) and _names_secret(location)
        given = _NOT_SHOWN if hidden else _in_short(value)
        if kind == "missing":
            message = "is required and was not given; add it"
        elif kind == "extra_forbidden":
            message = f"is not a known key; {one_of(str(detail['loc'][-1]), known)}" if known else "is not a known key"
        elif kind in {"value_error", "assertion_error"}:
            message = str(detail.get("ctx", {}).get("error", detail["msg"]))
            message = message.replace(shown(value), _NOT_SHOWN) if hidden else message
        elif kind == "literal_error":
            expected = str(detail.get("ctx", {}).get("expected", ""))
            allowed: list[str] = re.findall(r"'([^']*)'", expected)
            # Numbers stand there without quotes, as they are written.
            choice = one_of(value if isinstance(value, str) else "", allowed) if allowed else f"choose {expected}"
            message = f"{given} is not known here; {choice}"
        elif kind in _BOUNDS:
            word, bound = _BOUNDS[kind]
            limit = str(detail.get("ctx", {}).get(bound))
            message = f"{given} is too {'little' if word == 'least' else 'much'}; write at {word} {limit}"
        elif kind == "string_pattern_mismatch":
            message = f"{given} has not the form that is wanted here: {detail.get('ctx', {}).get('pattern')}"
        elif kind == "string_unicode":
            message = f"{given} holds half of a character, which is no text; write text"
        elif kind in _EXPECTED:
            message = f"{given} is not {_EXPECTED[kind]}; write {_EXPECTED[kind]}"
        else:
            message = f"{given} is refused: {detail['msg'][0].lower()}{detail['msg'][1:]}"
        problems.append(Problem(path, message))
    return problems
