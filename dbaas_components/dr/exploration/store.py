"""The lease's store in the exploration: it answers by the rules of `lease.interface`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dbaas_components.dr.exploration.state import LeaseState, Past, World, past_of
from dbaas_components.dr.exploration.view import ME, TOPOLOGY, lease_record, place_of
from dbaas_components.dr.guards import Guard
from dbaas_components.dr.lease.interface import HeldByOther, Identity, WonBy, given_back, taken

WROTE: Final = "wrote"
"""Ground of a release by a site that may have taken writes under its epoch."""

NAMED: Final = "named"
"""Ground of a release to one site alone."""


def changed(world: World) -> World:
    """The world once another version stands in the store: what was read is outdated, what rests on it will fail."""
    lease = world.lease
    sites = list(world.sites)
    for index, site in enumerate(sites):
        request = site.request._replace(store_current=False) if site.request else None
        old_mine, old_past = site.old_mine, site.old_past
        if site.watch >= 0:
            own = lease is not None and lease.holder == index and lease.same_instance and not lease.released
            old_mine = lease.epoch if own and lease else 0
            old_past = past_of(lease, index) if own and lease else Past()
        sites[index] = site._replace(watch=-1, old_mine=old_mine, old_past=old_past, request=request, late="")
    return world._replace(sites=tuple(sites))


def carried_out(world: World, index: int, kind: str, ground: str, guards: Mapping[str, Guard]) -> tuple[World, int]:
    """The world after the store carried a request out, and the epoch granted; 0 where it was refused.

    A claim or release comes here only while the store is as its sender read it: any other version refuses it.
    """
    lease = world.lease
    if kind == "claim":
        identity = Identity(TOPOLOGY, ME, "this boot")
        basis = lease_record(lease, index) if lease else None
        wanted = taken(basis, identity, WonBy(ground), seen_epoch=world.sites[index].epoch)
        if isinstance(wanted, HeldByOther):
            return world, 0
        outdated = wanted.handed_over and lease is not None and lease.outdated
        first, writer = wanted.won_by is WonBy.FIRST, place_of(wanted.writer, index)
        new = LeaseState(index, True, wanted.epoch, False, first, writer, wanted.handed_over, outdated)
        return changed(world)._replace(lease=new), new.epoch
    own = lease is not None and lease.holder == index and not lease.released
    if lease is None or not own or not (lease.same_instance or "same_instance" not in guards):
        return world, 0
    after = changed(world)
    if kind == "release":
        wrote = WROTE in ground
        successor = world.sites[index].successor if NAMED in ground else -1
        freed = given_back(lease_record(lease, index), None, wrote=wrote)
        writer, outdated = place_of(freed.writer, index), lease.outdated and not wrote
        after = after._replace(
            lease=lease._replace(
                released=True, writer=writer, handed_over=freed.handed_over, outdated=outdated, successor=successor
            )
        )
    return after, lease.epoch
