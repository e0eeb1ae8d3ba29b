"""Collection is paused while resources are registered and never longer, and the SDK waits for one task."""

from __future__ import annotations

import asyncio
import gc
import threading

import pulumi
import pytest
from pulumi.runtime.settings import SETTINGS

from dbaas_components import registration
from dbaas_components.registration import collection_paused, quicken_registration


@pytest.fixture(autouse=True, params=[True, False], ids=["collection on", "collection off"])
def before(request: pytest.FixtureRequest):
    """Whatever the state was before is the state afterwards, both ways."""
    was = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    assert gc.isenabled() is request.param
    (gc.enable if was else gc.disable)()
    SETTINGS.outputs.clear()


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
        seen: list[object] = [gc.isenabled(), len(SETTINGS.outputs)]
        (bundle,) = SETTINGS.outputs
        late.set_result(7)
        await bundle
        return [*seen, gc.isenabled(), await outputs[0].future()]

    assert asyncio.run(program()) == [False, 1, before, 7]


def test_an_output_that_fails_restores_collection_and_fails_the_task_that_is_waited_for(before):
    async def program() -> bool:
        late: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        output = pulumi.Output.from_input(late)
        quicken_registration()
        await asyncio.sleep(0)
        (bundle,) = SETTINGS.outputs
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
