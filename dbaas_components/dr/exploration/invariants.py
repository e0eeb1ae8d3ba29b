"""What must never happen. Written without the guards, from what really is so, which no agent sees."""

from __future__ import annotations

from dbaas_components.dr.exploration.state import Data, LeaseState, Site, World
from dbaas_components.dr.exploration.view import Sights
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import WonBy


def wrong_state(world: World) -> str | None:
    """Two sites that take writes, be it in one epoch or in two."""
    writable = [site for site in world.sites if site.writes is Writes.OPEN]
    if len(writable) < 2:
        return None
    epochs = sorted(site.epoch for site in writable)
    return f"{len(writable)} sites take writes, under epochs {', '.join(map(str, epochs))}"


def wrong_opening(site: Site) -> str | None:
    """A database that opens without what has to be true of it."""
    if site.data is Data.OVER:
        return "a database opens that lacks more writes than the limit"
    if site.data is Data.DIVERGED:
        return "a database opens whose data the history lacks"
    return None


def wrong_claim(lease: LeaseState | None, index: int, ground: str) -> str | None:
    """A lease taken as if it were free, that was handed over to another site."""
    if lease is not None and lease.released and lease.successor not in (-1, index) and ground != WonBy.EXPIRY:
        return f"a lease that was handed over to {lease.successor} is taken by {index} at once"
    return None


def wrong_rebuild(world: World, index: int) -> str | None:
    """The last data within the limit thrown away."""
    others = [site for number, site in enumerate(world.sites) if number != index]
    if world.sites[index].data in (Data.OVER, Data.DIVERGED):
        return None
    if any(site.data in (Data.CURRENT, Data.WITHIN) for site in others):
        return None
    return "data is replaced although no other site has it"


def wrong_promotion(world: World, index: int, epoch: int, sights: Sights) -> str | None:
    """A promotion without proof: of the person's will, of the epoch, of the data, of the record."""
    site = world.sites[index]
    approval = site.approval
    first = world.promoted == 0 and site.declared
    again = site.epoch == world.promoted > 0
    if approval is not None:
        if approval[0] < world.promoted:
            return "a promotion rests on an approval that was given before the last promotion"
    elif not (first or again or sights.votes >= 2):
        return "a promotion that nobody asked for and fewer than two vantage points justify"
    if epoch <= world.promoted:
        return f"two promotions under one epoch: {epoch} after {world.promoted}"
    if not sights.record_readable:
        return "a promotion that its region's record does not hold"
    if site.data is Data.DIVERGED:
        return "a site is promoted whose data the history lacks"
    if site.data is Data.OVER:
        return "a site is promoted that lacks more writes than the limit"
    if approval is not None and approval[1] and site.data is not Data.CURRENT:
        return "a planned switch loses writes"
    return None
