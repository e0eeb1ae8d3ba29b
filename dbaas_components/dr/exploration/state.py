"""One state of the explored world, and the form in which two states that differ in nothing but names are one."""

from __future__ import annotations

from enum import IntEnum
from itertools import pairwise, permutations
from typing import Final, NamedTuple

from dbaas_components.dr.guards import Writes
from dbaas_components.dr.records import Role

OLD: Final = 2
"""Ticks after which a request or grant is worth nothing, by every clock."""


class Data(IntEnum):
    """How a site's data stands to all writes that were acknowledged."""

    CURRENT = 0
    WITHIN = 1
    """It lacks some, within the limit."""
    OVER = 2
    """It lacks more than the limit."""
    DIVERGED = 3
    """It has some that the history which went on without it lacks."""


class Past(NamedTuple):
    """What the own lease says of who wrote before it was taken."""

    own: bool = False
    """Whether that was this very site."""
    handed_over: bool = False
    outdated: bool = False


class Request(NamedTuple):
    """A request that the lease's store has granted, and whose answer is under way."""

    kind: str
    """`claim` or `renew`"""
    store_current: bool
    """Whether the store still is as this request left it."""
    epoch: int
    age: int
    """Ticks since it was sent."""
    past: Past = Past()


class Site(NamedTuple):
    """A region: its record, its agent's memory, what is under way, and its database."""

    role: Role = Role.STANDBY
    epoch: int = 0
    hold: bool = False
    successor: int = -1
    """To which site a person hands it over; -1 for whoever is approved."""
    approval: tuple[int, bool] | None = None
    declared: bool = False
    """Whether the topology names it as its first primary; forgotten once it was."""
    grant: int = 0
    """Epoch of the grant that the agent remembers, 0 for none."""
    age: int = 0
    """Ticks since the last renewal that succeeded was sent: what closes the database counts these too."""
    timed: bool = False
    """Whether anything counts them."""
    watch: int = -1
    """Ticks since the agent first read the store as it is now; -1 if it has not read that."""
    old_mine: int = 0
    """Epoch of the own lease in an outdated reading, 0 if there is none."""
    old_past: Past = Past()
    """What that reading says of those before."""
    request: Request | None = None
    late: str = ""
    """Kind and ground of a request that nobody waits for and that can still arrive."""
    writes: Writes = Writes.CLOSED
    opening: int = 0
    """An order to open under way: 0 none, 1 valid, 2 overtaken by an order to fence."""
    data: Data = Data.CURRENT


class LeaseState(NamedTuple):
    """What stands in the store."""

    holder: int
    same_instance: bool
    """Whether the holder has not booted anew since."""
    epoch: int
    released: bool
    first: bool
    writer: int = -1
    """The site that may last have taken writes before this holder; -1 if there is none."""
    handed_over: bool = False
    """Whether that one gave the lease back after its fence."""
    outdated: bool = False
    """Whether a database opened since the position that was handed over was written; nobody sees this."""
    successor: int = -1
    """To which site alone it was released; -1 for all."""


def past_of(lease: LeaseState, index: int) -> Past:
    """What the lease says to its holder of those before."""
    return Past(lease.writer == index, lease.handed_over, lease.outdated)


class World(NamedTuple):
    """Everything."""

    sites: tuple[Site, ...]
    lease: LeaseState | None
    promoted: int
    """The highest epoch under which a site was promoted."""
    mishaps: int
    """How many of the rare mishaps may still happen."""
    requests: int
    """How many requests people may still make."""


def _epochs(world: World) -> set[int]:
    found = {0, world.promoted}
    if world.lease is not None:
        found.add(world.lease.epoch)
    for site in world.sites:
        found |= {site.epoch, site.grant, site.old_mine}
        if site.approval is not None:
            found.add(site.approval[0])
        if site.request is not None:
            found.add(site.request.epoch)
    return found


def canonical(world: World) -> World:
    """The representative of all worlds that differ only in names of regions and in how far epochs have grown.

    Decisions compare epochs and look whether one follows another directly; so distances above one become two.
    """
    ordered = sorted(_epochs(world))
    renumbered, last = {0: 0}, 0
    for before, epoch in pairwise(ordered):
        last += 1 if epoch - before == 1 else 2
        renumbered[epoch] = last
    if any(renumbered[epoch] != epoch for epoch in ordered):
        world = _renumber(world, renumbered)
    sites = world.sites
    if len(sites) == 2:
        first, second = _key(sites[0]), _key(sites[1])
        if first == second and _named(world, (0, 1)) > _named(world, (1, 0)):
            return _ordered(world, (1, 0))
        return world if first <= second else _ordered(world, (1, 0))
    keys = [_key(site) for site in sites]
    # Equal sites leave a choice only of the places of those that are named; these then decide.
    best = min(
        permutations(range(len(sites))),
        key=lambda order: ([keys[index] for index in order], _named(world, order)),
    )
    return _ordered(world, best)


def _named(world: World, order: tuple[int, ...]) -> list[int]:
    """Places of all sites that are named somewhere."""
    lease = world.lease
    named = [world.sites[index].successor for index in order]
    if lease is not None:
        named += [lease.holder, lease.writer, lease.successor]
    return [order.index(index) if index >= 0 else -1 for index in named]


def _ordered(world: World, order: tuple[int, ...]) -> World:
    lease = world.lease
    place = {-1: -1, **{index: number for number, index in enumerate(order)}}
    if lease is not None:
        writer, successor = place[lease.writer], place[lease.successor]
        lease = lease._replace(holder=place[lease.holder], writer=writer, successor=successor)
    sites = (world.sites[index] for index in order)
    return World(
        tuple(site if site.successor < 0 else site._replace(successor=place[site.successor]) for site in sites),
        lease,
        world.promoted,
        world.mishaps,
        world.requests,
    )


def _key(site: Site) -> tuple[object, ...]:
    request = site.request if site.request is not None else ()
    approval = site.approval if site.approval is not None else ()
    return (
        site.role, site.epoch, site.hold, approval, site.declared, site.grant, site.age, site.timed, site.watch,
        site.old_mine, site.old_past, tuple(request), site.successor >= 0, site.late, site.writes, site.opening,
        site.data,
    )  # fmt: skip


def _renumber(world: World, new: dict[int, int]) -> World:
    lease = world.lease._replace(epoch=new[world.lease.epoch]) if world.lease else None
    sites = tuple(
        site._replace(
            epoch=new[site.epoch],
            grant=new[site.grant],
            old_mine=new[site.old_mine],
            approval=(new[site.approval[0]], site.approval[1]) if site.approval else None,
            request=site.request._replace(epoch=new[site.request.epoch]) if site.request else None,
        )
        for site in world.sites
    )
    return World(sites, lease, new[world.promoted], world.mishaps, world.requests)


class Move(NamedTuple):
    """One thing that can happen."""

    label: str
    world: World
    violation: str | None = None


def put(world: World, index: int, site: Site) -> World:
    """The world with one site replaced, and what no longer matters about it forgotten."""
    if site.timed and not site.grant and not site.opening and site.writes is not Writes.OPEN:
        site = site._replace(timed=False)
    if not site.timed and site.age:
        site = site._replace(age=0)
    elif site.age > OLD and site.writes is not Writes.OPEN:
        site = site._replace(age=OLD)
    sites = world.sites
    return World(
        (*sites[:index], site, *sites[index + 1 :]), world.lease, world.promoted, world.mishaps, world.requests
    )
