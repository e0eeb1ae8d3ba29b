"""Registering many resources in time proportional to their number."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import threading
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final, cast

from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.proto.engine_pb2_grpc import EngineStub
from pulumi.runtime.settings import SETTINGS

from dbaas_components.plain_values import quicken_plain_values
from dbaas_components.sdk_shortcuts import keep_chatter_here, take_shortcuts

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

    def __del__(self) -> None:
        # A loop that is closed before it ran again drops its callbacks, and this with them.
        self.release()


# The collector is one per process, hence so is the count of those who paused it.
_PAUSE = _Pause()
# Loops whose program has been quickened and is not over yet.
_QUICKENED: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
# Those of them whose engine is not told the SDK's own debug messages.
_QUIET: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()


@contextmanager
def collection_paused() -> Generator[None]:
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
    first call of a program the others do nothing. Five costs of the SDK (3.272) are saved:

    - Each registration leaves some hundred objects alive until the program ends, and Python's cyclic collector walks
      through all of them again and again, finding nothing. Collection is paused until the program's outputs are known,
      at most 60 seconds: a process that does more than run this program must not wait for its garbage for ever.
    - After the program's body the SDK waits for the first of all outputs to come, again and again: with n outputs n
      waits over up to n tasks. It gets one task to wait for instead, which fails with the first that fails.
    - The SDK sends the engine several debug messages for each resource and waits for the answer to each, although the
      engine shows them only with `--debug`. They are not even made, unless the environment variable `DBAAS_SDK_DEBUG`
      is set. Messages of the program itself, and all that are not for debugging, go through as always.
    - For each registration the SDK asks the file system for every source file on the call stack, makes an address of
      each of its lines, an object of each frame, and a URN that only a run without an engine would need
      (`sdk_shortcuts`).
    - It asks of every single value in a resource whether it is an output, an asset, something to wait for and more,
      and looks through every value that comes for what is not known yet. Of plain values it is not asked
      (`plain_values`).

    Without a running event loop, as in some unit tests, it does nothing. `make bench` measures what it is worth.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    if loop in _QUICKENED:
        return
    _QUICKENED.add(loop)
    _keep_chatter_here(loop)
    take_shortcuts(_is_quickened)
    quicken_plain_values(_is_quickened)
    hold: _Hold | None = None
    if gc.isenabled():
        hold = _Hold(_PAUSE)
        loop.call_later(_LONGEST_PAUSE_SECONDS, hold.release)
    # Among the calls to the engine, which the SDK waits for before it looks at the outputs.
    _sdk_settings().rpc_manager.rpcs.append(loop.create_task(_all_outputs(loop, hold)))


async def _all_outputs(loop: asyncio.AbstractEventLoop, hold: _Hold | None) -> None:
    """Waits for all outputs of the program's body, which has returned or failed by the time that this runs."""
    settings = _sdk_settings()
    with settings.lock:
        waiting: list[asyncio.Task[object]] = list(settings.outputs)
        settings.outputs.clear()
    try:
        await asyncio.gather(*waiting)
    finally:
        # Components that an asynchronous program makes later are quickened anew.
        _QUICKENED.discard(loop)
        _QUIET.discard(loop)
        if hold is not None:
            hold.release()


def _sdk_settings() -> Any:
    """The SDK's settings; it keeps them for each context behind a descriptor, which no type checker sees through."""
    return cast("Any", SETTINGS)


def _is_quiet() -> bool:
    """Whether nobody reads the SDK's own debug messages of the program that runs."""
    try:
        return asyncio.get_running_loop() in _QUIET
    except RuntimeError:
        return False


def _is_quickened() -> bool:
    """Whether a component has quickened the program that runs."""
    try:
        return asyncio.get_running_loop() in _QUICKENED
    except RuntimeError:
        return False


class _WithoutChatter:
    """An engine that is not told the SDK's own debug messages."""

    drops_debug_messages = True

    def __init__(self, engine: EngineStub) -> None:
        self._engine = engine

    def Log(self, request: engine_pb2.LogRequest, *args: Any, **kwargs: Any) -> Any:
        if request.severity == engine_pb2.DEBUG and _is_said_by_the_sdk():
            return None
        return cast("Any", self._engine).Log(request, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def _keep_chatter_here(loop: asyncio.AbstractEventLoop) -> None:
    settings = _sdk_settings()
    if os.environ.get("DBAAS_SDK_DEBUG"):
        return
    # An engine that is no stub is a test's or an evaluation's own, and may want to see everything.
    if isinstance(settings.engine, EngineStub):
        settings.engine = _WithoutChatter(settings.engine)
    if getattr(settings.engine, "drops_debug_messages", False):
        # Most of them come from two modules, and there they are not even made.
        _QUIET.add(loop)
        keep_chatter_here(_is_quiet)


def _is_said_by_the_sdk() -> bool:
    """Whether the message that is being sent comes from the SDK's own code and not from the program."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__") in {__name__, "pulumi.log"}:
        frame = frame.f_back
    return frame is not None and str(frame.f_globals.get("__name__", "")).startswith("pulumi.")
