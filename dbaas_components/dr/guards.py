"""The guards of the role machine, one table: each is a condition on facts, with the sentence that refuses.

Each of them can be taken out by its name. The exploration does that, one by one, and has to find what then goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Writes(StrEnum):
    """What the database was read back as."""

    OPEN = "open"
    CLOSED = "closed"
    FENCED = "fenced"
    """Closed, and it confirmed an order to fence with the record's number of orders (`RoleRecord.orders`) or a later
    one. An earlier confirmation says nothing: an order to open may have been given since."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at the moment of a decision. What was not measured is None, and None never counts in favour."""

    record_readable: bool = False
    hold: bool = False
    approval_epoch: int | None = None
    planned: bool = False
    automatic: bool = False
    """Whether the topology opted in to promotions without a person."""
    votes: int = 0
    """Vantage points that see the primary unhealthy."""
    first_primary: bool = False
    """Whether nobody was ever primary and this region is the one the topology names."""
    own_predecessor: bool = False
    """Whether the lease's last holder is this region, under the epoch at which it was primary."""
    lease_epoch: int = 0
    """The epoch of the lease as it was last seen, 0 where there is none."""
    lease_mine: bool = False
    """Whether the lease's holder is this region."""
    same_instance: bool = False
    lease_valid: bool = False
    """Whether a renewal that was sent less than `holder_validity` ago succeeded."""
    granted_epoch: int = 0
    own_epoch: int = 0
    """The epoch under which this region was last primary, by its record or by its database."""
    predecessor_out: bool = False
    """Whether the lease was released for this region, was silent for the challenger's wait, or never existed. One that
    is gone although an epoch was seen proves nothing: a person has to restore it."""
    lag_within_limit: bool | None = None
    history_contained: bool | None = None
    """Whether all that this region has is part of the history to follow."""
    final_position_reached: bool | None = None
    another_primary: bool | None = None
    """Whether another region was read as primary and taking writes."""
    writes: Writes | None = None
    expired: bool = False
    """Whether the time for which a holder may act on its last renewal is over."""
    renewal_known: bool = True
    """Whether the agent knows its last renewal, or has not yet had the chance to renew since it started."""
    releasing: bool = False
    """Whether a request to give the lease back was sent, even if nobody knows what became of it."""
    overtaken: bool = False
    """Whether an order to fence was confirmed after this order to open was given."""


@dataclass(frozen=True, slots=True)
class Guard:
    """One condition."""

    allows: Callable[[Facts], bool]
    refusal: str
    """Completes the sentence `promote is refused while streaming: ...`, with what would allow it."""


def _approved(facts: Facts) -> bool:
    return facts.approval_epoch is not None or facts.automatic or facts.first_primary or facts.own_predecessor


def _approval_current(facts: Facts) -> bool:
    if facts.approval_epoch is None:
        return True
    # What a region took on the strength of an approval raised the epoch by one above what the person saw.
    seen = facts.lease_epoch - (1 if facts.lease_mine else 0)
    return facts.approval_epoch >= max(seen, facts.own_epoch)


def _two_vantage_points(facts: Facts) -> bool:
    asked = facts.approval_epoch is not None or facts.first_primary or facts.own_predecessor
    return asked or not facts.automatic or facts.votes >= 2


GUARDS: Final[Mapping[str, Guard]] = {
    "record_readable": Guard(
        lambda facts: facts.record_readable, "its role record cannot be read; a promotion has to be written down first"
    ),
    "not_held": Guard(
        lambda facts: not facts.hold or facts.approval_epoch is not None,
        "a person fenced it; a person has to approve it again",
    ),
    "approved": Guard(_approved, "nobody approved it; run `dbaas dr failover` or `dbaas dr switchover`"),
    "approval_current": Guard(
        _approval_current,
        "the approval is older than the lease's epoch; look at `dbaas dr status` and approve it again",
    ),
    "two_vantage_points": Guard(
        _two_vantage_points, "fewer than two vantage points see the primary unhealthy; a person can approve it"
    ),
    "predecessor_out": Guard(
        lambda facts: facts.predecessor_out,
        "the lease was neither released nor silent for challenger_wait; wait, let its holder release it, or restore it "
        "where it was deleted",
    ),
    "lease_valid": Guard(
        lambda facts: facts.lease_valid, "it holds no lease that was renewed in time; it has to renew it"
    ),
    "same_instance": Guard(
        lambda facts: facts.same_instance,
        "the lease is that of an earlier boot; it counts as lost and has to be taken anew",
    ),
    "epoch_higher": Guard(
        lambda facts: facts.granted_epoch > facts.own_epoch,
        "it was primary under this epoch before; release the lease and take it anew",
    ),
    "lag_measured": Guard(
        lambda facts: facts.lag_within_limit is not None,
        "its lag is not known; measure it, or accept the loss by an override",
    ),
    "lag_within_limit": Guard(
        lambda facts: facts.lag_within_limit is not False, "its lag is above the limit; let it replay what it received"
    ),
    "history_contained": Guard(
        lambda facts: facts.history_contained is True,
        "its data is not shown to be part of the history to follow; rebuild it",
    ),
    "final_position_reached": Guard(
        lambda facts: not facts.planned or facts.final_position_reached is True,
        "it has not replayed the old primary's last position; wait, or approve an unplanned failover",
    ),
    "fence_confirmed": Guard(
        lambda facts: facts.writes is Writes.FENCED, "the database has not confirmed that it takes no writes"
    ),
    "fence_on_expiry": Guard(lambda facts: not facts.expired, "its lease was not renewed in time; it has to be fenced"),
    "renewal_known": Guard(
        lambda facts: facts.renewal_known,
        "its agent started and could not renew the lease at once, so nobody knows until when it may go on",
    ),
    "not_overtaken": Guard(lambda facts: not facts.overtaken, "the site was fenced after this order to open was given"),
    "starts_closed": Guard(
        lambda facts: facts.writes is not Writes.OPEN, "a database that starts is closed until it is opened"
    ),
    "release_ends_validity": Guard(
        lambda facts: not facts.releasing, "the lease may have been given back; only a renewal shows that it was not"
    ),
    "another_primary": Guard(
        lambda facts: facts.another_primary is True,
        "no other region is shown to be primary, so this data may be the newest there is; promote another one first",
    ),
}
