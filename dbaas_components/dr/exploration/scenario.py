"""What is explored: how many regions, which mishaps, in which steps of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from dbaas_components.dr.guards import GUARDS, Guard
from dbaas_components.dr.timing import LeaseTiming

TICKS: Final = LeaseTiming(
    holder_validity=1,
    agent_pause=0.5,
    fence_seconds=0.5,
    clock_drift=0.2,
    challenger_wait=5,
    lease_seconds=5,
    renew_every=0.25,
    request_timeout=0.25,
    tries=1,
)
"""The times in ticks. 0.2 of the longest of them is one tick of drift, which every clock of the exploration has."""


EVERY_REQUEST: Final = ("approve", "fence", "rejoin", "rebuild")


@dataclass(frozen=True)
class Scenario:
    """One exploration. What is not named here can always happen: a crash of an agent, requests and answers that are
    late or lost, pauses, drift, people who fence, approve, let rejoin or rebuild."""

    name: str
    regions: int = 2
    requests: int = 3
    """How many requests people make, each at any moment and of any region."""
    asks: tuple[str, ...] = EVERY_REQUEST
    """What these requests can be."""
    beginning: bool = False
    """Whether nobody was primary yet; otherwise one is, and the others stream from it."""
    made_open: bool = False
    """Whether the first region's database takes writes from the beginning, before anybody held the lease."""
    switched: bool = False
    """Whether the primary has its lease from a switchover, so that it still says what was handed over to it."""
    automatic: bool = False
    """Whether agents may promote without a person."""
    unmeasured: bool = False
    """Whether lag may be unknown and the record unreadable at any decision."""
    planned: bool = False
    """Whether a person also approves planned switches, which may lose nothing."""
    successors: bool = False
    """Whether a person who fences a site may name the one to which alone its lease is handed over."""
    lags: bool = True
    """Whether standbys fall behind."""
    reboots: bool = False
    """Whether sites boot anew: another instance, and the database starts."""
    mishaps: tuple[str, ...] = ()
    """Rare ones, of which one happens in a run: `lease_deleted`, `site_restored`, `record_lost`, `database_broken`."""
    timing: LeaseTiming = TICKS
    guards: Mapping[str, Guard] = field(default_factory=lambda: GUARDS)

    def without(self, guard: str) -> Scenario:
        """The same with one guard taken out. Raises `KeyError` where there is no such guard."""
        if guard not in self.guards:
            raise KeyError(guard)
        left = {name: value for name, value in self.guards.items() if name != guard}
        return replace(self, name=f"{self.name} without {guard}", guards=left)
