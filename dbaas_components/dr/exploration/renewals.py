"""Liveness: a primary of which one renewal in `tries` succeeds never fences itself; the decisions are the real ones.

All times are on the holder's own clock, so that no drift enters. Each delay is explored in steps from nothing to its
longest: until the agent looks, until an answer comes or the request counts as failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from dbaas_components.dr.decisions import Grant, Seen, Watch, decide, must_close
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord, Observed, WonBy
from dbaas_components.dr.records import Role, RoleRecord
from dbaas_components.dr.roles import Event
from dbaas_components.dr.timing import LeaseTiming

_TOPOLOGY: Final = "explored"
_ME: Final = "me"
_MOMENT: Final = 1e-6


class Waiting(NamedTuple):
    """Between two attempts."""

    age: float
    """Seconds since the last renewal that succeeded was sent."""
    failed: int
    """Attempts since."""


@dataclass(frozen=True)
class Renewals:
    """What was found."""

    states: int
    fenced_after: float | None
    """The shortest time after its last renewal at which a primary fenced itself although one of `tries` attempts was
    about to succeed; None if none ever does."""


def explore_renewals(timing: LeaseTiming, look_seconds: float, *, steps: int = 4) -> Renewals:
    """Every course of renewals by an agent that needs at most `look_seconds` from one look or attempt to the next."""
    looks = [look_seconds * step / steps for step in range(1, steps + 1)]
    answers = [timing.request_timeout * step / steps for step in range(steps + 1)]
    first = Waiting(0.0, 0)
    seen, queue = {first}, [first]
    fenced: list[float] = []
    while queue:
        waiting = queue.pop()
        # The worst look of all finds the renewal nearly due.
        nearly = timing.renew_every - _MOMENT - waiting.age
        for look in [*looks, nearly] if 0 < nearly < look_seconds else looks:
            at = round(waiting.age + look, 9)
            event = _decided(at, timing)
            if event is Event.EXPIRE:
                fenced.append(at)
                continue
            after = [Waiting(at, waiting.failed)] if event is None else []
            for answer in answers if event is Event.RENEW else ():
                ended = round(at + answer, 9)
                if must_close(Grant(1, -ended), 0.0, timing):
                    fenced.append(ended)
                elif waiting.failed + 1 == timing.tries:
                    # It succeeded, and counts from when it was sent.
                    after.append(Waiting(round(answer, 9), 0))
                else:
                    after.append(Waiting(ended, waiting.failed + 1))
            for one in after:
                if one not in seen:
                    seen.add(one)
                    queue.append(one)
    return Renewals(len(seen), min(fenced, default=None))


def _decided(age: float, timing: LeaseTiming) -> Event | None:
    """What a primary decides so long after its last renewal."""
    record = RoleRecord(topology=_TOPOLOGY, region=_ME, role=Role.PRIMARY, epoch=1)
    lease = LeaseRecord(topology=_TOPOLOGY, holder=_ME, instance="boot", epoch=1, won_by=WonBy.FIRST)
    seen = Seen(
        now=age,
        topology=_TOPOLOGY,
        region=_ME,
        instance="boot",
        record=record,
        watch=Watch(Observed(lease, "1"), 0.0),
        grant=Grant(1, 0.0),
        writes=Writes.OPEN,
    )
    return decide(seen, timing).event
