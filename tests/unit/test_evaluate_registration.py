"""Cyclic collection is paused while resources are registered, and never longer."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

from dbaas_components.registration import collection_paused, fast_registration


@pytest.fixture(autouse=True, params=[True, False], ids=["collection on", "collection off"])
def before(request: pytest.FixtureRequest):
    """Whatever the state was before is the state afterwards, both ways."""
    was = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    assert gc.isenabled() is request.param
    (gc.enable if was else gc.disable)()


@pytest.mark.parametrize("pause", [collection_paused, fast_registration])
def test_it_is_off_inside_and_nested_uses_do_not_wake_it(pause):
    with pause():
        with pause():
            assert not gc.isenabled()
        assert not gc.isenabled()


@pytest.mark.parametrize("pause", [collection_paused, fast_registration])
def test_an_error_restores_it(pause):
    with pytest.raises(KeyError), pause():
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


def test_in_an_event_loop_it_stays_off_until_the_loop_ends(before):
    seen: list[bool] = []

    async def program() -> None:
        with fast_registration():
            pass
        await asyncio.sleep(0)  # where the SDK registers what the program declared
        seen.append(gc.isenabled())

    asyncio.run(program())  # cancels what is left, as every language runtime does
    assert seen == [False]


def test_in_an_event_loop_an_error_restores_it_at_once(before):
    async def program() -> bool:
        with pytest.raises(KeyError), fast_registration():
            raise KeyError
        return gc.isenabled()

    assert asyncio.run(program()) is before
