"""Plain values travel quickly, all others as the SDK has it, and nobody can tell the difference by what arrives."""

from __future__ import annotations

import asyncio
import enum
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

import pulumi
import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc
from pulumi.runtime.settings import SETTINGS

from dbaas_components import plain_values
from dbaas_components.evaluate import UNKNOWN, Secret, evaluate
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.plain_values import quicken_plain_values, read_or_none, written_or_none

_SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=8)
_PLAIN = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)
_SENT = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


REPLACED = (
    "serialize_property",
    "serialize_properties",
    "deserialize_property",
    "translate_output_properties",
    "contains_unknowns",
)


class Word(str, enum.Enum):  # noqa: UP042 - a text that is no plain text, as providers' enumerations are
    ONE = "one"


@pytest.fixture(autouse=True)
def as_before():
    """The SDK's functions and settings are afterwards what they were."""
    functions = {name: getattr(rpc, name) for name in REPLACED}
    yield
    for name, function in functions.items():
        setattr(rpc, name, function)
    SETTINGS.outputs.clear()  # type: ignore[attr-defined]


def both_ways(act: Callable[[], Coroutine[Any, Any, Any]]) -> tuple[Any, Any]:
    """What the SDK gives by itself, and what it gives quickened."""
    by_itself = asyncio.run(act())
    quicken_plain_values(lambda: True)
    quickened = asyncio.run(act())
    return by_itself, quickened


def messages(value: Any) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct["property"] = value
    return struct


@given(_PLAIN)
def test_what_is_plain_is_written_as_the_sdk_writes_it(value: Any) -> None:
    async def write() -> Any:
        return await rpc.serialize_property(value, [], "property")

    by_itself = asyncio.run(write())
    assert repr(written_or_none(value)) == repr(by_itself)
    assert messages(written_or_none(value)) == messages(by_itself)


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=8), _PLAIN, max_size=4))
def test_plain_properties_become_the_message_that_the_sdk_makes_of_them(values: Any) -> None:
    async def write() -> Any:
        dependencies: dict[str, Any] = {}
        message = await rpc.serialize_properties(values, dependencies, None, resource.translate_input_property)
        return message, dependencies

    resource = pulumi.Resource.__new__(pulumi.Resource)
    for name in REPLACED:
        current = getattr(rpc, name)
        setattr(rpc, name, getattr(current, "_original", current))
    by_itself, quickened = both_ways(write)
    assert quickened == by_itself


@pytest.mark.parametrize(
    "values",
    [
        {"plain": 1, "word": Word.ONE},
        {"plain": [{"a": "b"}], "asset": pulumi.StringAsset("text")},
        {"plain": 1, 2: "a key that is no text"},
        {"within": {2: "a key that is no text"}},
        OrderedDict(a=1),
        {"bytes": b"bytes"},
        {"large": 10**400},
        {"half a character": "\ud800"},
        {},
    ],
    ids=["word", "asset", "key", "key within", "ordered", "bytes", "large", "half", "none"],
)
def test_properties_that_are_not_plain_are_left_to_the_sdk(values: Any) -> None:
    async def write() -> Any:
        dependencies: dict[str, Any] = {}
        try:
            return await rpc.serialize_properties(values, dependencies), dependencies
        except (OverflowError, TypeError, ValueError, AssertionError) as error:
            return type(error), str(error)

    by_itself, quickened = both_ways(write)
    assert quickened == by_itself


def test_properties_with_secrets_and_outputs_are_sent_with_what_they_depend_on() -> None:
    async def write() -> Any:
        dependencies: dict[str, Any] = {}
        values = {"plain": {"a": [1]}, "hidden": pulumi.Output.secret("x"), "late": pulumi.Output.from_input("known")}
        return await rpc.serialize_properties(values, dependencies), dependencies

    by_itself, quickened = both_ways(write)
    assert quickened == by_itself
    assert quickened[1] == {"plain": [], "hidden": [], "late": []}


def _holding_itself() -> Any:
    value: dict[str, Any] = {"n": 1}
    value["itself"] = [value]
    return value


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": [1, "b", None, {"c": 2.5}]}, False),
        ({"a": [1, {"c": pulumi.UNKNOWN}]}, True),
        (pulumi.UNKNOWN, True),
        (OrderedDict(a=pulumi.UNKNOWN), True),
        ((pulumi.UNKNOWN,), False),
        ({"asset": pulumi.StringAsset("text"), "b": [pulumi.UNKNOWN]}, True),
        (_holding_itself(), False),
    ],
    ids=["plain", "within", "alone", "ordered", "tuple", "beside an asset", "holding itself"],
)
def test_what_is_not_known_yet_is_found_where_the_sdk_finds_it(value: Any, found: bool) -> None:
    async def search() -> bool:
        return rpc.contains_unknowns(value)

    assert both_ways(search) == (found, found)


@given(_SENT)
def test_what_is_plain_is_read_as_the_sdk_reads_it(value: Any) -> None:
    struct = messages(value)
    for message in (struct, struct.fields["property"].list_value, struct.fields["property"].struct_value):
        assert repr(read_or_none(message)) == repr(rpc.deserialize_property(message))


@given(_SENT)
def test_what_was_read_needs_no_translation_where_nothing_has_another_name(value: Any) -> None:
    found = rpc.deserialize_property(messages(value))
    resource = pulumi.Resource.__new__(pulumi.Resource)
    assert rpc.translate_output_properties(found, resource.translate_output_property) == found


