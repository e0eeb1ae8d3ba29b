"""`gameday`: a switchover and the way back, checked, so that the day it counts is not the first one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from dbaas_components.dr.failover.moves import Switch, primary_again
from dbaas_components.dr.failover.records import Wishes
from dbaas_components.dr.failover.records_in_clouds import CloudRecord
from dbaas_components.dr.failover.steps import Done, Outcome, Step, Stop, Wait
from dbaas_components.dr.failover.switchover import switchover_steps
from dbaas_components.dr.failover.traffic import Traffic

HALF_WAY: Final = "rehearsed up to the change"
"""The proof that a gameday is on its way back."""


@dataclass
class Rehearsal:
    """There and back again: `there` is the change, `back` its reverse."""

    there: Switch
    back: Switch

    def half(self) -> Outcome:
        """The other region is primary: the way back begins at its epoch."""
        lease = self.there.live.lease()
        if self.there.book.proven(HALF_WAY):
            return Done()
        if lease is None or lease.holder != self.there.new:
            return Stop(f"{self.there.new} does not hold the lease any more; look at `dbaas dr status`")
        self.there.book.prove(HALF_WAY, self.there.live.connections.lease.place, str(lease.epoch))
        self.back.epoch = lease.epoch
        self.back.wishes = _of_the_way_back(self.back)
        return Done()

    def where_it_began(self) -> Outcome:
        """The first primary is primary again, and the other follows it."""
        live = self.there.live
        lease = live.lease()
        if lease is None or lease.holder != self.there.old:
            return Wait(f"{self.there.old} does not hold the lease")
        site, reading = live.connections.sites[self.there.new], live.site(self.there.new).reading
        if reading is None or not site.follows(reading, lease.holder, lease.epoch):
            return Wait(f"{self.there.new} does not follow {self.there.old} yet")
        self.there.book.prove("ends where it began", live.connections.lease.place, f"{lease.holder} is primary")
        return Done()


def rehearsal_of(there: Switch) -> Rehearsal:
    """The rehearsal; goes on with the way back where the record says that the first half is done."""
    half = there.book.proven(HALF_WAY)
    anew = there.book.proven(primary_again(there.new))
    epoch = max(int(one.value) for one in (half, anew) if one) if half else there.epoch + 1
    back = replace(there, old=there.new, new=there.old, epoch=epoch)
    back.wishes = _of_the_way_back(back)
    return Rehearsal(there, back)


def _of_the_way_back(back: Switch) -> Wishes | None:
    """A person's lag, for the way back: it shows the last position only if it was said after that region's fence."""
    fenced = back.book.proven(f"fence of {back.old} confirmed") is not None
    return back.wishes and back.wishes.model_copy(update={"epoch": back.epoch, "stated_after_fence": fenced})


def gameday_steps(rehearsal: Rehearsal, record: CloudRecord | None) -> list[Step]:
    """Both changes with their checks."""
    there, back = rehearsal.there, rehearsal.back
    first = [] if there.book.proven(HALF_WAY) else switchover_steps(there, Traffic(there, record))
    return [
        *first,
        Step("half way", rehearsal.half),
        *switchover_steps(back, Traffic(back, record)),
        Step("check that it ends where it began", rehearsal.where_it_began),
    ]
