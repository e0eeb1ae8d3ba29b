"""The lease's store in the exploration: it answers by the rules of `lease.interface`."""

from __future__ import annotations

from collections.abc import Mapping

from dbaas_components.dr.exploration.state import LeaseState, World
from dbaas_components.dr.exploration.view import ME, TOPOLOGY, lease_record
from dbaas_components.dr.guards import Guard
from dbaas_components.dr.lease.interface import HeldByOther, Identity, WonBy, taken


def changed(world: World) -> World:
    """The world once another version stands in the store: what was read is outdated, what rests on it will fail."""
    lease = world.lease
    sites = list(world.sites)
    for index, site in enumerate(sites):
        request = site.request._replace(store_current=False) if site.request else None
        old_mine = site.old_mine
        if site.watch >= 0:
            own = lease is not None and lease.holder == index and lease.same_instance and not lease.released
            old_mine = lease.epoch if own and lease else 0
        sites[index] = site._replace(watch=-1, old_mine=old_mine, request=request, late="")
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
        new = LeaseState(index, True, wanted.epoch, False, wanted.won_by is WonBy.FIRST)
        return changed(world)._replace(lease=new), new.epoch
    own = lease is not None and lease.holder == index and not lease.released
    if lease is None or not own or not (lease.same_instance or "same_instance" not in guards):
        return world, 0
    after = changed(world)
    return (after._replace(lease=lease._replace(released=True)) if kind == "release" else after), lease.epoch
