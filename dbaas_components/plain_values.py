"""Plain values on their way to the engine and back, without the SDK's questions about each of them.

The SDK asks of every text and number in a resource whether it is an output, a resource, an asset, something to wait
for: thirty questions to each, which is most of the time of a program with large objects. Of plain values, which are
exactly text, numbers, truth values, None, dictionaries and lists of such, all the answers are no.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final, cast

import pulumi
from google.protobuf import struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.rpc import UNKNOWN

_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that makes a mapping something else, a secret for instance (Pulumi SDK 3.272, `runtime/rpc.py`)."""
_WRITE: Final = ("value", "deps", "property_key", "resource_obj", "input_transformer", "typ")
_READ: Final = ("value", "keep_unknowns", "keep_internal")
_WRITE_ALL: Final = ("inputs", "property_deps", "resource_obj", "input_transformer", "typ")
_TRANSLATE: Final = ("output", "output_transformer", "typ")
_SEARCH: Final = ("val",)


class _NotPlain(Exception):
    """Something in a value is not plain."""


def written_or_none(value: object) -> Any:
    """A copy of a plain value, as the SDK would send it: tuples as lists. None for one that is not plain."""
    try:
        return _written(value)
    except _NotPlain:
        return None


def read_or_none(value: struct_pb2.Struct | struct_pb2.ListValue) -> Any:
    """The plain value of a message, as the SDK would read it: nothing that is null in a mapping. None for another."""
    try:
        return _content(value)
    except _NotPlain:
        return None


def _written(value: object) -> Any:
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is dict:
        result: dict[str, Any] = {}
        for key, item in cast("dict[object, object]", value).items():
            if type(key) is not str:
                raise _NotPlain
            result[key] = item if type(item) in _SCALARS else _written(item)
        return result
    if kind is list or kind is tuple:
        return [item if type(item) in _SCALARS else _written(item) for item in cast("list[object]", value)]
    raise _NotPlain


def _message(values: object) -> struct_pb2.Struct:
    """The message of a resource's plain properties, as the SDK would make it: without those that are None."""
    if type(values) is not dict:
        raise _NotPlain
    message = struct_pb2.Struct()
    fields = message.fields
    for key, value in cast("dict[object, object]", values).items():
        if type(key) is not str:
            raise _NotPlain
        if value is not None:
            _fill(fields[key], value)
    return message


def _fill(field: struct_pb2.Value, value: object) -> None:
    kind = type(value)
    if kind is str:
        field.string_value = cast("str", value)
    elif kind is dict:
        # Even where nothing follows, it is a mapping.
        field.struct_value.SetInParent()
        fields = field.struct_value.fields
        for key, item in cast("dict[object, object]", value).items():
            if type(key) is not str:
                raise _NotPlain
            _fill(fields[key], item)
    elif kind is bool:
        field.bool_value = cast("bool", value)
    elif kind is int or kind is float:
        field.number_value = cast("float", value)
    elif kind is list or kind is tuple:
        field.list_value.SetInParent()
        add = field.list_value.values.add
        for item in cast("list[object]", value):
            _fill(add(), item)
    elif value is None:
        field.null_value = struct_pb2.NULL_VALUE
    else:
        raise _NotPlain


def _is_plain(value: object) -> bool:
    kind = type(value)
    if kind in _SCALARS:
        return True
    if kind is dict:
        return all(type(item) in _SCALARS or _is_plain(item) for item in cast("dict[object, object]", value).values())
    if kind is list:
        return all(type(item) in _SCALARS or _is_plain(item) for item in cast("list[object]", value))
    return False


def _content(value: struct_pb2.Struct | struct_pb2.ListValue) -> Any:
    if isinstance(value, struct_pb2.ListValue):
        return [_read(item) for item in value.values]
    fields = value.fields
    if SIGNATURE in fields:
        raise _NotPlain
    return {key: item for key, field in fields.items() if (item := _read(field)) is not None}


