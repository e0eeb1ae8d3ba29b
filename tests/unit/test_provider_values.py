"""Property values of the stand-in provider: to plain Python, back, and their paths."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.proto import provider_pb2 as official_provider_pb2

from embedded.provider.objects import parse_path, path_text
from embedded.provider.protocol import provider_pb2
from embedded.provider.values import UNKNOWN_TEXT, Properties, Unknown, decode, encode

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda items: st.lists(items, max_size=4) | st.dictionaries(st.text(max_size=8), items, max_size=4),
    max_leaves=20,
)
# Pulumi's paths have no way to write a backslash before a quote or at a key's end.
words = st.text(min_size=1, max_size=8).filter(lambda part: '\\"' not in f'{part}"')
parts = words.filter(lambda part: not part.isdigit() and part != "*") | st.integers(0, 99)


def of_kinds(value: Any) -> Any:
    """The value with the type of every leaf, so that `True` and 1 differ."""
    if isinstance(value, dict):
        return {key: of_kinds(item) for key, item in value.items()}
    if isinstance(value, list):
        return [of_kinds(item) for item in value]
    return (isinstance(value, bool), value)


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=8), plain, max_size=4))
def test_plain_values_survive_the_way_to_the_engine_and_back(value: dict[str, Any]) -> None:
    decoded = decode(encode(value))
    assert of_kinds(decoded.value) == of_kinds(value)
    assert decoded.known
    assert not decoded.secrets


def test_whole_numbers_come_back_as_integers_and_others_as_they_are() -> None:
    decoded = decode(encode({"replicas": 3.0, "ratio": 0.5})).value
    assert decoded == {"replicas": 3, "ratio": 0.5}
    assert isinstance(decoded["replicas"], int)


def test_a_secret_keeps_its_mark_and_its_place() -> None:
    struct = struct_pb2.Struct()
    struct.update({"spec": {"users": [{"password": {SIGNATURE: SECRET, "value": "hunter2"}}]}})
    decoded = decode(struct)
    assert decoded.value == {"spec": {"users": [{"password": "hunter2"}]}}
    assert decoded.secrets == {("spec", "users", 0, "password")}
    assert encode(decoded.value, decoded.secrets) == struct


def test_a_secret_inside_a_secret_is_marked_once() -> None:
    for paths in ([("data",), ("data", "a")], [("data", "a"), ("data",)]):
        struct = encode({"data": {"a": "x"}}, paths)
        assert struct.fields["data"].struct_value.fields[SIGNATURE].string_value == SECRET
        inner = struct.fields["data"].struct_value.fields["value"].struct_value
        assert inner.fields["a"].string_value == "x"


def test_an_unknown_value_makes_the_bag_unknown_and_goes_back_as_it_came() -> None:
    struct = struct_pb2.Struct()
    struct.update({"metadata": {"namespace": UNKNOWN_TEXT}})
    decoded = decode(struct)
    assert isinstance(decoded.value["metadata"]["namespace"], Unknown)
    assert not decoded.known
    assert encode(decoded.value) == struct


def test_an_unknown_secret_is_both() -> None:
    struct = struct_pb2.Struct()
    struct.update({"data": {SIGNATURE: SECRET, "value": UNKNOWN_TEXT}})
    assert decode(struct) == Properties({"data": Unknown(UNKNOWN_TEXT)}, {("data",)}, known=False)


@given(st.lists(parts, min_size=1, max_size=5))
def test_a_path_is_read_back_as_it_was_written(path: list[str | int]) -> None:
    assert parse_path(path_text(tuple(path))) == tuple(path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("spec", "replicas"), "spec.replicas"),
        (("spec", "containers", 0, "image"), "spec.containers[0].image"),
        (("metadata", "annotations", "a.b/c"), 'metadata.annotations["a.b/c"]'),
        (("data", 'a"b.c'), 'data["a\\"b.c"]'),
        (("data", "a\\b.c"), 'data["a\\b.c"]'),
    ],
)
def test_paths_are_written_as_pulumi_writes_them(path: tuple[str | int, ...], text: str) -> None:
    assert path_text(path) == text
    assert parse_path(text) == path


@pytest.mark.parametrize("text", ["spec[0", 'spec["a'])
def test_a_path_with_an_open_bracket_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="never closed"):
        parse_path(text)


def test_the_protocol_modules_loaded_by_path_are_the_sdks_own() -> None:
    assert provider_pb2.CheckRequest.DESCRIPTOR is official_provider_pb2.CheckRequest.DESCRIPTOR
