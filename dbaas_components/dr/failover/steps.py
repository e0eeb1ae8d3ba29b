"""Runs a verb's steps one after the other, and writes down what becomes of each.

A step is a function that reads the live state, acts where something is missing, and says done, wait or stop. It is
called again and again, so it finds by itself what an earlier run of it did.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable, Conflict
from dbaas_components.dr.failover.evidence import EvidenceBook, StepEvidence
from dbaas_components.dr.timing import monotonic_seconds


@dataclass(frozen=True, slots=True)
class Done:
    """The live state is what the step is for."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """It cannot go on; the text says what would let it."""

    reason: str


Outcome = Done | Wait | Stop


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a verb."""

    name: str
    turn: Callable[[], Outcome]
    undo: Callable[[], None] | None = None
    """What is taken back where the verb stops in this step: an approval must not act hours later."""


class Watcher(Protocol):
    """Who sees the steps as they happen."""

    def began(self, name: str) -> None:
        """A step began."""
        ...

    def waits(self, name: str, reason: str) -> None:
        """It waits; told once for each reason."""
        ...

    def ended(self, name: str, outcome: str, seconds: float) -> None:
        """It is over."""
        ...


@dataclass
class Runner:
    """Carries steps out. `timeout` bounds each of them, in seconds."""

    book: EvidenceBook
    watcher: Watcher
    timeout: float
    pause: float = 1.0
    clock: Callable[[], float] = monotonic_seconds
    sleep: Callable[[float], None] = time.sleep
    stopped: str = field(default="", init=False)
    """Why it stopped, after a run that did."""

    def run(self, steps: Sequence[Step]) -> bool:
        """Whether all of them came to their end."""
        return all(self._step(step) for step in steps)

    def _step(self, step: Step) -> bool:
        evidence = self.book.evidence
        evidence.steps.append(StepEvidence(name=step.name, begin=self.book.now()))
        self.book.save()
        entry = evidence.steps[-1]
        begun = self.clock()
        self.watcher.began(step.name)
        first = True
        while True:
            outcome = self._turn(step)
            if isinstance(outcome, Wait) and self.clock() - begun >= self.timeout:
                outcome = Stop(f"{outcome.reason}; {self.timeout:.0f} s went by, run the same command to go on waiting")
            if isinstance(outcome, Wait):
                self._wait(step, entry, outcome.reason)
                first = False
                continue
            entry.end = self.book.now()
            self._end(step, entry, outcome, first=first)
            self.watcher.ended(step.name, entry.outcome, self.clock() - begun)
            return isinstance(outcome, Done)

    def _turn(self, step: Step) -> Outcome:
        try:
            return step.turn()
        except Conflict:
            return Wait("somebody wrote in between; reading again")
        except (ClusterUnreachable, ClusterRefused) as error:
            return Wait(str(error))

    def _wait(self, step: Step, entry: StepEvidence, reason: str) -> None:
        if not entry.waits or entry.waits[-1] != reason:
            entry.waits.append(reason)
            self.book.save()
            self.watcher.waits(step.name, reason)
        self.sleep(self.pause)

    def _end(self, step: Step, entry: StepEvidence, outcome: Done | Stop, *, first: bool) -> None:
        if isinstance(outcome, Done):
            entry.outcome = "already done" if first else "done"
        else:
            entry.outcome = "stopped"
            self.stopped = outcome.reason
            if step.undo:
                try:
                    step.undo()
                except (ClusterUnreachable, ClusterRefused) as error:
                    self.stopped += f"; what this run approved could not be taken back ({error})"
        self.book.save()
