"""How long work tells the user what it is doing and since when."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Task(Protocol):
    """One running piece of work. Call `update` about once a second, with or without news."""

    def update(self, detail: str = "") -> None: ...


class Report(Protocol):
    """Where long work tells what it does: `line` for a finished fact, `task` around something that takes time."""

    def line(self, text: str) -> None: ...

    def task(self, text: str) -> AbstractContextManager[Task]: ...


class Silence:
    """A report that shows nothing, for callers whose output is not for people."""

    def line(self, text: str) -> None:
        """Takes the line and shows nothing."""

    @contextmanager
    def task(self, text: str) -> Iterator[Task]:
        """Takes the task and shows nothing."""
        del text
        yield self

    def update(self, detail: str = "") -> None:
        """Takes the detail and shows nothing."""


class ConsoleReport:
    """A report on a rich console: a spinner with the elapsed time on a terminal, plain lines anywhere else.

    `every` is the number of seconds between two plain lines of one task.
    """

    def __init__(self, console: Console, every: float = 20.0) -> None:
        self._console = console
        self._every = every

    def line(self, text: str) -> None:
        self._console.print(escape(text), highlight=False, soft_wrap=True)

    @contextmanager
    def task(self, text: str) -> Iterator[Task]:
        if not self._console.is_terminal:
            self.line(f"{text} ...")
            yield _PlainTask(self, text, self._every)
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[detail]}"),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            identity = progress.add_task(escape(text), total=None, detail="")
            yield _LiveTask(progress, identity)


class _LiveTask:
    def __init__(self, progress: Progress, identity: TaskID) -> None:
        self._progress = progress
        self._identity = identity

    def update(self, detail: str = "") -> None:
        if detail:
            self._progress.update(self._identity, detail=escape(detail))


class _PlainTask:
    def __init__(self, report: ConsoleReport, text: str, every: float) -> None:
        self._report = report
        self._text = text
        self._every = every
        self._began = self._shown = time.monotonic()

    def update(self, detail: str = "") -> None:
        now = time.monotonic()
        if now - self._shown < self._every:
            return
        self._shown = now
        self._report.line(f"{self._text}, {elapsed(now - self._began)}" + (f": {detail}" if detail else ""))


def elapsed(seconds: float) -> str:
    """`8.2 s` below a minute, `4 min 03 s` above."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
