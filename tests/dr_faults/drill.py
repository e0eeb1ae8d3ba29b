"""One round: a verb of every lane, met by one fault, healed, and started again until it is done."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from urllib3.exceptions import HTTPError

from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable
from dbaas_components.dr.lease.interface import StoreUnreachable
from tests.dr.harness import REGIONS
from tests.dr_faults.judging import disagreements, evidence_of, missing
from tests.dr_faults.land import Land
from tests.dr_faults.lane import Lane
from tests.dr_faults.points import TARGET, THE_VERB, Fault, Moment, Round
from tests.dr_faults.running import Verb, begin, order_of
from tests.dr_faults.watching import Overlap, epochs_of_two, first_order_after, overlaps

_LOST = Fault("cut", "eu")
"""How the old primary is lost in a failover, where the fault is another one."""


@dataclass
class Point:
    """What became of one fault point."""

    engine: str
    verb: str
    step: str
    fault: str
    reached: bool = False
    starts: int = 0
    rto_seconds: float | None = None
    tool_seconds: float = 0.0
    """From the first start of the verb to its last end, the fault's own time included."""
    overlap_seconds: float = 0.0
    """How long a region that stood still took writes after it came back, in its own old epoch."""
    wrong: list[str] = field(default_factory=list)


def play(land: Land, what: Round | str) -> list[Point]:
    """One round, and what became of each of its points; a bare verb is one without a fault."""
    if isinstance(what, str):
        what = Round(what, TARGET[what], Fault("none"), ())
    found = _Round(land, what)
    try:
        found.run()
    except (ClusterUnreachable, ClusterRefused, StoreUnreachable, HTTPError) as error:
        for point in found.points:
            point.wrong.append(f"what looks on got no answer: {error}")
    finally:
        found.end()
    return found.points


