"""The loop of one region's agent: read everything, decide, do one thing, say so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from dbaas_components.dr.agent.looking import (
    LagMemory,
    Look,
    forced_step_missing,
    lease_of,
    report_facts,
    seen,
)
from dbaas_components.dr.agent.votes import Votes
from dbaas_components.dr.decisions import (
    Grant,
    Intent,
    Seen,
    Watch,
    admit_open,
    decide,
    grant_after_sending,
    watched,
)
from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable, Conflict
from dbaas_components.dr.failover.document import TopologyDocument
from dbaas_components.dr.failover.probe import PositionProbe
from dbaas_components.dr.failover.records import Kept, RecordStore, Report
from dbaas_components.dr.failover.site import BEHAVIOUR, Lag, Reading, Site
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import (
    Granted,
    Identity,
    Lease,
    LeaseRecord,
    LeaseStore,
    Observed,
    Unreachable,
    WonBy,
)
from dbaas_components.dr.measures.endpoint import Endpoint
from dbaas_components.dr.measures.network_deny import NetworkDeny
from dbaas_components.dr.measures.revocation import give_back
from dbaas_components.dr.measures.taking import Taking
from dbaas_components.dr.records import Role, role_of
from dbaas_components.dr.roles import Action, Event
from dbaas_components.dr.timing import monotonic_seconds

LOG = logging.getLogger("dr-agent")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an agent stands."""

    region: str
    instance: str
    """Another one after a boot of the node, or where the agent was placed anew."""


