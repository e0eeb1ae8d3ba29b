"""Which values a pinned chart knows: most charts ignore a misspelt one without a word.

`known/<chart>.yaml` holds the names that the chart's templates read at the pinned version, with the kind of value each
takes: `text`, `number`, `bool`, `list`, `mapping` (its keys are the user's), `any`; or names below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import pulumi
import yaml

from dbaas_components.errors import Problem, one_of, shown

_FOLDER: Final = Path(__file__).resolve().parent / "known"
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,),
    "number": (int, float),
    "bool": (bool,),
    "list": (list, tuple),
    "mapping": (dict,),
}


def value_problems(chart: str, values: Mapping[str, Any], path: str = "values") -> list[Problem]:
    """What the pinned chart would ignore or misread among `values`: unknown names and values of another kind.

    An output of another resource is taken for right; null, with which Helm drops a default, is allowed everywhere.
    """
    return _below(path, values, known_values(chart))


@lru_cache(maxsize=32)
def known_values(chart: str) -> Mapping[str, Any]:
    """The names that the chart knows, as a tree. Raises `FileNotFoundError` for a chart that is not pinned."""
    return cast("Mapping[str, Any]", yaml.safe_load((_FOLDER / f"{chart}.yaml").read_text()))


def _below(path: str, values: Mapping[str, Any], known: Mapping[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    for name, value in values.items():
        where = f"{path}.{name}"
        if name not in known:
            problems.append(Problem(where, f"is not a value that the chart knows; {one_of(str(name), known)}"))
        else:
            problems += _value(where, value, known[name])
    return problems


def _value(where: str, value: Any, known: Any) -> list[Problem]:
    if value is None or known == "any" or isinstance(value, pulumi.Output):
        return []
    if isinstance(known, Mapping):
        if isinstance(value, Mapping):
            return _below(where, cast("Mapping[str, Any]", value), cast("Mapping[str, Any]", known))
        return [Problem(where, f"{shown(value)} is not a mapping; write its fields")]
    fits = isinstance(value, _KINDS[known]) and (known == "bool" or not isinstance(value, bool))
    return [] if fits else [Problem(where, f"{shown(value)} is not what the chart takes there: {known}")]
