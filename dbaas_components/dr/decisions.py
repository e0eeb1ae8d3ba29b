"""What an agent does next, from what it sees: pure, one effect at a time.

An agent reads its record, the lease and its database, asks `decide`, carries the one intent out and starts over. A
person's verbs write into the record by `ask`. Whatever opens or closes the database asks `admit_open` and `must_close`
at the last moment. The exploration runs these very functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dbaas_components.dr.guards import GUARDS, Facts, Guard, Writes
from dbaas_components.dr.lease.interface import LeaseRecord, Observed, WonBy
from dbaas_components.dr.records import Approval, Role, RoleRecord, role_of
from dbaas_components.dr.roles import Action, Decision, Event, next_role
from dbaas_components.dr.timing import LeaseTiming


@dataclass(frozen=True, slots=True)
class Watch:
    """The lease as it was last read, and since when it is unchanged, on the reader's own monotonic clock."""

    observed: Observed
    since: float


@dataclass(frozen=True, slots=True)
class Grant:
    """The last request for the lease that succeeded."""

    epoch: int
    sent_at: float


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that a decision rests on. What could not be measured is None."""

    now: float
    """The agent's own monotonic clock, in seconds."""
    topology: str
    region: str
    instance: str
    record: RoleRecord | None
    """The role record; None if it is missing or was never readable since this agent started."""
    record_readable: bool = True
    """Whether it was read just now; without that, `record` is what was last read."""
    watch: Watch | None = None
    read_at: float | None = None
    """When the last request to read the lease was sent that was answered; None where none was since the start."""
    grant: Grant | None = None
    renewal_missed: bool = False
    """Whether the agent, since it started, saw that it is primary, tried to renew and did not succeed."""
    database_epoch: int = 0
    """The epoch that the database itself keeps, 0 where it keeps none: what a lost record would forget."""
    writes: Writes | None = None
    orders: int = 0
    """The highest number of orders that the database confirmed or this agent gave."""
    opening: bool = False
    """Whether an order to open is under way."""
    replicates: bool | None = None
    seeded: bool = False
    broken: bool = False
    lag_within_limit: bool | None = None
    history_contained: bool | None = None
    final_position_reached: bool | None = None
    automatic: bool = False
    votes: int = 0
    declared_primary: bool = False
    """Whether the topology names this region as its first primary."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One effect to carry out, or none, with its reason in words."""

    action: Action | None
    reason: str
    event: Event | None = None
    record: RoleRecord | None = None
    """What to write, where the action is to write the record; replacing the version that was read."""
    won_by: WonBy | None = None
    successor: str | None = None
    wrote: bool = True
    """For a release: whether this site may have taken writes under the lease's epoch."""


def watched(watch: Watch | None, observed: Observed, now: float) -> Watch:
    """The watch after another reading: the wait starts over whenever the version is another one."""
    if watch is not None and watch.observed.version == observed.version:
        return watch
    return Watch(observed, now)


def expired(grant: Grant | None, now: float, timing: LeaseTiming) -> bool:
    """Whether a holder may no longer act on its last renewal."""
    return grant is not None and now - grant.sent_at >= timing.holder_validity


def must_close(
    grant: Grant | None,
    now: float,
    timing: LeaseTiming,
    guards: Mapping[str, Guard] = GUARDS,
    *,
    renewal_missed: bool = False,
) -> bool:
    """Whether an open database has to be closed now, whatever its agent says or does not say.

    An agent that starts remembers no renewal. It may try once; after that the lease may be over at any moment.
    """
    known = grant is not None or not renewal_missed
    facts = Facts(expired=expired(grant, now, timing), renewal_known=known)
    found = [guards.get(name) for name in ("fence_on_expiry", "renewal_known")]
    return any(guard is not None and not guard.allows(facts) for guard in found)


def beginning_lasts(
    proof_at: float | None, now: float, timing: LeaseTiming, guards: Mapping[str, Guard] = GUARDS
) -> bool:
    """Whether a database that was made open before there was a lease may stay so.

    `proof_at` is when this region last asked and learnt that there is no lease, or sent the request for its own first
    one. A challenger's wait begins later, so that the same inequality holds as for a renewal.
    """
    return proof_at is not None and not must_close(Grant(0, proof_at), now, timing, guards)


def grant_after_sending(grant: Grant | None, action: Action, guards: Mapping[str, Guard] = GUARDS) -> Grant | None:
    """What an agent may still rely on once a request is on its way.

    A release that nobody answered can arrive much later; a grant from before it must open nothing in between. A
    renewal that succeeds afterwards also makes the late release fail, since it changes the version.
    """
    guard = guards.get("release_ends_validity")
    keeps = guard is None or guard.allows(Facts(releasing=action is Action.RELEASE_LEASE))
    return grant if keeps else None


