"""Layers of values: what the profile, the size and the engine say, and on top what was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Layer:
    """Values of one source, nested as the specification is, in plain dictionaries."""

    source: str
    """Who says so: `profile standard`, `size small`, `engine pg`, `given`."""
    values: Mapping[str, Any]


def merged(layers: Iterable[Layer]) -> dict[str, Any]:
    """All layers in one, a later one over an earlier one. Mappings are merged, all else is replaced whole.

    The result shares values with the layers: it is for reading.
    """
    result: dict[str, Any] = {}
    for layer in layers:
        _merge(result, layer.values)
    return result


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    value: Any
    for key, value in values.items():
        # A dictionary and no other mapping: the question after a protocol takes ten times as long.
        if type(value) is dict and type(below := into.get(key)) is dict:
            # A copy, because it may be a layer's own.
            into[key] = fresh = dict(cast("dict[str, Any]", below))
            _merge(fresh, cast("dict[str, Any]", value))
        else:
            # A value that is no mapping gives way: `storage: 100Gi` is the short form of a mapping.
            into[key] = value


def sources(layers: Iterable[Layer]) -> dict[str, str]:
    """For the path of every single value (`proxy.replicas`): the source whose value holds.

    A value that is written in place of a mapping, as `storage: 100Gi` is, holds for everything in it.
    """
    result: dict[str, str] = {}
    for layer in layers:
        for path, value in leaves(layer.values):
            if not isinstance(value, Mapping):
                for below in [known for known in result if known.startswith(f"{path}.")]:
                    result[below] = layer.source
            result[path] = layer.source
    return result


def leaves(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value with its path. A list, and a mapping that is empty, is one value."""
    for key, value in values.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict) and value:
            yield from leaves(cast("dict[str, Any]", value), here)
        else:
            yield here, value
