"""Between Pulumi's wire format and plain Python values. All knowledge of the protocol's encoding is in this file.

The signature keys are the protocol's own (Pulumi SDK 3.246, `sdk/go/common/resource/sig`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import resource_pb2

from dbaas_components.evaluate.values import UNKNOWN, Asset, Reference, Secret, Unknown

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the protocol's marker of a secret, not a secret
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# Doubles hold every whole number up to here; beyond it a whole double may stand for a number that was rounded.
_EXACT = 2**53


def decode(value: Any) -> Any:
    """A `google.protobuf.Value` as plain Python; whole numbers are `int`, since the wire knows only doubles."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text: str = value.string_value
        return UNKNOWN if text == _UNKNOWN else text
    if kind == "struct_value":
        return _decode_mapping(value.struct_value)
    if kind == "number_value":
        return _number(value.number_value)
    if kind == "bool_value":
        return cast("bool", value.bool_value)
    if kind == "list_value":
        return [decode(item) for item in value.list_value.values]
    return None


def _number(number: float) -> int | float:
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number


def _decode_mapping(struct: Any) -> Any:
    plain = decode_struct(struct)
    signature = plain.get(_SIGNATURE)
    if signature is None:
        return plain
    if signature == _SECRET:
        return Secret(plain["value"])
    if signature == _RESOURCE:
        return Reference(plain["urn"], plain.get("id"))
    if signature == _OUTPUT:
        value = plain.get("value", UNKNOWN)
        return Secret(value) if plain.get("secret") else value
    if signature in {_ASSET, _ARCHIVE}:
        del plain[_SIGNATURE]
        kind, content = next(iter(plain.items()))
        return Asset(kind, content)
    return plain


def decode_struct(struct: Any) -> dict[str, Any]:
    """A `google.protobuf.Struct` as a dict, keys sorted: the order in which they were given is lost on the wire."""
    fields: Mapping[str, Any] = struct.fields
    return {key: decode(fields[key]) for key in sorted(fields)}


def encode(value: Any) -> Any:
    """Plain Python, `Secret`, `UNKNOWN` and `Reference` included, as JSON-like values in the protocol's encoding."""
    if isinstance(value, Secret):
        return {_SIGNATURE: _SECRET, "value": encode(value.value)}
    if isinstance(value, Unknown):
        return _UNKNOWN
    if isinstance(value, Reference):
        reference = {_SIGNATURE: _RESOURCE, "urn": value.urn}
        return reference if value.id is None else {**reference, "id": encode(value.id)}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [encode(item) for item in cast("Sequence[Any]", value)]
    return value


def encode_struct(values: Mapping[str, Any]) -> Any:
    """A mapping as a `google.protobuf.Struct`."""
    struct = struct_pb2.Struct()
    struct.update(encode(values))
    return struct


def message(name: str, **fields: Any) -> Any:
    """A new protocol message of this name."""
    return getattr(resource_pb2, name)(**fields)


def registered(*, urn: str, id: str = "", object: Any = None, unknown: bool = False) -> Any:
    """The response to a registration. `unknown` leaves outputs that are not in `object` unknown, in SDKs that can."""
    response = resource_pb2.RegisterResourceResponse(urn=urn, id=id, object=object)
    if unknown and "unknown" in response.DESCRIPTOR.fields_by_name:
        response.unknown = True
    return response


def merged(inputs: Any, outputs: Any) -> Any:
    """The inputs, each replaced by the output of the same name, as a `Struct`; `outputs` may be None."""
    if outputs is not None:
        for key in outputs.fields:
            inputs.fields[key].CopyFrom(outputs.fields[key])
    return inputs


def mentions_unknown(data: bytes) -> bool:
    """Whether anything in the bytes of a message is unknown."""
    return _UNKNOWN.encode() in data


def parse_request(name: str, data: bytes) -> Any:
    """A protocol message of this name, from its bytes."""
    return getattr(resource_pb2, name).FromString(data)


def empty() -> Any:
    """The protocol's message of nothing."""
    return empty_pb2.Empty()


def parse_struct(data: bytes) -> dict[str, Any]:
    """A `google.protobuf.Struct` in bytes as a dict."""
    return decode_struct(struct_pb2.Struct.FromString(data))
