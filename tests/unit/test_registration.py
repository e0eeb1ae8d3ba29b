"""Collection is paused while resources are registered and never longer, and the SDK waits for one task."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import traceback
from typing import Any, cast

import pulumi
import pytest
from pulumi.runtime import resource as sdk_resources
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.proto.engine_pb2_grpc import EngineStub
from pulumi.runtime.settings import SETTINGS as SDK_SETTINGS

from dbaas_components import registration
from dbaas_components.registration import collection_paused, quicken_registration

# The SDK keeps its settings for each context behind a descriptor, which no type checker sees through.
SETTINGS = cast("Any", SDK_SETTINGS)


@pytest.fixture(autouse=True, params=[True, False], ids=["collection on", "collection off"])
def before(request: pytest.FixtureRequest):
    """Whatever the state was before is the state afterwards, both ways."""
    was = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    assert gc.isenabled() is request.param
    (gc.enable if was else gc.disable)()
    SETTINGS.outputs.clear()
    SETTINGS.rpc_manager.clear()


def test_it_is_off_inside_and_nested_uses_do_not_wake_it():
    with collection_paused():
        with collection_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()


def test_an_error_restores_it():
    with pytest.raises(KeyError), collection_paused():
        raise KeyError


def test_threads_that_overlap_do_not_wake_it_for_each_other():
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with collection_paused():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with collection_paused():
        thread.start()
        assert inside.wait(10)
    assert not gc.isenabled()
    leave.set()
    thread.join()


def test_without_a_running_loop_nothing_changes(before):
    quicken_registration()
    assert gc.isenabled() is before


def test_collection_stays_off_until_the_outputs_are_known_and_the_runtime_waits_for_one_task(before):
    async def program() -> list[object]:
        late: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        outputs = [pulumi.Output.from_input(late) for _ in range(5)]
        quicken_registration()
        quicken_registration()
        await asyncio.sleep(0)
        seen: list[object] = [gc.isenabled(), len(SETTINGS.outputs), len(SETTINGS.rpc_manager.rpcs)]
        (bundle,) = SETTINGS.rpc_manager.rpcs
        late.set_result(7)
        await bundle
        return [*seen, gc.isenabled(), await outputs[0].future()]

    assert asyncio.run(program()) == [False, 0, 1, before, 7]


def test_an_output_that_fails_restores_collection_and_fails_the_task_that_is_waited_for(before):
    async def program() -> bool:
        late: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        output = pulumi.Output.from_input(late)
        quicken_registration()
        await asyncio.sleep(0)
        (bundle,) = SETTINGS.rpc_manager.rpcs
        late.set_exception(KeyError("lost"))
        with pytest.raises(KeyError, match="lost"):
            await bundle
        with pytest.raises(KeyError, match="lost"):
            await output.future()
        return gc.isenabled()

    assert asyncio.run(program()) is before


def test_a_program_that_never_gets_its_outputs_gets_collection_back_after_a_while(before, monkeypatch):
    monkeypatch.setattr(registration, "_LONGEST_PAUSE_SECONDS", 0.05)

    async def program() -> bool:
        pulumi.Output.from_input(asyncio.get_running_loop().create_future())
        quicken_registration()
        await asyncio.sleep(0.2)
        return gc.isenabled()

    assert asyncio.run(program()) is before


def test_a_program_that_is_cancelled_gets_collection_back(before):
    async def program() -> None:
        pulumi.Output.from_input(asyncio.get_running_loop().create_future())
        quicken_registration()
        await asyncio.sleep(0)

    asyncio.run(program())  # cancels what is left, as every language runtime does
    assert gc.isenabled() is before


class Engine(EngineStub):
    """Notes what it is told, in the place of the engine's connection."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def Log(self, request: engine_pb2.LogRequest) -> None:
        self.told.append(request.message)


def told_by(program, monkeypatch) -> list[str]:
    engine = Engine()

    async def run() -> None:
        quicken_registration()
        program()

    def in_context() -> None:
        SETTINGS.engine = engine
        asyncio.run(run())

    contextvars.copy_context().run(in_context)
    return engine.told


def sdk_debug(message: str) -> None:
    """Says it as the SDK's own code would."""
    exec("from pulumi import log\nlog.debug(message)", {"__name__": "pulumi.runtime.resource", "message": message})


def everything() -> None:
    sdk_debug("chatter")
    pulumi.log.debug("the program's own")
    pulumi.log.info("news")
    pulumi.log.warn("care")
    pulumi.log.error("woe")


def test_only_the_sdks_own_debug_messages_are_not_sent(monkeypatch):
    monkeypatch.delenv("DBAAS_SDK_DEBUG", raising=False)
    assert told_by(everything, monkeypatch) == ["the program's own", "news", "care", "woe"]


def test_they_are_sent_where_someone_asks_for_them(monkeypatch):
    monkeypatch.setenv("DBAAS_SDK_DEBUG", "1")
    assert told_by(everything, monkeypatch) == ["chatter", "the program's own", "news", "care", "woe"]


def test_lines_of_the_call_stack_are_those_that_the_sdk_itself_names(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def original(frame: traceback.FrameSummary) -> object:
        asked.append(frame.filename)
        return (frame.filename, frame.lineno)

    monkeypatch.setattr(sdk_resources, "_get_source_position_for_frame", original)

    async def program() -> list[object]:
        quicken_registration()
        quicken_registration()
        remembered = sdk_resources._get_source_position_for_frame
        frames = [traceback.FrameSummary("a.py", line, "f") for line in (1, 2, 1, 1)]
        return [remembered(frame) for frame in frames]

    assert asyncio.run(program()) == [("a.py", 1), ("a.py", 2), ("a.py", 1), ("a.py", 1)]
    assert asked == ["a.py", "a.py"]
    # A program that no component has quickened is answered by the SDK each time.
    assert sdk_resources._get_source_position_for_frame(traceback.FrameSummary("a.py", 1, "f")) == ("a.py", 1)  # type: ignore[comparison-overlap]
    assert len(asked) == 3
