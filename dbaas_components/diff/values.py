"""Reading the values of custom resources, for the conditions of the tables of effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any, cast

from dbaas_components.diff.fields import FieldChange
from dbaas_components.quantities import Quantity

Object = Mapping[str, Any]
Condition = Callable[[FieldChange, Object, Object], bool]


def number(value: object) -> Fraction | None:
    """A number or a Kubernetes quantity; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return Fraction(value) if isfinite(value) else None
    try:
        return Quantity.parse(value).amount if isinstance(value, str) else None
    except ValueError:
        return None


def at(value: object, path: str) -> Any:
    """The field at a path of plain names; None where there is none."""
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = cast("Object", value).get(name)
    return value


def order(change: FieldChange) -> int:
    """1 where a number or a quantity grows, -1 where it shrinks, 0 otherwise."""
    old, new = number(change.old), number(change.new)
    if old is None or new is None:
        return 0
    return (new > old) - (new < old)


def tag_of(image: object) -> str:
    """The tag of an image, which alone says its version: a name such as proxysql2 and a port have numbers as well."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2] if isinstance(image, str) else ""