def _read(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        if text == UNKNOWN:
            raise _NotPlain
        return text
    if kind == "struct_value":
        return _content(value.struct_value)
    if kind == "list_value":
        return _content(value.list_value)
    if kind == "number_value":
        return value.number_value
    return value.bool_value if kind == "bool_value" else None


def quicken_plain_values(is_quickened: Callable[[], bool]) -> None:
    """Has the SDK take these ways in programs that `is_quickened` says yes to; for all others nothing changes.

    Once for each process. A function of the SDK that is gone, or takes other arguments than in 3.272, is left alone.
    """
    for name, arguments, quick in (
        ("serialize_property", _WRITE, _QuickWriting),
        ("serialize_properties", _WRITE_ALL, _QuickMessage),
        ("deserialize_property", _READ, _QuickReading),
        ("translate_output_properties", _TRANSLATE, _QuickTranslation),
        ("contains_unknowns", _SEARCH, _QuickSearch),
    ):
        original = getattr(rpc, name, None)
        if original is None or isinstance(original, _Quick):
            continue
        if tuple(inspect.signature(original).parameters)[: len(arguments)] == arguments:
            setattr(rpc, name, quick(original, is_quickened))


class _Quick:
    def __init__(self, original: Callable[..., Any], is_quickened: Callable[[], bool]) -> None:
        self._original = original
        self._is_quickened = is_quickened


class _QuickWriting(_Quick):
    """`serialize_property`: a property of a resource as it is sent."""

    async def __call__(
        self,
        value: object,
        deps: Any = None,
        property_key: Any = None,
        resource_obj: Any = None,
        input_transformer: Any = None,
        typ: Any = None,
        *rest: Any,
        **named: Any,
    ) -> Any:
        # With the other form asked for, or a log of every key, plain values are not sent as they are.
        usual = len(rest) < 3 and not named.get("return_protobuf_value") and not rpc.settings.excessive_debug_output
        if typ is None and usual and _changes_nothing(input_transformer) and self._is_quickened():
            plain = written_or_none(value)
            if plain is not None:
                return plain
        return await self._original(value, deps, property_key, resource_obj, input_transformer, typ, *rest, **named)


class _QuickMessage(_Quick):
    """`serialize_properties`: all properties of a resource as the message that is sent."""

    async def __call__(
        self,
        inputs: object,
        property_deps: dict[str, list[Any]],
        resource_obj: Any = None,
        input_transformer: Any = None,
        typ: Any = None,
        *rest: Any,
        **named: Any,
    ) -> Any:
        usual = typ is None and not rpc.settings.excessive_debug_output
        if usual and _changes_nothing(input_transformer) and self._is_quickened():
            try:
                message = _message(inputs)
            # What cannot be sent is told in the SDK's words.
            except (_NotPlain, OverflowError, RecursionError, TypeError, ValueError):
                pass
            else:
                property_deps.update((key, []) for key in message.fields)
                return message
        return await self._original(inputs, property_deps, resource_obj, input_transformer, typ, *rest, **named)


class _QuickSearch(_Quick):
    """`contains_unknowns`: whether anything in a value is known only after an update."""

    def __call__(self, val: object) -> bool:
        try:
            if self._is_quickened() and _is_plain(val):
                return False
        except RecursionError:
            # A value that holds itself, which the SDK follows.
            pass
        return self._original(val)


class _QuickReading(_Quick):
    """`deserialize_property`: a property as it came."""

    def __call__(self, value: object, keep_unknowns: Any = None, keep_internal: Any = True) -> Any:
        if isinstance(value, struct_pb2.Struct | struct_pb2.ListValue) and keep_internal and self._is_quickened():
            plain = read_or_none(value)
            if plain is not None:
                return plain
        return self._original(value, keep_unknowns, keep_internal)


class _QuickTranslation(_Quick):
    """`translate_output_properties`: a property that came under Python's names for its keys."""

    def __call__(self, output: object, output_transformer: Any, typ: Any = None, *rest: Any, **named: Any) -> Any:
        if typ is None and _changes_nothing(output_transformer) and self._is_quickened():
            # Without types and with all names as they are, the SDK makes a copy of what nobody else holds.
            return output
        return self._original(output, output_transformer, typ, *rest, **named)


def _changes_nothing(transformer: Any) -> bool:
    """Whether names stay as they are: nothing translates them, or what a resource does of itself."""
    if transformer is None:
        return True
    function = getattr(transformer, "__func__", None)
    return function is pulumi.Resource.translate_input_property or function is pulumi.Resource.translate_output_property
