"""What was given, as far as it has the specification's shape: what layers of defaults may look at."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeGuard, cast, get_args, get_origin

from pydantic import BaseModel


def well_shaped(given: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """`given` without what is no mapping, or no list, where the model has one.

    The words in it may still be wrong; only its shape is sure, so that whoever reads `backup.storages` finds a mapping.
    """
    shapes = _shapes(model)
    result: dict[str, Any] = {}
    for key, value in given.items():
        shape = shapes.get(key)
        if shape is None:
            result[key] = value
        elif (kept := _kept(value, *shape)) is not None:
            result[key] = kept
    return result


@cache
def _shapes(model: type[BaseModel]) -> Mapping[str, tuple[type | None, type[BaseModel] | None]]:
    """The fields that take more than a single value: their container, if it is one, and the part within."""
    found = {
        name: (_container(field.annotation), _part(field.annotation)) for name, field in model.model_fields.items()
    }
    return {name: shape for name, shape in found.items() if shape != (None, None)}


def _kept(value: Any, origin: type | None, part: type[BaseModel] | None) -> Any:
    """The value, or what of it has the shape; None if nothing has."""
    if origin is dict:
        if not isinstance(value, Mapping):
            return None
        items = cast("Mapping[str, Any]", value)
        if part is None:
            return items
        return {key: well_shaped(item, part) for key, item in items.items() if _is_mapping(item)}
    if origin is tuple:
        if not isinstance(value, tuple):
            return None
        members = cast("tuple[Any, ...]", value)
        if part is None:
            return members
        return tuple(well_shaped(item, part) for item in members if _is_mapping(item))
    if part is None:
        return value
    if isinstance(value, str) and "size" in part.model_fields:
        return {"size": value}  # The short form of storage.
    return well_shaped(cast("Mapping[str, Any]", value), part) if isinstance(value, Mapping) else None


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _container(annotation: Any) -> type | None:
    """`dict` or `tuple`, also where the field may be left out."""
    origin = get_origin(annotation)
    if origin in (dict, tuple):
        return origin
    return next((found for one in get_args(annotation) if (found := get_origin(one)) in (dict, tuple)), None)


def _part(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _part(one))), None)