@pytest.mark.parametrize(
    "value",
    [
        Word.ONE,
        {"within": [{"word": Word.ONE}]},
        OrderedDict(a=1),
        pulumi.StringAsset("text"),
        {"file": pulumi.FileAsset("a.txt")},
        {1: "a key that is no text"},
        range(3),
        b"bytes",
    ],
    # Some would show an address, which differs from worker to worker.
    ids=["word", "word within", "ordered", "asset", "asset within", "key", "range", "bytes"],
)
def test_what_is_not_plain_is_left_to_the_sdk(value: Any) -> None:
    async def write() -> Any:
        try:
            return await rpc.serialize_property(value, [], "property")
        except ValueError as error:
            return str(error)

    assert written_or_none(value) is None
    by_itself, quickened = both_ways(write)
    assert quickened == by_itself


def test_outputs_secrets_and_what_is_awaited_within_a_mapping_are_still_resolved() -> None:
    async def write() -> Any:
        async def later() -> str:
            return "later"

        value = {"plain": [1, {"a": "b"}], "output": pulumi.Output.from_input("known"), "awaited": later()}
        value["secret"] = pulumi.Output.secret({"password": "hidden"})
        return await rpc.serialize_property(value, [], "property")

    by_itself, quickened = both_ways(write)
    assert quickened == by_itself
    assert quickened["output"] == "known"
    assert quickened["awaited"] == "later"


@pytest.mark.parametrize(
    "value",
    [
        rpc.UNKNOWN,
        {"deep": [{"down": rpc.UNKNOWN}]},
        {rpc._special_sig_key: rpc._special_secret_sig, "value": "hidden"},
        {"deep": [{"down": {rpc._special_sig_key: rpc._special_secret_sig, "value": {"password": "hidden"}}}]},
    ],
    ids=["unknown", "unknown within", "secret", "secret within"],
)
def test_secrets_and_unknown_values_are_read_by_the_sdk(value: Any) -> None:
    struct = messages(value)

    async def read() -> Any:
        return rpc.deserialize_property(struct)

    assert read_or_none(struct) is None
    by_itself, quickened = both_ways(read)
    assert quickened == by_itself


def test_names_that_a_resource_translates_are_translated() -> None:
    async def write() -> Any:
        sent = await rpc.serialize_property({"some_key": {"inner_key": 1}}, [], "property", None, str.upper)
        return sent, rpc.translate_output_properties({"someKey": {"innerKey": 1}}, str.lower)

    by_itself, quickened = both_ways(write)
    assert quickened == by_itself == ({"SOME_KEY": {"INNER_KEY": 1}}, {"somekey": {"innerkey": 1}})


def test_types_are_applied_where_there_are_any() -> None:
    async def read() -> Any:
        return rpc.translate_output_properties({"count": 3.0}, lambda key: key, dict[str, int])

    by_itself, quickened = both_ways(read)
    assert repr(quickened) == repr(by_itself) == "{'count': 3}"


def test_programs_without_a_component_take_the_sdks_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_values, "written_or_none", lambda _value: pytest.fail("not quickened"))
    quicken_plain_values(lambda: False)

    async def write() -> Any:
        return await rpc.serialize_property({"a": (1, 2)}, [], "property")

    assert asyncio.run(write()) == {"a": [1, 2]}


def test_a_function_of_the_sdk_that_takes_other_arguments_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def changed(item: Any, _dependencies: Any) -> Any:
        return item

    monkeypatch.setattr(rpc, "serialize_property", changed)
    quicken_plain_values(lambda: True)
    assert rpc.serialize_property is changed


def test_quickened_twice_is_quickened_once() -> None:
    quicken_plain_values(lambda: True)
    once = rpc.serialize_property
    quicken_plain_values(lambda: True)
    assert rpc.serialize_property is once


@pytest.mark.parametrize("dry_run", [False, True], ids=["up", "preview"])
def test_a_program_registers_the_same_with_and_without(dry_run: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # Another test of this process may have had the SDK take these ways already.
    for name in REPLACED:
        current = getattr(rpc, name)
        monkeypatch.setattr(rpc, name, getattr(current, "_original", current))
    seen: list[Any] = []

    def program() -> None:
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "labels": {"n": "1"}}, "data": {}}
        first = KubernetesObject("a", config)
        secret = pulumi.Output.secret("hidden")
        more = {**config, "metadata": {"name": first.id, "deep": [{"n": (1, 2.5, None, True)}]}, "data": {"s": secret}}
        second = KubernetesObject("b", more)
        pulumi.Output.all(first.metadata, second.metadata).apply(seen.append)

    def registered() -> list[Any]:
        seen.clear()
        graph = evaluate(program, dry_run=dry_run)
        return [*((one.urn, one.inputs, one.outputs, one.dependencies) for one in graph.resources), *seen]

    by_itself = registered()
    asked: list[Any] = []
    original = plain_values.written_or_none
    monkeypatch.setattr(plain_values, "written_or_none", lambda value: asked.append(value) or original(value))
    quicken_plain_values(lambda: True)
    quickened = registered()
    assert asked
    assert quickened == by_itself
    assert Secret("hidden") in [inputs["data"].get("s") for _, inputs, *_ in quickened[:2]]
    assert (quickened[1][1]["metadata"]["name"] is UNKNOWN) is dry_run
