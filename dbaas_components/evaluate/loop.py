"""An event loop that runs a Pulumi program to its end, or says that it has none."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from typing import Any

from dbaas_components.evaluate.errors import EvaluationError

# With nothing ready and no timer set only another thread can wake the loop. Ten seconds without is a program that waits
# for a value which nothing will ever give.
_IDLE_SECONDS = 10.0


class _Watch(selectors.DefaultSelector):
    """A selector that raises once the loop has waited too long, with nothing to do or altogether."""

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout
        self.raised: EvaluationError | None = None
        self.off = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.off:
            return super().select(timeout)
        if self.raised is not None:  # the program swallowed it and goes on waiting
            raise self.raised
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            self._stop(f"the program has not finished after {self._timeout:g} s; pass a higher timeout if it needs it")
        patience = min(remaining, _IDLE_SECONDS) if timeout is None else min(remaining, timeout)
        ready = super().select(patience)
        if not ready and timeout is None:
            self._stop("the program never finishes: it waits for a value that nothing will give")
        return ready

    def _stop(self, reason: str) -> None:
        self.raised = EvaluationError(reason)
        raise self.raised


class ProgramLoop(asyncio.SelectorEventLoop):
    """Runs the SDK's calls to the monitor where they are made.

    The SDK hands each to a thread because it expects a network behind it. Here the monitor answers from memory in
    microseconds, and without threads the order of registrations is the same on every run. What the program itself
    sends to an executor still gets a thread.
    """

    def __init__(self, timeout: float) -> None:
        self.watch = _Watch(timeout)
        super().__init__(self.watch)
        # Failed tasks whose error has already been reported would each print a traceback.
        self.set_exception_handler(lambda _loop, _context: None)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        if executor is not None or not getattr(func, "__module__", "").startswith("pulumi.runtime"):
            return super().run_in_executor(executor, func, *args)
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - handed on to whoever awaits, as a thread would
            future.set_exception(error)
        return future

    def finish(self) -> None:
        """Cancels what is left and closes: a closed loop with pending tasks would print a complaint for each."""
        # An overdue program must not interrupt its own cleaning up.
        self.watch.off = True
        try:
            left = asyncio.all_tasks(self)
            for task in left:
                task.cancel()
            if left:
                self.run_until_complete(asyncio.wait(left, timeout=5))
            self.run_until_complete(self.shutdown_asyncgens())
        finally:
            self.close()
