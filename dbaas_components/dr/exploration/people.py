"""What people ask for: they approve, fence, hand over, let rejoin and rebuild, at any moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dbaas_components.dr.decisions import Intent, ask, own_past
from dbaas_components.dr.exploration.scenario import Scenario
from dbaas_components.dr.exploration.state import Data, Move, World, put
from dbaas_components.dr.exploration.view import ME, TOPOLOGY, Sights, lease_record, record_of
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.roles import Event

Write = Callable[[World, int, Intent, Sights], Move]
"""Writes a role record."""


def requests_of_people(world: World, index: int, scenario: Scenario, write: Write) -> Iterator[Move]:
    """What a person can ask of a region; each request is one less that can follow."""
    if not world.requests:
        return
    world = world._replace(requests=world.requests - 1)
    site = world.sites[index]
    epoch = world.lease.epoch if world.lease else 0
    for planned in (False, True) if scenario.planned else (False,):
        if "approve" in scenario.asks and site.approval != (epoch, planned):
            label = f"a person approves {index}{', planned' if planned else ''}"
            yield Move(label, put(world, index, site._replace(approval=(epoch, planned))))
    primary = any(other.writes is Writes.OPEN for number, other in enumerate(world.sites) if number != index)
    contained = site.data is not Data.DIVERGED if primary or proven_own(world, index) else None
    for event in (Event.FENCE, Event.REJOIN, Event.REBUILD):
        if event not in scenario.asks:
            continue
        intent = ask(
            record_of(site),
            event,
            topology=TOPOLOGY,
            region=ME,
            history_contained=contained,
            another_primary=primary,
            guards=scenario.guards,
        )
        if intent.record is not None:
            yield write(world, index, intent, Sights())
            if event is Event.FENCE and scenario.successors:
                yield from _handed_over(world, index, intent, write)


def _handed_over(world: World, index: int, intent: Intent, write: Write) -> Iterator[Move]:
    """A fence with a successor: the lease is given back to that one alone."""
    fenced = write(world, index, intent, Sights()).world
    for number in range(len(world.sites)):
        if number != index:
            named = put(fenced, index, fenced.sites[index]._replace(successor=number))
            yield Move(f"a person hands {index} over to {number}", named)


def proven_own(world: World, index: int) -> bool:
    """Whether the lease shows to whoever reads it that nobody wrote since this site did, or that nobody ever wrote."""
    lease, site = world.lease, world.sites[index]
    if site.declared and site.epoch == 0 and (lease is None or (lease.first and lease.holder == index)):
        return True
    return lease is not None and own_past(lease_record(lease, index), ME, site.epoch)
