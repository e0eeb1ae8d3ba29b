"""The base of all models of custom resources: what type checkers know of a part, and its form in a manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from inspect import get_annotations
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self, cast, dataclass_transform

from pydantic import Field
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

_SCALARS: Final = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True, slots=True)
class _Shape:
    keys: Mapping[str, str]
    """The key in a manifest of each field, in the order of both."""
    defaults: Mapping[str, Any]


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
class Model:
    """A part of a custom resource: written in our words, sent in Kubernetes' camelCase.

    A field is an annotation, with a default or a pydantic `Field` that names another key than its own in camelCase.
    Values are taken as they are: what they are made from is checked already (`DatabaseSpec`), and type checkers read
    the code that makes them. No pydantic model, because classes and validators of two hundred of those would take as
    much time as a preview of fifty databases; `checked` makes one of the same fields for whoever wants a schema.
    """

    def __init__(self, /, **values: Any) -> None:
        """Raises `TypeError` for a field that is missing or unknown."""
        shape, here = _shape_of(type(self)), self.__dict__
        here.update(shape.defaults)
        here.update(values)
        if len(here) != len(shape.keys) or not here.keys() <= shape.keys.keys():
            raise TypeError(f"{type(self).__name__} takes {', '.join(shape.keys)}, not {', '.join(here)}")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed; use `changed`", name=name, obj=self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        from dbaas_components.databases.custom_resources.checked import checked

        return handler.generate_schema(checked(cls))

    def as_given(self) -> dict[str, Any]:
        """Every field with its value; parts are themselves."""
        return dict(self.__dict__)

    def changed(self, **values: Any) -> Self:
        """A copy with other values."""
        return type(self)(**{**self.__dict__, **values})

    def says_something(self) -> bool:
        """Whether any field has a value."""
        return any(value is not None for value in self.__dict__.values())

    def manifest(self) -> dict[str, Any]:
        """The object as it is sent to the API server: camelCase, without what was not set. Nobody else holds it."""
        here = self.__dict__
        return {
            key: value if type(value) in _SCALARS else _sent(value)
            for name, key in _shape_of(type(self)).keys.items()
            if (value := here[name]) is not None
        }


def _sent(value: object) -> Any:
    if isinstance(value, Model):
        return value.manifest()
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {key: item if type(item) in _SCALARS else _sent(item) for key, item in items}
    if isinstance(value, list | tuple):
        return [item if type(item) in _SCALARS else _sent(item) for item in cast("list[object]", value)]
    return value


def key_of(model: type[Model], field: str) -> str:
    """The key of a field in a manifest."""
    return _shape_of(model).keys[field]


def default_of(model: type[Model], field: str) -> Any:
    """The default of a field, `...` where it has none."""
    return _shape_of(model).defaults.get(field, ...)


@cache
def _shape_of(model: type[Model]) -> _Shape:
    # When first used and not when declared: a stack seldom has every engine.
    keys: dict[str, str] = {}
    defaults: dict[str, Any] = {}
    for base in reversed(model.__mro__):
        for name in get_annotations(base):
            keys[name] = to_camel(name)
            default = base.__dict__.get(name, ...)
            if isinstance(default, FieldInfo):
                keys[name] = default.serialization_alias or keys[name]
                default = ... if default.is_required() else default.default
            if default is ...:
                # Declared anew without a default.
                defaults.pop(name, None)
            else:
                defaults[name] = default
    return _Shape(keys, defaults)
