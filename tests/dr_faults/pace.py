"""How fast this machine is for the lease's times, and what is done where it is too slow: the times are stretched.

`LeaseTiming.longest_look` is what a topology's times ask of its agents. A machine with other work to do may not give
it; then agents fence their sites, as they have to, and no verb can end where it would. So the looks are measured. What
went wrong while they were too slow is no result: it is done again on topologies with longer times. What goes wrong
while the machine keeps the pace is a failure.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dbaas_components.dr.timing import LeaseTiming

# (3 + 1.5 + 1.5) * 1.01 = 6.06 < 6.5 * 0.99 = 6.44, and 1 * (1 + 1) = 2 < 3.
_SHORTEST = {
    "lease_seconds": 6.5,
    "holder_validity": 3.0,
    "renew_every": 1.0,
    "request_timeout": 1.0,
    "fence_seconds": 1.5,
    "agent_pause": 1.5,
    "challenger_wait": 6.5,
}
LONGEST_STRETCH = 8.0


@dataclass(frozen=True)
class Pace:
    """Every time of the room, by one factor."""

    stretch: float = 1.0

    @property
    def timing(self) -> dict[str, float]:
        """The times of the lease; a condition that holds for some holds for all of them times a factor."""
        return {"tries": 1, **{name: seconds * self.stretch for name, seconds in _SHORTEST.items()}}

    @property
    def held(self) -> float:
        """Seconds for which a fault lasts: longer than `challenger_wait`."""
        return 7.5 * self.stretch

    @property
    def pods_start(self) -> float:
        """Seconds that a database's pods need at least before they take writes after their nodes came back."""
        return 4.0 * self.stretch

    @property
    def step(self) -> float:
        """Seconds between two looks of a verb or of a played operator."""
        return 0.15 * self.stretch

    @property
    def patience(self) -> float:
        """Seconds after which what is still not where it has to be is a failure."""
        return 60 + 30 * self.stretch

    @property
    def longest_between_looks(self) -> float:
        """Of an agent: it rests for a quarter of `renew_every`, and `longest_look` is all that it may need."""
        timing = LeaseTiming.model_validate(self.timing)
        return timing.renew_every / 4 + timing.longest_look

    @property
    def longest_between_turns(self) -> float:
        """Of a played operator: it needs three turns for a fence, and has `fence_seconds` for it."""
        return self.timing["fence_seconds"] / 3

    def slower(self) -> Pace | None:
        """Twice the times; None where they are long enough for any machine."""
        return Pace(self.stretch * 2) if self.stretch < LONGEST_STRETCH else None


def first_pace() -> Pace:
    """A guess by how much this machine has to do, or what `DBAAS_FAULTS_STRETCH` says."""
    told = os.environ.get("DBAAS_FAULTS_STRETCH")
    if told:
        return Pace(float(told))
    cores = os.cpu_count() or 1
    return Pace(1.0 if os.getloadavg()[0] < 0.5 * cores else 2.0)


@dataclass
class Struck:
    """When something befell a place; `ended` is None while it lasts."""

    place: str
    began: float
    ended: float | None = None

    def meets(self, begin: float, end: float, grace: float) -> bool:
        """Whether it explains why something took long between two moments."""
        return self.began <= end and (self.ended is None or begin <= self.ended + grace)


@dataclass
class Looks:
    """When somebody looked: an agent's process writes each look into a file, a played operator calls `looked`."""

    who: str
    places: tuple[str, ...]
    """Whose faults keep it from looking in time."""
    longest: float
    file: Path | None = None
    _times: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def looked(self) -> None:
        with self._lock:
            self._times.append(time.monotonic())

    def times(self) -> list[float]:
        """Every look."""
        if self.file is not None:
            return [float(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []
        with self._lock:
            return list(self._times)


def too_slow(looks: Iterable[Looks], struck: Sequence[Struck], since: float, grace: float) -> str:
    """Who needed longer than the times allow since a moment, without a fault of the places that it needs."""
    for one in looks:
        for begin, end in itertools.pairwise(one.times()):
            if end <= since or end - begin <= one.longest:
                continue
            if not any(fault.place in one.places and fault.meets(begin, end, grace) for fault in struck):
                return f"{one.who} looked only after {end - begin:.2f} s, and {one.longest:.2f} s are the most"
    return ""
