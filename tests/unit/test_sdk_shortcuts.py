"""Shortcuts give what the SDK's own functions give, and keep nothing alive."""

from __future__ import annotations

import asyncio
import gc
import traceback
import weakref
from collections.abc import Callable
from typing import Any, cast

import pulumi
import pytest
from pulumi.runtime import resource as resource_module
from pulumi.runtime import rpc_manager as rpc_manager_module
from pulumi.runtime.settings import SETTINGS

from dbaas_components.sdk_shortcuts import keep_chatter_here, take_shortcuts

sdk_resources = cast("Any", resource_module)
rpc_manager = cast("Any", rpc_manager_module)


@pytest.fixture(autouse=True)
def as_before():
    """The SDK's functions are its own before, and what they were afterwards."""
    names = ("_get_source_position_for_frame", "_get_stack_trace", "create_urn", "traceback", "log")
    places = [(sdk_resources, name) for name in names] + [(rpc_manager, "log")]
    found = [(place, name, getattr(place, name)) for place, name in places]
    for place, name, function in found:
        setattr(place, name, getattr(function, "_original", function))
    yield
    for place, name, function in found:
        setattr(place, name, function)
    cast("Any", SETTINGS).outputs.clear()


def by_itself_and_quickened(act: Callable[[], Any]) -> list[Any]:
    """What comes without and with the shortcuts, called from one line."""
    state = {"quickened": False}
    take_shortcuts(lambda: state["quickened"])
    found: list[Any] = []
    for on in (False, True):
        state["quickened"] = on
        found.append(act())
    return found


class Base:
    def __init__(self) -> None:
        self.trace = sdk_resources._get_stack_trace()


class Kind(Base):
    def __init__(self) -> None:
        super().__init__()


class Concrete(Kind):
    def __init__(self) -> None:
        super().__init__()


def declared() -> Any:
    return Concrete().trace


def test_the_call_stack_is_the_one_that_the_sdk_finds() -> None:
    traces = by_itself_and_quickened(declared)
    assert traces[0] == traces[1]
    first = traces[1].frames[0].pc
    assert first.uri.endswith("test_sdk_shortcuts.py")
    assert first.line == declared.__code__.co_firstlineno + 1


def test_a_remembered_stack_is_that_of_its_own_line() -> None:
    take_shortcuts(lambda: True)
    first, second = declared(), declared()
    third = [declared() for _ in range(2)]
    lines = [[frame.pc.line for frame in trace.frames][:2] for trace in (first, second, *third)]
    above = test_a_remembered_stack_is_that_of_its_own_line.__code__.co_firstlineno + 2
    inner = declared.__code__.co_firstlineno + 1
    assert lines == [[inner, above], [inner, above], [inner, above + 1], [inner, above + 1]]


def test_no_more_stacks_are_remembered_than_a_program_can_do_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dbaas_components.sdk_shortcuts._MOST_STACKS", 2)
    take_shortcuts(lambda: True)
    for line in range(1, 9):
        exec("\n" * line + "made = declared()", {"declared": declared})
        assert len(sdk_resources._get_stack_trace._known) <= 2


@pytest.mark.parametrize("module", [sdk_resources, rpc_manager], ids=["resource", "rpc_manager"])
def test_of_the_sdks_log_only_its_own_debug_messages_are_left_out(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    for name in ("debug", "warn"):
        monkeypatch.setattr(pulumi.log, name, lambda message, name=name: said.append(f"{name} {message}"))
    state = {"quiet": True}
    keep_chatter_here(lambda: state["quiet"])
    keep_chatter_here(lambda: False)
    module.log.debug("chatter")
    module.log.warn("care")
    state["quiet"] = False
    module.log.debug("asked for")
    assert said == ["warn care", "debug asked for"]


def test_no_source_file_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linecache.checkcache", lambda *_: pytest.fail("looked at a file"))
    take_shortcuts(lambda: True)
    assert declared().frames


def test_nothing_that_a_caller_holds_outlives_it_with_collection_off() -> None:
    take_shortcuts(lambda: True)

    def caller() -> weakref.ref[Base]:
        held = Concrete()
        return weakref.ref(held)

    was = gc.isenabled()
    gc.disable()
    try:
        assert caller()() is None
    finally:
        if was:
            gc.enable()


def test_the_rest_of_the_module_is_pythons_own() -> None:
    take_shortcuts(lambda: True)
    assert sdk_resources.traceback.format_exc is traceback.format_exc
    assert len(sdk_resources.traceback.extract_stack(limit=1)) == 1


_OUTPUT = "an output"
_PARENTS = [
    None,
    "",
    "no urn",
    "urn:pulumi:dev::project::pulumi:pulumi:Stack::project-dev",
    "urn:pulumi:dev::project::a:b:C$d:e:F::name::with::colons",
]


@pytest.mark.parametrize("parent", [*_PARENTS, _OUTPUT], ids=str)
def test_urns_are_those_that_the_sdk_makes(parent: Any) -> None:
    async def urn() -> tuple[Any, ...]:
        late = "urn:pulumi:dev::project::a:b:C::above"
        above = pulumi.Output.from_input(late) if parent is _OUTPUT else parent
        made = sdk_resources.create_urn("name", "a:b:C", above)
        return await made.future(), await made.is_known(), await made.is_secret(), await made.resources()

    found = by_itself_and_quickened(lambda: asyncio.run(urn()))
    assert found[0] == found[1]
    assert found[0][0].endswith("a:b:C::name")


def test_a_plain_urn_is_known_at_once() -> None:
    take_shortcuts(lambda: True)

    async def tasks() -> int:
        sdk_resources.create_urn("name", "a:b:C", "urn:pulumi:dev::project::a:b:C::above")
        return len(asyncio.all_tasks())

    assert asyncio.run(tasks()) == 1


def test_what_a_release_of_the_sdk_does_not_have_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sdk_resources, "create_urn")
    take_shortcuts(lambda: True)
    assert not hasattr(sdk_resources, "create_urn")


def test_taken_twice_they_are_taken_once() -> None:
    take_shortcuts(lambda: True)
    once = [sdk_resources.create_urn, sdk_resources.traceback, sdk_resources._get_source_position_for_frame]
    take_shortcuts(lambda: True)
    again = [sdk_resources.create_urn, sdk_resources.traceback, sdk_resources._get_source_position_for_frame]
    assert all(one is other for one, other in zip(once, again, strict=True))