def write(points: list[Point], path: Path) -> None:
    """Everything as JSON; whoever is interrupted in between leaves what was there before."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps([asdict(point) for point in points], indent=1))
    fresh.replace(path)


def read(path: Path) -> list[Point]:
    """What `write` wrote; nothing where there is no such file."""
    return [Point(**point) for point in json.loads(path.read_text())] if path.is_file() else []


class _Round:
    def __init__(self, land: Land, what: Round) -> None:
        self._land = land
        self._lanes = list(land.lanes)
        self._pace = land.pace
        self.points: list[Point] = []
        self._started: list[Verb] = []
        self._done_under_fault: set[str] = set()
        self._what = what
        self._at = dict(what.at)
        self._points: dict[str, Point] = {}
        for lane in self._lanes:
            step = self._at.get(lane.engine)
            point = Point(lane.engine, what.verb, str(step or ""), str(what.fault))
            self._points[lane.engine] = point
            self.points.append(point)
        self._epochs: dict[str, int] = {}
        self._runs: dict[str, str] = {}
        self._began = 0.0
        self._lost: Fault | None = None
        self._struck: list[tuple[Fault, float]] = []

    def run(self) -> None:
        self._began = time.monotonic()
        for lane in self._lanes:
            lease = lane.lease()
            self._epochs[lane.engine] = lease.epoch if lease else 0
        if self._what.verb == "failover":
            fault = self._what.fault
            self._lost = Fault(fault.kind, "eu") if fault.place == "eu" else _LOST
            self._land.strike(self._lost)
        began = time.monotonic()
        verbs = {lane.engine: self._begin(lane, self._at.get(lane.engine)) for lane in self._lanes}
        if self._at:
            self._meet(verbs)
        back = self._until_done(verbs)
        for lane in self._lanes:
            self._points[lane.engine].tool_seconds = round(back[lane.engine] - began, 2)
        if self._lost:
            self._heal(self._lost)
        self._judge()

    def _begin(self, lane: Lane, at: Moment | None) -> Verb:
        self._points[lane.engine].starts += 1
        order = order_of(self._what.verb, lane.engine, self._what.target)
        self._started.append(begin(lane, order, stop_at=at))
        return self._started[-1]

    def end(self) -> None:
        """Ends every verb that still runs."""
        for found in self._started:
            if not found.outcome:
                found.kill()

    def _meet(self, verbs: dict[str, Verb]) -> None:
        """Brings every verb to its moment, lets the fault happen, and takes it back."""
        deadline = time.monotonic() + self._patience()
        for lane in self._lanes:
            found = verbs[lane.engine]
            while True:
                found.listen(deadline - time.monotonic())
                if found.here or found.outcome == "done":
                    break
                if time.monotonic() > deadline:
                    words = f"never got there: {found.steps[-3:]} {found.reason}; agents: {lane.said()}"
                    self._points[lane.engine].wrong.append(words)
                    break
                # It stopped before, as it does where a person has to state the last position: the same order again.
                time.sleep(0.3)
                found = verbs[lane.engine] = self._begin(lane, self._at[lane.engine])
            self._points[lane.engine].reached = found.here
        fault = self._what.fault
        if fault == THE_VERB:
            for found in verbs.values():
                found.kill()
            return
        if self._lost and fault.place == "eu":
            # What was lost comes back at this moment.
            self._heal(self._lost)
            self._lost = None
            held = 2.0 * self._pace.stretch
        else:
            self._land.strike(fault)
            held = self._pace.held
        for found in verbs.values():
            if found.here:
                found.go_on()
        over = time.monotonic() + held
        for found in verbs.values():
            found.listen(max(0.0, over - time.monotonic()))
        time.sleep(max(0.0, over - time.monotonic()))
        for engine, found in verbs.items():
            if not found.outcome:
                found.kill()
            if found.outcome == "done":
                self._done_under_fault.add(engine)
        if (fault.kind, fault.place) not in [(one.kind, one.place) for one, _ in self._struck]:
            self._heal(fault)

    def _patience(self) -> float:
        """Where the machine is too slow for these lease times, waiting on does not help."""
        return self._pace.patience / 2 if self._land.too_slow(self._began) else self._pace.patience

    def _heal(self, fault: Fault) -> None:
        self._struck.append((fault, time.monotonic()))
        self._land.heal(fault)

    def _until_done(self, verbs: dict[str, Verb]) -> dict[str, float]:
        """Starts each again until it is done; when each was."""
        ended: dict[str, float] = {}
        deadline = time.monotonic() + self._patience()
        last = dict(verbs)
        while len(ended) < len(self._lanes) and time.monotonic() < deadline:
            for lane in self._lanes:
                if lane.engine in ended:
                    continue
                found = last[lane.engine]
                found.listen(0.1)
                if found.outcome == "done":
                    ended[lane.engine] = time.monotonic()
                    self._runs[lane.engine] = found.run
                elif found.outcome:
                    last[lane.engine] = self._begin(lane, None)
        for lane in self._lanes:
            if lane.engine not in ended:
                found = last[lane.engine]
                found.kill()
                words = (
                    f"not done after {self._patience():g} s: {found.steps[-3:]} {found.reason}; agents: {lane.said()}"
                )
                self._points[lane.engine].wrong.append(words)
                ended[lane.engine] = time.monotonic()
        return ended

    def _judge(self) -> None:
        deadline = time.monotonic() + self._patience() / 2
        left = list(self._lanes)
        words: dict[str, str] = {}
        while left and time.monotonic() < deadline:
            for lane in list(left):
                words[lane.engine] = missing(lane, self._what.verb, self._what.target)
                if not words[lane.engine]:
                    left.remove(lane)
            time.sleep(0.3)
        for lane in left:
            self._points[lane.engine].wrong.append(f"{words[lane.engine]}; agents: {lane.said()}")
        for lane in self._lanes:
            self._judge_record(lane)
            self._judge_journal(lane)

    def _judge_record(self, lane: Lane) -> None:
        point, verb, target = self._points[lane.engine], self._what.verb, self._what.target
        if not self._runs.get(lane.engine):
            return
        evidence = evidence_of(lane, self._runs[lane.engine], verb)
        point.rto_seconds = evidence.rto_seconds
        # A cluster that did not answer when a verb came to its end has an earlier copy of its record.
        away = {self._what.fault.place} if lane.engine in self._done_under_fault else set[str]()
        fault = self._what.fault
        lost = fault.place if fault.kind == "kill" else ""
        if verb == "failover":
            away.add(evidence.from_region)
        point.wrong += disagreements(lane, verb, target, evidence, away, lost)
        # A start that found everything done writes no record.
        found_done = evidence.run != self._runs[lane.engine]
        if evidence.epoch_before == self._epochs[lane.engine] and evidence.attempts != point.starts - found_done:
            point.wrong.append(f"the record counts {evidence.attempts} starts of {point.starts}")

    def _judge_journal(self, lane: Lane) -> None:
        point = self._points[lane.engine]
        deadline, versions = time.monotonic() + 20, lane.versions()
        while not lane.has_seen(versions) and time.monotonic() < deadline:
            time.sleep(0.1)
        if not lane.has_seen(versions) or lane.gaps:
            point.wrong.append("the journal has gaps")
        everything = lane.journal.copy()
        point.wrong += [f"two sites in one epoch: {one}" for one in epochs_of_two(everything)]
        for one in overlaps(everything):
            if one.began >= self._began:
                self._judge_overlap(point, one)
        for fault, moment in self._struck:
            if fault.place in REGIONS and fault.kind in ("freeze", "kill"):
                self._judge_return(lane, fault.place, moment)

    def _judge_overlap(self, point: Point, one: Overlap) -> None:
        if one.came_back:
            point.overlap_seconds = max(point.overlap_seconds, round(one.seconds, 2))
        else:
            point.wrong.append(f"both sites took writes for {one.seconds:.2f} s")

    def _judge_return(self, lane: Lane, region: str, moment: float) -> None:
        """A former primary that comes back gets a fence before any other order."""
        entries = lane.journal.copy()
        before = [one.reading for one in entries if one.region == region and one.reading and one.at <= moment]
        if not before or not before[-1].says_primary or before[-1].paused:
            return
        epoch = before[-1].epoch
        opened = [one for one in entries if one.region != region and one.reading and one.reading.order == "open"]
        overtaken = any(one.at <= moment and one.reading and one.reading.epoch > epoch for one in opened)
        first = first_order_after(entries, region, moment)
        if overtaken and (first is None or first.order != "fence"):
            self._points[lane.engine].wrong.append(f"{region} came back and got {first.order if first else 'nothing'}")
