"""Pulumi property values as plain Python values, and back.

A plain value forgets which parts were secret, so a decoded object carries the paths of its secrets beside it. Values
that a preview does not know yet stay in place as `Unknown`, which keeps the engine's own mark for the way back.
Source of the marks: Pulumi SDK 3.246, `sdk/go/common/resource/properties.go` and `.../resource/plugin/rpc.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2

Path = tuple[str | int, ...]

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the protocol's mark of a secret, not one
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        UNKNOWN_TEXT,
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


class Unknown(str):
    """A value that only the update itself will know; its text is the engine's mark for it."""

    __slots__ = ()


@dataclass(slots=True)
class Properties:
    """A decoded property bag: its plain value, the paths of its secrets, and whether all of it is known."""

    value: dict[str, Any]
    secrets: set[Path] = field(default_factory=set)
    known: bool = True


def decode(struct: struct_pb2.Struct) -> Properties:
    """The property bag as plain Python values; whole numbers come back as integers, as Kubernetes expects them."""
    properties = Properties({})
    properties.value = _decode_fields(struct, (), properties)
    return properties


def decode_value(value: struct_pb2.Value) -> Any:
    """One value as a plain one; what in it was secret is not told."""
    return _decode(value, (), Properties({}))


def _decode_fields(struct: struct_pb2.Struct, path: Path, into: Properties) -> dict[str, Any]:
    return {key: _decode(value, (*path, key), into) for key, value in struct.fields.items()}


def _decode(value: struct_pb2.Value, path: Path, into: Properties) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        if len(text) == 36 and text in _UNKNOWN:
            into.known = False
            return Unknown(text)
        return text
    if kind == "struct_value":
        struct = value.struct_value
        if _SIGNATURE in struct.fields and struct.fields[_SIGNATURE].string_value == _SECRET:
            into.secrets.add(path)
            return _decode(struct.fields["value"], path, into)
        return _decode_fields(struct, path, into)
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "list_value":
        return [_decode(item, (*path, index), into) for index, item in enumerate(value.list_value.values)]
    if kind == "bool_value":
        return value.bool_value
    return None


def encode(value: Mapping[str, Any], secrets: Iterable[Path] = ()) -> struct_pb2.Struct:
    """The plain values as a property bag in which everything at `secrets` is marked secret."""
    struct = struct_pb2.Struct()
    _encode_fields(value, struct, _tree(secrets))
    return struct


def _tree(paths: Iterable[Path]) -> dict[Any, Any]:
    """The paths as nested dicts; `True` stands where a path ends."""
    tree: dict[Any, Any] = {}
    for path in paths:
        node = tree
        for part in path[:-1]:
            node = node.setdefault(part, {})
            if node is True:
                break
        else:
            node[path[-1]] = True
    return tree


def _encode_fields(value: Mapping[str, Any], into: struct_pb2.Struct, secrets: dict[Any, Any] | None) -> None:
    fields = into.fields
    for key, item in value.items():
        _encode(item, fields[key], secrets.get(key) if secrets else None)


def _encode(value: Any, into: struct_pb2.Value, secrets: Any) -> None:
    if secrets is True:
        marked = into.struct_value.fields
        marked[_SIGNATURE].string_value = _SECRET
        _encode(value, marked["value"], None)
    elif isinstance(value, str):
        into.string_value = value
    elif isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, int | float):
        into.number_value = value
    elif isinstance(value, dict):
        into.struct_value.SetInParent()
        _encode_fields(value, into.struct_value, secrets)
    elif isinstance(value, list):
        into.list_value.SetInParent()
        for index, item in enumerate(value):
            _encode(item, into.list_value.values.add(), secrets.get(index) if secrets else None)
    else:
        into.null_value = struct_pb2.NULL_VALUE
