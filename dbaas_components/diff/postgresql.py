"""Conditions that are PostgreSQL's alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, cast

from dbaas_components.diff.fields import FieldChange
from dbaas_components.diff.values import Condition, Object, at, number, order

# A span without a unit is seconds where a log is shipped.
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h|d|)")
_ON: Final = ("on", "true", "yes", "1")
_OFF: Final = ("off", "false", "no", "0")
_SECONDS: Final = MappingProxyType({"ms": 0.001, "s": 1, "": 1, "min": 60, "h": 3600, "d": 86400})
_AMOUNT: Final = re.compile(r"(\d{1,18}) *(B|kB|MB|GB|TB|us|ms|s|min|h|d)")
_FACTORS: Final = MappingProxyType(
    {"B": 1, "kB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
    | {"us": 1, "ms": 1000, "s": 10**6, "min": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}
)
_BYTES: Final = ("B", "kB", "MB", "GB", "TB")
_ARCHIVE_TIMEOUT: Final = 60
"""What PG operator 3.0.0 writes where nothing is said."""


def same_setting(old: object, new: object) -> bool:
    """Whether two values of a parameter mean the same: a number and its text, an amount in two units, `on` and `true`.

    What a number without a unit stands for, differs from parameter to parameter and is not weighed.
    """
    before, after = (_setting(value) for value in (old, new))
    return before is not None and before == after


def _setting(value: object) -> tuple[str, object] | None:
    if value is None:
        return None
    text = str(value).strip()
    found = _AMOUNT.fullmatch(text)
    if found is not None:
        return "bytes" if found[2] in _BYTES else "time", int(found[1]) * _FACTORS[found[2]]
    for words in (_ON[:-1], _OFF[:-1]):
        if text.lower() in words:
            return "switch", words
    return "text", text


def _few_left(change: FieldChange, _old: Object, new: Object) -> bool:
    """PostgreSQL's instance sets stand in for each other: all of them together are fewer than two."""
    sets: Any = at(new, "spec.instances")
    if not isinstance(sets, list) or order(change) > 0:
        return False
    amounts = [number(at(one, "replicas")) for one in cast("list[Any]", sets)]
    return sum(Fraction(1) if amount is None else amount for amount in amounts) < 2


def _later(change: FieldChange, _old: Object, _new: Object) -> bool:
    """A span of PostgreSQL's becomes longer, or has no end; what is no span counts as longer."""
    old, new = _seconds(change.old, _ARCHIVE_TIMEOUT), _seconds(change.new, _ARCHIVE_TIMEOUT)
    return new is None or (old is not None and new > old)


def _seconds(value: object, default: float) -> float | None:
    if value is None:
        return default
    found = _SPAN.fullmatch(str(value).strip())
    if found is None:
        return None
    amount = float(found[1]) * _SECONDS[found[2]]
    return amount or float("inf")


CONDITIONS: Final[Mapping[str, Condition]] = MappingProxyType(
    {
        "few left": _few_left,
        "set on": lambda change, old, new: str(change.new).lower() in _ON,  # noqa: ARG005
        "set off": lambda change, old, new: str(change.new).lower() in _OFF,  # noqa: ARG005
        "later": _later,
        "of an extension": lambda change, old, new: "." in change.pattern.rpartition(".parameters.")[2],  # noqa: ARG005
    }
)