def admit_open(
    grant: Grant | None, now: float, timing: LeaseTiming, *, overtaken: bool, guards: Mapping[str, Guard] = GUARDS
) -> str | None:
    """Why an order to open is refused at the moment when it would be carried out; None if it is admitted."""
    facts = Facts(lease_valid=grant is not None and not expired(grant, now, timing), overtaken=overtaken)
    for name in ("lease_valid", "not_overtaken"):
        guard = guards.get(name)
        if guard is not None and not guard.allows(facts):
            return f"the order to open is refused: {guard.refusal}"
    return None


def facts_of(seen: Seen, timing: LeaseTiming) -> Facts:
    """What the guards look at."""
    record, lease = seen.record, _lease(seen)
    own_epoch = max(record.epoch if record else 0, seen.database_epoch)
    mine = lease is not None and lease.holder == seen.region
    waited = seen.watch is not None and seen.now - seen.watch.since >= timing.challenger_wait
    is_first = lease.won_by is WonBy.FIRST and mine if lease else seen.watch is not None
    first = seen.declared_primary and own_epoch == 0 and is_first
    own = first or own_past(lease, seen.region, own_epoch)
    over = expired(seen.grant, seen.now, timing)
    approval = record.approval if record else None
    return Facts(
        record_readable=seen.record_readable,
        hold=record.hold if record else False,
        approval_epoch=approval.epoch if approval else None,
        planned=approval.planned if approval else False,
        automatic=seen.automatic,
        votes=seen.votes,
        first_primary=first,
        own_predecessor=mine and lease is not None and own_epoch > 0 and lease.epoch - own_epoch in (0, 1),
        lease_epoch=lease.epoch if lease else 0,
        lease_mine=mine,
        same_instance=mine and lease is not None and lease.instance == seen.instance,
        lease_valid=seen.grant is not None and not over,
        granted_epoch=seen.grant.epoch if seen.grant else 0,
        own_epoch=own_epoch,
        predecessor_out=first if lease is None else waited or lease.free_for(seen.region),
        lag_within_limit=_unless_measured(seen.lag_within_limit, own),
        history_contained=_unless_measured(seen.history_contained, own),
        final_position_reached=_unless_measured(_final_position_reached(seen, lease), own),
        writes=seen.writes,
        expired=over,
    )


def own_past(lease: LeaseRecord | None, region: str, own_epoch: int) -> bool:
    """Whether nobody but this region, which was primary under `own_epoch`, can have written since.

    Then its data is the newest there is and needs no measurement: not only while the lease is its own, but also once
    another region took the lease, was not promoted and gave it back.
    """
    if lease is None or own_epoch == 0:
        return False
    mine = lease.holder == region
    if mine and lease.epoch - own_epoch in (0, 1):
        return True
    # While another one holds it, that one may write.
    return lease.writer == region and (mine or lease.released)


def decide(seen: Seen, timing: LeaseTiming, guards: Mapping[str, Guard] = GUARDS) -> Intent:
    """The next thing that this region's agent does; the reason says what it waits for where that is nothing."""
    role, facts = role_of(seen.record), facts_of(seen, timing)
    reason = f"{role}: nothing to do"
    for event in _wishes(role, seen, facts, timing, guards):
        decision = next_role(role, event, facts, guards)
        if decision.action is not None:
            return _intent(seen, facts, event, decision)
        reason = decision.reason
    return Intent(None, reason)


def ask(
    record: RoleRecord | None,
    event: Event,
    *,
    topology: str,
    region: str,
    history_contained: bool | None = None,
    another_primary: bool | None = None,
    successor: str | None = None,
    guards: Mapping[str, Guard] = GUARDS,
) -> Intent:
    """What a person's request (fence, rejoin, rebuild) writes into a region's record, or why it is refused."""
    decision = next_role(
        role_of(record), event, Facts(history_contained=history_contained, another_primary=another_primary), guards
    )
    if decision.action is None:
        return Intent(None, decision.reason, event)
    written = _record_after(record or RoleRecord(topology=topology, region=region), event, decision.role, 0)
    if event is Event.FENCE:
        written = written.model_copy(update={"hold": True, "successor": successor})
    return Intent(Action.WRITE_RECORD, decision.reason, event, written)


def approve(record: RoleRecord | None, approval: Approval, *, topology: str, region: str) -> RoleRecord:
    """The record with a person's approval; whether it is enough is for the guards to say."""
    return (record or RoleRecord(topology=topology, region=region)).model_copy(update={"approval": approval})


def _unless_measured(measured: bool | None, own: bool) -> bool | None:
    return True if own and measured is None else measured


def _final_position_reached(seen: Seen, lease: LeaseRecord | None) -> bool | None:
    """What was measured, where there is a last position at all: who fell silent may have written on."""
    known = lease is not None and lease.handed_over and (lease.released or lease.holder == seen.region)
    return seen.final_position_reached if known else None


def _lease(seen: Seen) -> LeaseRecord | None:
    return seen.watch.observed.record if seen.watch else None


