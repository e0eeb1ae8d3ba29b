"""The process of an operator, or of another server beside it, from its start to its end."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from embedded.control_plane.errors import last_words
from embedded.operators.errors import OperatorError
from embedded.progress import Report

# Seconds. An operator takes one or two to start on an idle machine, and less to stop.
_START_PATIENCE: Final = 60.0
_STOP_PATIENCE: Final = 20.0
_READY: Final = "operator: ready"


class RunningOperator:
    """An operator that was started here. As a context manager it is stopped at the end of the block."""

    def __init__(
        self, name: str, log: Path, process: subprocess.Popen[bytes], *, kind: str = "operator", ready: str = _READY
    ) -> None:
        self.name = name
        self.log = log
        self._process = process
        self._kind = kind
        self._ready = ready

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def is_ready(self) -> bool:
        """Whether its controllers have begun to work."""
        return any(self._ready in line for line in self.log.read_text(errors="replace").splitlines())

    def check(self) -> None:
        """Raises `OperatorError` with the log's last words if the process has ended by itself."""
        if (status := self._process.poll()) is not None:
            raise OperatorError(self.told(f"ended by itself with status {status}"))

    def stop(self) -> None:
        """Stops it and waits for its end. A second call does nothing.

        Raises `OperatorError` with the log's last words if it had already ended by itself.
        """
        stdin = self._process.stdin
        if stdin is None or stdin.closed:
            return
        crashed = self._process.poll()
        self.kill(_STOP_PATIENCE)
        if crashed is not None:
            raise OperatorError(self.told(f"ended by itself with status {crashed}"))

    def kill(self, patience: float = 0.0) -> None:
        """Ends the process after this many seconds of patience with an orderly end."""
        if patience and self._process.poll() is None:
            # Told in one way alone: programs that hear of the end of their input let go of the signals, and one that
            # comes then would end them while they tidy up.
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def told(self, what: str) -> str:
        """A message of what happened to it, with the log's last words."""
        return f"{self._kind} {self.name} {what}; its log is {self.log}\n{last_words(self.log)}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def launch(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    report: Report,
    patience: float = _START_PATIENCE,
    *,
    kind: str = "operator",
    ready: str = _READY,
) -> RunningOperator:
    """Starts a program and returns when it has said that it is ready; everything it says goes to `log`.

    `kind` is what it is called in messages, `ready` what stands in a line of its log as soon as it is.

    Raises `OperatorError` with the log's last words where it ends before, or is not ready after `patience` seconds.
    Then, and whatever else interrupts the wait, the process is ended.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        log.chmod(0o600)
        process = subprocess.Popen(
            command,
            env=environment,
            # The program ends when this pipe does: not even a killed test run leaves it behind.
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Its own session: a Ctrl-C reaches us alone, and we end it in order.
            start_new_session=True,
        )
    running = RunningOperator(name, log, process, kind=kind, ready=ready)
    try:
        with report.task(f"starting {kind} {name}") as task:
            deadline = time.monotonic() + patience
            while not running.is_ready():
                running.check()
                if time.monotonic() > deadline:
                    raise OperatorError(running.told(f"is not ready after {patience:.0f} s"))
                task.update()
                time.sleep(0.05)
    except BaseException:
        running.kill()
        raise
    return running
