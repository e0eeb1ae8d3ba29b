"""From what an agent read to what its decision rests on. Pure but for what it remembers of its own clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dbaas_components.dr.decisions import Grant, Seen, Watch
from dbaas_components.dr.failover.document import LagBound, TopologyDocument
from dbaas_components.dr.failover.records import Kept, Wishes
from dbaas_components.dr.failover.site import BEHAVIOUR, Lag, Reading
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord
from dbaas_components.dr.records import Role, RoleRecord, role_of

LAG_AGE_SECONDS: Final = 600.0
"""A measured lag counts for so long. The operator of pg measures every five minutes (3.0), and none once it is lost."""


@dataclass
class LagMemory:
    """The last lag and since when it is known, on the agent's own clock."""

    lag: Lag | None = None
    since: float = 0.0

    def take(self, lag: Lag | None, now: float) -> None:
        """Remembers a measurement; the same one again does not become younger."""
        if lag is not None and (self.lag is None or self.lag.version != lag.version):
            self.lag, self.since = lag, now

    def age(self, now: float) -> float | None:
        """Seconds since it was first seen; None where nothing was measured."""
        return now - self.since if self.lag else None


def within(limit: LagBound | None, lag: Lag | None) -> bool | None:
    """Whether a lag is within the limit; None where it was not measured in the limit's unit.

    Without a limit every lag is within it, as long as somebody measured one.
    """
    if lag is None:
        return None
    if limit is None or (limit.most_bytes is None and limit.seconds is None):
        return True
    if limit.most_bytes is not None and lag.bytes is not None:
        return lag.bytes <= limit.most_bytes
    if limit.seconds is not None and lag.seconds is not None:
        return lag.seconds <= limit.seconds
    return None


@dataclass(frozen=True, slots=True)
class Look:
    """One look of an agent at everything."""

    now: float
    kept: Kept
    record_readable: bool
    reading: Reading | None
    watch: Watch | None
    grant: Grant | None
    memory: LagMemory
    read_at: float | None = None
    """When the last request to read the lease was sent that was answered."""
    renewal_missed: bool = False
    """Whether this agent, since it started, tried to renew as a primary and did not succeed."""
    votes: int = 0
    final_position: bool | None = None
    """Whether a probe saw the old primary's last position replayed; None where there is no probe."""
    lag_after_fence: bool = False
    """Whether the lag that is known was first seen after the lease was released."""


def seen(document: TopologyDocument, region: str, instance: str, look: Look, limit: LagBound | None) -> Seen:
    """What the decision rests on, a person's overrides applied to what they are about."""
    record, wishes = look.kept.record, valid_wishes(document, look)
    lease = lease_of(look.watch)
    reading = look.reading
    own = _own_past(document, region, record, lease)
    age = look.memory.age(look.now)
    lag = look.memory.lag if age is not None and age <= LAG_AGE_SECONDS else None
    in_limit = True if own else within(limit, stated(wishes) or lag)
    if (wishes and wishes.accept_data_loss) or _handed_over(document, record):
        in_limit = True
    watch = look.watch
    if watch and wishes and wishes.override_fencing:
        watch = Watch(watch.observed, look.now - document.timing.challenger_wait)
    return Seen(
        now=look.now,
        topology=document.topology,
        region=region,
        instance=instance,
        record=record,
        record_readable=look.record_readable,
        watch=watch,
        read_at=look.read_at,
        grant=look.grant,
        renewal_missed=look.renewal_missed,
        database_epoch=reading.epoch if reading else 0,
        orders=reading.orders if reading else 0,
        writes=reading.writes if reading else None,
        opening=bool(reading and reading.says_primary and not reading.paused and reading.writes is None),
        replicates=_replicates(reading),
        seeded=bool(_replicates(reading)),
        broken=False,
        lag_within_limit=in_limit,
        history_contained=_contained(record, reading, own=own),
        final_position_reached=_final(look, wishes, own=own or _handed_over(document, record)),
        automatic=document.automatic,
        votes=look.votes,
        declared_primary=document.primary_region == region,
    )


def lease_of(watch: Watch | None) -> LeaseRecord | None:
    """The lease as it was last read."""
    return watch.observed.record if watch else None


