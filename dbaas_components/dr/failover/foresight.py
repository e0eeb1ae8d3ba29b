"""What a verb would do, which proofs there are and which are missing, and how long it would take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable
from dbaas_components.dr.failover.live import Live, SiteState, primary_of
from dbaas_components.dr.failover.records_in_clouds import CloudRecord
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord
from dbaas_components.dr.measures.table import measure_rows


@dataclass(frozen=True, slots=True)
class Foresight:
    """The prepared plan of one verb."""

    verb: str
    old: str
    new: str
    epoch: int
    steps: list[str]
    had: list[str] = field(default_factory=list[str])
    missing: list[str] = field(default_factory=list[str])
    """What is not proved now, with what would prove it."""
    measures: list[str] = field(default_factory=list[str])
    """What is done against the old site beside the fence, and what this engine has not got."""
    notes: list[str] = field(default_factory=list[str])
    """What it leaves to others."""
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    """The parts of the predicted RTO."""

    @property
    def rto_seconds(self) -> float:
        """From the loss, or from the beginning of a planned change, until the last client follows."""
        return sum(self.seconds.values())


def foresee(
    verb: str,
    target: str,
    live: Live,
    steps: list[str],
    watch: Callable[[float], None] = time.sleep,
    record: CloudRecord | None = None,
) -> Foresight:
    """Looks twice, a few renewals apart, because a silent agent shows only by saying nothing new."""
    document, timing = live.document, live.document.timing
    lease = live.lease()
    before = live.sites()
    until = timing.renew_every * 3
    watch(until)
    after = live.sites()
    old = primary_of(document, lease)
    measures = [str(row) for row in measure_rows(document.engine)]
    epoch = lease.epoch if lease else 0
    found = Foresight(verb, old, target, epoch, steps, measures=measures, seconds=_seconds(verb, live))
    for region in (old, target):
        _agent(found, region, before[region], after[region], must=region == target or verb != "failover")
    _old(found, after[old], lease, live)
    _new(found, after[target])
    if record:
        _record(found, record)
    elif not document.traffic:
        found.notes.append(
            "the document names nothing that clients follow: whoever sends them elsewhere has to be told"
        )
    return found


def _record(found: Foresight, record: CloudRecord) -> None:
    """Whether the cloud's record can be read, and the TTL that it really has."""
    try:
        ttl = record.ttl()
    except (ClusterUnreachable, ClusterRefused) as error:
        found.missing.append(f"the record that clients follow: {error}")
    else:
        found.seconds["traffic"] = float(ttl)
        found.had.append(f"the record that clients follow is readable: TTL {ttl} s")


def _seconds(verb: str, live: Live) -> dict[str, float]:
    document, timing = live.document, live.document.timing
    ttl = float(document.traffic_ttl or 0)
    if verb == "failover":
        return {
            "detection": document.detection_seconds,
            "challenger_wait": timing.challenger_wait,
            "replay": document.replay_seconds,
            "promotion": document.promote_seconds,
            "traffic": ttl,
        }
    return {
        "fence": timing.fence_seconds,
        "replay": document.replay_seconds,
        "promotion": document.promote_seconds,
        "traffic": ttl,
    }


def _agent(found: Foresight, region: str, before: SiteState, after: SiteState, *, must: bool) -> None:
    moved = bool(before.report and after.report and after.report.count != before.report.count)
    if moved:
        found.had.append(f"the agent of {region} is at work")
    elif must:
        found.missing.append(after.problem or f"the agent of {region} says nothing new; see whether its pod runs")


def _old(found: Foresight, state: SiteState, lease: LeaseRecord | None, live: Live) -> None:
    if lease is None:
        found.missing.append("nobody ever held the lease; start the agents, and the first primary takes it")
        return
    found.had.append(f"the lease is readable: {lease.holder}, epoch {lease.epoch}")
    if lease.free_for(found.new):
        found.had.append(f"{found.old} released the lease")
    elif found.verb == "failover":
        wait = live.document.timing.challenger_wait
        found.missing.append(
            f"that {found.old} is out: its own confirmed fence, or {wait:g} s without a renewal of its lease"
        )
    if state.reading and state.reading.writes is Writes.OPEN:
        found.missing.append(f"the fence of {found.old}: it takes writes now; the verb asks its agent for it")


def _new(found: Foresight, state: SiteState) -> None:
    report = state.report
    if report is None:
        return
    if report.lag_within_limit is True:
        found.had.append(f"the lag of {found.new} is within the limit: {report.lag or 'no limit'}")
    elif report.lag_within_limit is None:
        found.missing.append(f"the lag of {found.new}: nobody measures it; state it with --lag")
    else:
        found.missing.append(f"the lag of {found.new} is above the limit: {report.lag}")
    if report.history_contained is True:
        found.had.append(f"the data of {found.new} is part of the primary's line")
    else:
        found.missing.append(f"that the data of {found.new} is part of the primary's line; run `dbaas dr rejoin`")