class Agent:
    """One region's agent. `turn` is one round; it raises nothing for what an outage does."""

    def __init__(
        self,
        document: TopologyDocument,
        placement: Placement,
        site: Site,
        records: RecordStore,
        lease_store: LeaseStore,
        *,
        votes: Votes | None = None,
        probe: PositionProbe | None = None,
        measured: Callable[[], Lag | None] | None = None,
        clock: Callable[[], float] = monotonic_seconds,
        now: Callable[[], str] = lambda: "",
    ) -> None:
        self._document = document
        self._region = placement.region
        self._instance = placement.instance
        self._site = site
        self._records = records
        self._lease = Lease(lease_store, Identity(document.topology, placement.region, placement.instance), clock=clock)
        self._votes = votes
        self._probe = probe
        self._measured = measured
        self._clock = clock
        self._now = now
        self._measures = Taking(
            site,
            NetworkDeny(site, document.topology),
            Endpoint(site, document.traffic.get(placement.region)),
            retry_seconds=document.timing.renew_every,
        )
        self._watch: Watch | None = None
        self._read_at: float | None = None
        self._grant: Grant | None = None
        self._renewal_missed = False
        self._kept = Kept(None, None, None)
        self._memory = LagMemory()
        self._released_epoch: int | None = None
        self._lag_at_release: str | None = None
        self._claimed = (0, 0)
        self._count = 0
        self._seen_epoch = document.epoch - 1
        self.last: Intent = Intent(None, "has not looked yet")

    def turn(self) -> Intent:
        """One look and at most one effect; what was done, or why nothing was."""
        self._read_lease()
        readable, reading = self._read_site()
        look = self._look(readable, reading)
        found = seen(self._document, self._region, self._instance, look, self._document.lag_limit)
        if self._votes:
            self._vote(found)
            found = replace(found, votes=self._votes_now(self._votes))
        intent = decide(found, self._document.timing)
        try:
            intent = self._carry_out(intent, found, look)
        except Conflict as error:
            intent = Intent(None, f"somebody wrote in between; looking again ({error})")
        except (ClusterUnreachable, ClusterRefused) as error:
            intent = Intent(None, str(error))
        if readable and role_of(look.kept.record) in (Role.PROMOTING, Role.PRIMARY):
            self._renewal_missed = self._grant is None
        if readable:
            # Of what was read before this round's effect: what that changes is the next round's.
            self._measures.turn(look.kept.record, reading, lease_of(self._watch), self._clock())
        self._tell(intent, found, look)
        self.last = intent
        return intent

    def _votes_now(self, votes: Votes) -> int:
        """The votes on the primary; once this region has the lease, those on which it took it.

        From then on every voter looks at this region, and its claim would lose its ground by succeeding.
        """
        counted, lease = votes.unhealthy(self._clock()), lease_of(self._watch)
        epoch, at_claim = self._claimed
        return at_claim if lease is not None and (lease.holder, lease.epoch) == (self._region, epoch) else counted

    def _read_lease(self) -> None:
        sent_at = self._clock()
        observed = self._lease.read()
        if isinstance(observed, Observed):
            self._read_at = sent_at
            self._watch = watched(self._watch, observed, self._clock())
            if observed.record:
                self._seen_epoch = max(self._seen_epoch, observed.record.epoch)
        else:
            LOG.warning("%s", getattr(observed, "reason", None) or getattr(observed, "sentence", ""))

    def _read_site(self) -> tuple[bool, Reading | None]:
        try:
            self._kept = self._records.read()
            reading = self._site.read(self._kept.record.orders if self._kept.record else 0)
        except (ClusterUnreachable, ClusterRefused) as error:
            LOG.warning("%s", error)
            return False, None
        if reading:
            self._memory.take(self._lag_of(reading), self._clock())
        return True, reading

    def _lag_of(self, reading: Reading) -> Lag | None:
        """The operator's measurement, else our own, which is of a standby alone."""
        if reading.lag is not None or self._measured is None or reading.says_primary:
            return reading.lag
        return self._measured()

    def _look(self, readable: bool, reading: Reading | None) -> Look:
        lease = lease_of(self._watch)
        self._mark_release(lease)
        lag = self._memory.lag
        return Look(
            now=self._clock(),
            kept=self._kept,
            record_readable=readable,
            reading=reading,
            watch=self._watch,
            read_at=self._read_at,
            grant=self._grant,
            renewal_missed=self._renewal_missed,
            memory=self._memory,
            final_position=self._probe.reached(self._site, lease.position) if self._probe and lease else None,
            lag_after_fence=self._released_epoch is not None
            and lag is not None
            and lag.version != self._lag_at_release,
        )

    def _mark_release(self, lease: LeaseRecord | None) -> None:
        """Remembers which lag was known when the old primary's release was first seen: only a later one proves."""
        epoch = None
        if lease is not None and lease.released:
            epoch = lease.epoch
        elif lease is not None and lease.won_by is WonBy.RELEASE:
            epoch = lease.epoch - 1
        if epoch != self._released_epoch:
            self._released_epoch = epoch
            self._lag_at_release = self._memory.lag.version if self._memory.lag else None

    def _carry_out(self, intent: Intent, found: Seen, look: Look) -> Intent:
        match intent.action:
            case Action.CLAIM_LEASE if look.watch and intent.won_by:
                missing = forced_step_missing(self._document, self._region, look)
                if missing:
                    return Intent(None, missing)
                got = self._lease.acquire(look.watch.observed, intent.won_by, seen_epoch=self._seen_epoch)
                if isinstance(got, Granted):
                    self._claimed = (got.epoch, found.votes)
                return self._granted(intent, got)
            case Action.RENEW_LEASE if look.watch:
                return self._granted(intent, self._lease.renew(look.watch.observed))
            case Action.RELEASE_LEASE if look.watch:
                return self._release(intent, look.watch.observed)
            case Action.OPEN_DATABASE:
                return self._open(intent, look)
            case Action.FENCE_DATABASE:
                return self._fence(intent, look)
            case Action.WRITE_RECORD if intent.record:
                self._records.write(look.kept, record=intent.record.model_copy(update={"written_at": self._now()}))
                return intent
            case _:
                return self._follow(intent, found, look)

    def _granted(self, intent: Intent, got: object) -> Intent:
        if isinstance(got, Granted):
            self._grant = Grant(got.epoch, got.sent_at)
            self._watch = watched(self._watch, got.observed, self._clock())
            return intent
        return replace(intent, action=None, reason=f"{intent.reason}: not granted ({got})")

    def _release(self, intent: Intent, observed: Observed) -> Intent:
        position = self._probe.final(self._site) if self._probe else ""
        self._grant = grant_after_sending(self._grant, Action.RELEASE_LEASE)
        got = self._lease.release(observed, successor=intent.successor, position=position or "", wrote=intent.wrote)
        if isinstance(got, Unreachable):
            return replace(intent, action=None, reason=got.reason)
        return intent

    def _open(self, intent: Intent, look: Look) -> Intent:
        reading, record = look.reading, look.kept.record
        if reading is None or record is None:
            return Intent(None, "the database cannot be read")
        refused = admit_open(self._grant, self._clock(), self._document.timing, overtaken=False)
        if refused:
            return Intent(None, refused)
        if give_back(self._site, reading):
            return Intent(None, "gives the archive's keys back before the database is opened")
        # The version that was read: a fence that was confirmed since makes this order fail.
        self._site.open(reading, incarnation=record.incarnation, epoch=record.epoch, orders=record.orders)
        return intent

    def _fence(self, intent: Intent, look: Look) -> Intent:
        reading, record, lease = look.reading, look.kept.record, lease_of(look.watch)
        if reading is None:
            return Intent(None, "the database cannot be read, so it cannot be fenced from here")
        orders = record.orders if record else 0
        planned = record is not None and record.hold and record.successor is not None and self._grant is not None
        if planned and BEHAVIOUR[self._document.engine].hands_over and record and record.successor and lease:
            if reading.writes is not Writes.FENCED and not reading.fence_ordered(orders):
                self._site.hand_over(reading, record.successor, lease.epoch, orders)
        elif not (reading.paused and reading.fence_ordered(orders)):
            self._site.pause(reading, orders)
        return intent

    def _follow(self, intent: Intent, found: Seen, look: Look) -> Intent:
        """Has a standby follow whoever holds the lease. Its role's fields close it, so that this needs no proof."""
        reading, lease = look.reading, lease_of(look.watch)
        if reading is None or lease is None or lease.released or lease.holder == self._region:
            return intent
        if role_of(found.record) not in (Role.STANDBY, Role.STREAMING) or reading.writes is Writes.OPEN:
            return intent
        if look.kept.record is None or self._site.follows(reading, lease.holder, lease.epoch):
            return intent
        if give_back(self._site, reading):
            return Intent(None, "gives the archive's keys back before the database follows")
        self._site.follow(reading, lease.holder, lease.epoch)
        return Intent(None, f"follows {lease.holder} under epoch {lease.epoch}", Event.REPLICATES)

    def _vote(self, found: Seen) -> None:
        lease = lease_of(found.watch)
        if self._votes and lease:
            self._votes.cast(lease, self._clock())

    def _tell(self, intent: Intent, found: Seen, look: Look) -> None:
        self._count += 1
        lease, reading = lease_of(look.watch), look.reading
        held = f"{lease.holder} epoch {lease.epoch}{' released' if lease.released else ''}" if lease else "nobody"
        age = self._memory.age(look.now)
        report = Report(
            region=self._region,
            instance=self._instance,
            count=self._count,
            role=str(role_of(found.record)),
            reason=intent.reason,
            writes=str(reading.writes) if reading and reading.writes else "",
            state=reading.state if reading else "",
            lag=f"{self._memory.lag}, {age:.0f} s ago" if self._memory.lag and age is not None else "",
            lease=held,
            lease_waited=look.now - look.watch.since if look.watch else 0.0,
            votes=found.votes,
            measures=dict(self._measures.told),
            at=self._now(),
            **report_facts(found),
        )
        try:
            self._records.report(report)
        except (ClusterUnreachable, ClusterRefused) as error:
            LOG.warning("%s", error)