def valid_wishes(document: TopologyDocument, look: Look) -> Wishes | None:
    """The wishes that are about this epoch and this database, and that the environment allows."""
    wishes, lease = look.kept.wishes, lease_of(look.watch)
    if wishes is None or wishes.database != document.database:
        return None
    epoch = lease.epoch if lease else 0
    record = look.kept.record
    # As with an approval: the region's own claim on the strength of it raised the epoch by one.
    mine = lease is not None and record is not None and lease.holder == record.region
    if wishes.epoch not in (epoch, epoch - 1 if mine else epoch):
        return None
    return wishes.model_copy(
        update={
            "accept_data_loss": wishes.accept_data_loss and document.may_override("accept-data-loss"),
            "override_fencing": wishes.override_fencing and document.may_override("override-fencing"),
        }
    )


def stated(wishes: Wishes | None) -> Lag | None:
    """A lag that a person stated."""
    if wishes is None or not wishes.stated_lag:
        return None
    amount, _, unit = wishes.stated_lag.partition(" ")
    source = f"stated by {wishes.stated_by}"
    version = f"{source} {wishes.epoch}"
    if unit == "bytes":
        return Lag(int(amount), None, source, version)
    return Lag(None, float(amount), source, version)


def forced_step_missing(document: TopologyDocument, region: str, look: Look) -> str | None:
    """What has to come before a lease that expired may be taken; None where nothing has to.

    Here and not at the opening: a region that holds the lease and cannot open keeps everybody else out.
    """
    lease, wishes = lease_of(look.watch), valid_wishes(document, look)
    if not BEHAVIOUR[document.engine].forced_step or lease is None or lease.free_for(region):
        return None
    if lease.holder == region or (wishes and wishes.reconfigured):
        return None
    return (
        "the replica set may have lost its majority; run `dbaas dr failover --force-reconfiguration "
        f"{document.database}`"
    )


def _handed_over(document: TopologyDocument, record: RoleRecord | None) -> bool:
    """Whether a planned change is under way in which the engine itself sees to it that nothing is lost."""
    approval = record.approval if record else None
    return BEHAVIOUR[document.engine].hands_over and approval is not None and approval.planned


def _own_past(document: TopologyDocument, region: str, record: RoleRecord | None, lease: LeaseRecord | None) -> bool:
    """Whether nobody but this region can have written since it last did."""
    if lease is None:
        return document.primary_region == region and (record is None or record.epoch == 0)
    if lease.holder != region:
        return False
    # Its own epoch, one that it took after its own; or the very first one, on its way to being primary.
    epoch = record.epoch if record else 0
    return lease.epoch - epoch in (0, 1) if epoch else lease.won_by == "first"


def _contained(record: RoleRecord | None, reading: Reading | None, *, own: bool) -> bool | None:
    if own:
        return True
    if record is None and (reading is None or reading.says_primary or reading.paused):
        return None
    # Into these roles a site comes with a copy, or with a proof that its own past is part of the line.
    return True if role_of(record) in (Role.STANDBY, Role.STREAMING) else None


def _replicates(reading: Reading | None) -> bool | None:
    if reading is None or not reading.observed:
        return None
    return reading.ready and not reading.says_primary and not reading.paused


def _final(look: Look, wishes: Wishes | None, *, own: bool) -> bool | None:
    """Whether what the old primary wrote last is here.

    Where a probe reads positions, it says so. Else a lag of nothing that was measured after the old site was fenced;
    what a person stated counts for its epoch alone: an earlier change's word says nothing of this one's last writes.
    """
    if own:
        return True
    if look.final_position is not None:
        return look.final_position
    told = stated(wishes)
    if wishes and wishes.stated_after_fence and told is not None and not (told.bytes or told.seconds):
        return True
    lag = look.memory.lag
    # Seconds are of what a replica received: it never hears of the last writes of a site that was cut off from it.
    if lag is None or not look.lag_after_fence or lag.bytes is None:
        return None
    return not lag.bytes


def report_facts(found: Seen) -> Mapping[str, bool | None]:
    """What of a look a verb wants to know."""
    return {
        "lag_within_limit": found.lag_within_limit,
        "final_position_reached": found.final_position_reached,
        "history_contained": found.history_contained,
    }


def is_fenced(reading: Reading | None) -> bool:
    """Whether it confirmed an order to fence."""
    return reading is not None and reading.writes is Writes.FENCED
