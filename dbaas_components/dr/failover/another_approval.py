"""A new region that is placed anew between the lease and its promotion: approved again, on the run's own proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dbaas_components.dr.decisions import approve
from dbaas_components.dr.failover.records import Wishes
from dbaas_components.dr.failover.steps import Outcome, Wait
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.records import Approval, Role

if TYPE_CHECKING:
    from dbaas_components.dr.failover.live import SiteState
    from dbaas_components.dr.failover.moves import Switch
    from dbaas_components.dr.lease.interface import LeaseRecord
    from dbaas_components.dr.records import RoleRecord


def outran_its_approval(switch: Switch, record: RoleRecord, lease: LeaseRecord) -> bool:
    """Whether the new region was placed anew before it was promoted, and took the lease above its approval."""
    given = record.approval
    return switch.taken(lease) and record.epoch <= switch.epoch and given is not None and given.epoch < lease.epoch - 1


def approve_again(switch: Switch, state: SiteState, record: RoleRecord, lease: LeaseRecord) -> Outcome:
    """Approves it for the epoch that there is now; nobody wrote since this run's proofs.

    The lease names no last position any more: who took it anew may have been promoted, for all that it says. This
    run saw that it was not, and that the old primary is fenced still and that its last position was replayed.
    """
    wishes = switch.wishes
    if switch.planned:
        old = switch.live.site(switch.old)
        held = old.kept.record is not None and old.kept.record.hold and old.kept.record.successor == switch.new
        fenced = old.role is Role.FENCED and held and old.reading and old.reading.writes is Writes.FENCED
        doubt = old.problem or switch.doubt_of_the_old(old.kept.record.epoch if old.kept.record else 0)
        if doubt or not fenced:
            return Wait(f"{switch.new} was placed anew and needs another approval; {doubt or f'{switch.old} is open'}")
        limit = switch.live.document.lag_limit
        nothing = "0 bytes" if limit is not None and limit.most_bytes is not None else "0 s"
        wishes = Wishes(
            epoch=lease.epoch,
            database=switch.live.document.database,
            stated_lag=nothing,
            stated_by=f"{switch.book.evidence.run}, which saw the last position replayed",
            stated_after_fence=True,
        )
    elif wishes is not None:
        wishes = wishes.model_copy(update={"epoch": lease.epoch})
    given = Approval(epoch=lease.epoch, by=switch.by, at=switch.book.now())
    written = approve(record, given, topology=switch.topology, region=switch.new)
    switch.live.connections.records[switch.new].write(state.kept, record=written, wishes=wishes)
    switch.book.prove(f"{switch.new} approved again", switch.live.connections.lease.place, str(lease.epoch))
    return Wait(f"{switch.new} was placed anew before it was promoted; it was approved again")
