"""Registering many resources in time proportional to their number."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

from pulumi.runtime.settings import SETTINGS

_LONGEST_PAUSE_SECONDS: Final = 60.0


class _Pause:
    """Counts who wants cyclic collection paused, so that nested and concurrent users do not wake it for each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._was_enabled = False

    def enter(self) -> None:
        with self._lock:
            if self._holders == 0:
                self._was_enabled = gc.isenabled()
                gc.disable()
            self._holders += 1

    def leave(self) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0 and self._was_enabled:
                gc.enable()


class _Hold:
    """One program's wish to have collection paused; letting go twice is letting go once."""

    def __init__(self, pause: _Pause) -> None:
        self._pause: _Pause | None = pause
        pause.enter()

    def release(self) -> None:
        pause, self._pause = self._pause, None
        if pause is not None:
            pause.leave()


# The collector is one per process, hence so is the count of those who paused it.
_PAUSE = _Pause()
# Loops whose program has been quickened and is not over yet.
_QUICKENED: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()


@contextmanager
def collection_paused() -> Iterator[None]:
    """Cyclic garbage collection is off inside, and as it was before afterwards, on an error too.

    Reference counting goes on as always. Nested and concurrent uses are safe: the first switches collection off, the
    last restores it.
    """
    hold = _Hold(_PAUSE)
    try:
        yield
    finally:
        hold.release()


def quicken_registration() -> None:
    """Has the running program register its resources in time proportional to their number.

    Every component calls it, so that a program of many databases is quick without knowing of this room; after the
    first call of a program the others do nothing. Two costs of the SDK (3.272) grow faster than the program:

    - Each registration leaves some hundred objects alive until the program ends, and Python's cyclic collector walks
      through all of them again and again, finding nothing. Collection is paused until the program's outputs are known,
      at most 60 seconds: a process that does more than run this program must not wait for its garbage for ever.
    - After the program's body the SDK waits for the first of all outputs to come, again and again: with n outputs n
      waits over up to n tasks. It gets one task to wait for instead, which fails with the first that fails.

    Without a running event loop, as in some unit tests, it does nothing. `make bench` measures what it is worth.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    if loop in _QUICKENED:
        return
    _QUICKENED.add(loop)
    hold: _Hold | None = None
    if gc.isenabled():
        hold = _Hold(_PAUSE)
        loop.call_later(_LONGEST_PAUSE_SECONDS, hold.release)
    # The loop runs again once the program's body has returned or failed.
    loop.call_soon(_bundle_outputs, loop, hold)


def _bundle_outputs(loop: asyncio.AbstractEventLoop, hold: _Hold | None) -> None:
    """Puts one task in the place of all outputs that the SDK waits for."""
    # The SDK keeps its settings for each context behind a descriptor, which no type checker sees through.
    settings = cast("Any", SETTINGS)
    with settings.lock:
        waiting: list[asyncio.Task[object]] = list(settings.outputs)
        settings.outputs.clear()
        settings.outputs.add(loop.create_task(_all_of(waiting, loop, hold)))


async def _all_of(outputs: list[asyncio.Task[object]], loop: asyncio.AbstractEventLoop, hold: _Hold | None) -> None:
    try:
        await asyncio.gather(*outputs)
    finally:
        # Components that an asynchronous program makes later are quickened anew.
        _QUICKENED.discard(loop)
        if hold is not None:
            hold.release()
