"""An object as the program asks for it: its secrets unmasked for the API server, what is not known left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from dbaas_components.diff.document import SECRET
from dbaas_components.drift.fields import Path

_MARKS: Final = ("$unknown", "$resource", "$asset")
_STAND_IN: Final = "[secret]"  # What a program gets in place of a value that only an engine can decrypt.


@dataclass(frozen=True)
class Desired:
    """An object to compare with, and what of it is not to be shown or not known."""

    value: dict[str, Any]
    secret: list[Path] = field(default_factory=list[Path])
    unknown: list[Path] = field(default_factory=list[Path])
    texts: set[str] = field(default_factory=set[str])
    """Everything in it that is secret."""


def desired_of(inputs: Mapping[str, Any]) -> Desired:
    """The object of a resource's inputs. A list that holds something unknown is unknown as a whole."""
    found = Desired({})
    value: Any = _revealed(inputs, (), found, in_secret=False)
    if isinstance(value, dict):
        found.value.update(cast("dict[str, Any]", value))
    return found


_LEFT_OUT: Final = object()


def _revealed(value: Any, path: Path, found: Desired, *, in_secret: bool) -> Any:
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        if SECRET in fields:
            found.secret.append(path)
            return _revealed(fields[SECRET], path, found, in_secret=True)
        if any(mark in fields for mark in _MARKS):
            found.unknown.append(path)
            return _LEFT_OUT
        inner = {key: _revealed(item, (*path, key), found, in_secret=in_secret) for key, item in fields.items()}
        return {key: item for key, item in inner.items() if item is not _LEFT_OUT}
    if isinstance(value, list):
        items = [
            _revealed(item, (*path, index), found, in_secret=in_secret)
            for index, item in enumerate(cast("list[Any]", value))
        ]
        inside = [one for one in found.unknown if one[: len(path)] == path and len(one) > len(path)]
        if inside or any(item is _LEFT_OUT for item in items):
            found.unknown[:] = [one for one in found.unknown if one not in inside]
            found.unknown.append(path)
            return _LEFT_OUT
        if any(one[: len(path)] == path and len(one) > len(path) for one in found.secret):
            # The API server may have put them in another order.
            found.secret.append(path)
        return items
    if in_secret and (value is None or (isinstance(value, str) and _STAND_IN in value)):
        found.unknown.append(path)
        return _LEFT_OUT
    if in_secret and isinstance(value, str):
        found.texts.add(value)
    return value


def only(live: Any, wanted: Any) -> Any:
    """What a live object has of the fields that a program writes."""
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        fields = cast("Mapping[str, Any]", live)
        return {
            key: only(fields[key], item) for key, item in cast("Mapping[str, Any]", wanted).items() if key in fields
        }
    if isinstance(wanted, list) and isinstance(live, list):
        items, others = cast("list[Any]", wanted), cast("list[Any]", live)
        return [only(one, _counterpart(one, items, index)) for index, one in enumerate(others)]
    return live


def _counterpart(item: Any, others: list[Any], index: int) -> Any:
    name = _name(item)
    if name is not None:
        return next((one for one in others if _name(one) == name), None)
    return others[index] if index < len(others) else None


def _name(item: Any) -> Any:
    return cast("Mapping[str, Any]", item).get("name") if isinstance(item, Mapping) else None
