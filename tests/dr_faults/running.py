"""A verb of one lane as a process: followed step by step, held at a moment, killed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from tests.dr_faults.lane import Lane
from tests.dr_faults.points import Moment
from tests.dr_faults.processes import VerbStart, verb


@dataclass
class Verb:
    """One start."""

    process: BaseProcess
    pipe: Connection
    steps: list[str] = field(default_factory=list)
    here: bool = False
    """Whether it holds still at the moment it was told."""
    outcome: str = ""
    """Empty while it runs; `killed` where it ended without a word."""
    reason: str = ""
    run: str = ""
    """Name of its record."""

    def listen(self, seconds: float) -> None:
        """Takes what it tells until it holds still, ends, or the time is over."""
        deadline = time.monotonic() + seconds
        while not self.outcome and not self.here:
            # What is in the pipe already is taken even where no time is left.
            if not self.pipe.poll(max(0.0, deadline - time.monotonic())):
                return
            try:
                kind, what, reason = self.pipe.recv()
            except EOFError:
                self.process.join()
                self.outcome = "killed"
                return
            if kind == "here":
                self.here = True
            elif kind == "ended":
                self.outcome, (self.reason, self.run) = what, reason
                self.process.join()
            else:
                self.steps.append(f"{what[1]} {what[2]}{': ' if reason else ''}{reason}")

    def go_on(self) -> None:
        """Lets it go on from where it holds still."""
        self.here = False
        self.pipe.send("go on")

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.join()
        self.here = False
        # It may have ended before the signal came; its last words are in the pipe then.
        self.listen(1.0)
        self.here = False
        self.outcome = self.outcome or "killed"


def begin(lane: Lane, order: Mapping[str, Any], *, stop_at: Moment | None = None) -> Verb:
    """Starts a verb."""
    mine, its = lane.context.Pipe()
    at = (stop_at.phase, stop_at.step, stop_at.when) if stop_at else None
    start = VerbStart(lane.verb_file, lane.evidence, order, lane.pace.patience, lane.pace.step, at)
    process = lane.context.Process(target=verb, args=(start, its), daemon=True)
    process.start()
    its.close()
    return Verb(process, mine)


def order_of(name: str, engine: str, target: str) -> dict[str, Any]:
    """What a person orders, as the runbook of that engine and verb says."""
    order: dict[str, Any] = {"verb": name, "target": target, "by": "a tester"}
    if name == "rejoin":
        order["rebuild"] = "orders"
        if engine in ("pg", "psmdb"):
            order["delete_volumes"] = "orders"
        else:
            order["seeded"] = True
        return order
    if name == "failover" and engine == "psmdb":
        order["force_reconfiguration"] = "orders"
    if name == "failover" and engine == "pg":
        # What the operator measured last may be above the limit, or too old.
        order["accept_data_loss"] = "orders"
    if engine in ("pxc", "ps") or (name, engine) == ("failover", "psmdb"):
        order["stated_lag"] = "0 s"
    return order