def _wishes(role: Role, seen: Seen, facts: Facts, timing: LeaseTiming, guards: Mapping[str, Guard]) -> Iterator[Event]:
    """The events that there are, the most urgent first."""
    lease = _lease(seen)
    # An earlier boot's lease counts as lost.
    mine = lease is not None and facts.lease_mine and not lease.released
    held = mine and (facts.same_instance or "same_instance" not in guards)
    if role is Role.FENCING:
        yield Event.CLOSED
        yield Event.SHUT
    elif role in (Role.PROMOTING, Role.PRIMARY):
        yield from _as_primary(role, seen, facts, timing, guards, held=held)
    elif seen.writes is Writes.OPEN and not _made_open(role, seen, facts, timing, guards):
        yield Event.EXPIRE
    elif role in (Role.SEEDING, Role.FAILED):
        if role is Role.SEEDING and seen.seeded:
            yield Event.SEEDED
        if held:
            yield Event.RELEASE
            yield Event.SHUT
    else:
        yield from _as_candidate(role, seen, facts, held=held)


def _made_open(role: Role, seen: Seen, facts: Facts, timing: LeaseTiming, guards: Mapping[str, Guard]) -> bool:
    """Whether an open database is that of the very first primary, which was made open and not yet written down as one.

    There is no other site to protect then, and a fence would shut a database down for nothing.
    """
    if role is not Role.STANDBY or not facts.first_primary:
        return False
    if not facts.lease_mine:
        return beginning_lasts(seen.read_at, seen.now, timing, guards)
    sent = seen.grant.sent_at if seen.grant and facts.same_instance else None
    return beginning_lasts(sent, seen.now, timing, guards)


def _as_primary(
    role: Role, seen: Seen, facts: Facts, timing: LeaseTiming, guards: Mapping[str, Guard], *, held: bool
) -> Iterator[Event]:
    if seen.broken:
        yield Event.BREAK
    if must_close(seen.grant, seen.now, timing, guards, renewal_missed=seen.renewal_missed):
        yield Event.EXPIRE
    if seen.watch is not None and not (held and facts.lease_epoch == facts.own_epoch):
        yield Event.EXPIRE
    if seen.grant is None:
        # The one attempt that an agent has after its start comes before everything else.
        yield Event.RENEW
    if role is Role.PROMOTING and seen.writes is Writes.OPEN:
        yield Event.OPENED
    if seen.writes in (Writes.CLOSED, Writes.FENCED) and not seen.opening:
        yield Event.OPEN
    if seen.grant is None or seen.now - seen.grant.sent_at >= timing.renew_every:
        yield Event.RENEW


def _as_candidate(role: Role, seen: Seen, facts: Facts, *, held: bool) -> Iterator[Event]:
    if seen.broken:
        yield Event.BREAK
    if held and (facts.lease_epoch > facts.own_epoch or facts.approval_epoch is not None):
        if facts.lease_valid:
            yield Event.PROMOTE
            yield Event.RELEASE
            yield Event.SHUT
        yield Event.RENEW
    elif held:
        yield Event.REOPEN
        # A site that became a standby in the meantime must not keep the lease from the others by renewing it.
        if facts.hold or role is not Role.FENCED:
            yield Event.RELEASE
            yield Event.SHUT
        yield Event.RENEW
    elif seen.watch is not None:
        yield Event.CLAIM
    if role is Role.STANDBY and seen.replicates:
        yield Event.REPLICATES
    if role is Role.STREAMING and seen.replicates is False:
        yield Event.STALLS


def _intent(seen: Seen, facts: Facts, event: Event, decision: Decision) -> Intent:
    intent = Intent(decision.action, decision.reason, event)
    if decision.action is Action.WRITE_RECORD:
        before = seen.record or RoleRecord(topology=seen.topology, region=seen.region)
        written = _record_after(before, event, decision.role, facts.granted_epoch)
        if event in (Event.PROMOTE, Event.REOPEN):
            written = written.model_copy(update={"orders": max(before.orders, seen.orders) + 1})
        return replace(intent, record=written.model_copy(update={"instance": seen.instance}))
    if decision.action is Action.CLAIM_LEASE:
        return replace(intent, won_by=_ground(seen))
    if decision.action is Action.RELEASE_LEASE:
        successor = seen.record.successor if seen.record else None
        return replace(intent, successor=successor, wrote=facts.own_epoch >= facts.lease_epoch)
    return intent


def _ground(seen: Seen) -> WonBy:
    lease = _lease(seen)
    if lease is None:
        return WonBy.FIRST
    return WonBy.RELEASE if lease.free_for(seen.region) else WonBy.EXPIRY


def _record_after(record: RoleRecord, event: Event, role: Role, granted_epoch: int) -> RoleRecord:
    update: dict[str, object] = {"role": role}
    if event is Event.PROMOTE:
        update |= {"epoch": granted_epoch, "incarnation": granted_epoch}
    if event in (Event.PROMOTE, Event.REJOIN, Event.REBUILD):
        update |= {"hold": False, "successor": None}
    if event in (Event.PROMOTE, Event.FENCE):
        # An approval is used up, and an older one must not undo a fence that a person asked for later.
        update["approval"] = None
    return record.model_copy(update=update)
