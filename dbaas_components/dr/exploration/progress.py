"""Progress: from every state that can be reached, once nothing fails any more, one primary follows within a bound.

Nothing failing means: every request and answer arrives, agents act before time passes, and a person approves the best
site, lets it rejoin or rebuilds it where agents alone have nothing left to do. One such course is followed from each
state; that it ends shows that no state is a trap, not that every course ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dbaas_components.dr.exploration.moves import Move, Moves
from dbaas_components.dr.exploration.scenario import Scenario
from dbaas_components.dr.exploration.state import Data, Site, World, canonical
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.records import Role

_CANDIDATES = (Role.STANDBY, Role.STREAMING, Role.FENCED)


@dataclass(frozen=True)
class Progress:
    """What follows from a set of states."""

    states: int
    longest: int
    """Moves until there is one primary, in the worst state."""
    without_proof: int
    """States in which every site lacks more than the limit or diverged, or the lease was deleted: only a person's
    override, or restoring the lease, goes on from there."""
    stuck: tuple[str, ...] = ()
    """The course from a state that leads nowhere; empty if there is none."""


def progress(scenario: Scenario, worlds: Iterable[World], *, bound: int = 150) -> Progress:
    """Follows the undisturbed course from each of the states."""
    moves = Moves(scenario)
    distance: dict[World, int] = {}
    states = longest = without_proof = 0
    for world in worlds:
        states += 1
        deleted = world.lease is None and world.promoted > 0
        if deleted or all(site.data in (Data.OVER, Data.DIVERGED) for site in world.sites):
            without_proof += 1
            continue
        path: list[World] = []
        labels: list[str] = []
        here = canonical(world._replace(requests=0, mishaps=0))
        while here not in distance and not settled(here):
            path.append(here)
            step = undisturbed(moves, here)
            if step is None or len(path) > bound:
                return Progress(states, longest, without_proof, (repr(world), *labels[:30]))
            labels.append(step.label)
            here = canonical(step.world._replace(requests=0, mishaps=0))
        away = distance.setdefault(here, 0)
        for passed in reversed(path):
            away += 1
            distance[passed] = away
        longest = max(longest, away)
    return Progress(states, longest, without_proof)


def settled(world: World) -> bool:
    """One site takes writes, as primary under the lease's epoch."""
    lease = world.lease
    if lease is None or lease.released:
        return False
    site = world.sites[lease.holder]
    return site.role is Role.PRIMARY and site.writes is Writes.OPEN and site.epoch == site.grant == lease.epoch


def undisturbed(moves: Moves, world: World) -> Move | None:
    """The next move where nothing fails."""
    indices = range(len(world.sites))
    for index in indices:
        for move in moves.network(world, index):
            return move
    for index in indices:
        for move in moves.agent(world, index):
            if not move.label.endswith(("it is lost", "it is late")):
                return move
    return _person(moves, world) or next(moves.tick(world), None)


def _person(moves: Moves, world: World) -> Move | None:
    """A person waits while a site takes writes, or one that was approved can still come; then approves the best."""
    if any(site.writes is Writes.OPEN for site in world.sites):
        return None
    epoch = world.lease.epoch if world.lease else 0
    if any(_can_come(site, epoch) for site in world.sites):
        return None
    asked = world._replace(requests=1)
    sound = [index for index, site in enumerate(world.sites) if site.data in (Data.CURRENT, Data.WITHIN)]
    for words in ("approves", "becomes a standby"):
        for index in sorted(sound, key=lambda index: world.sites[index].data):
            site = world.sites[index]
            for move in moves.people(asked, index):
                fits = site.role in _CANDIDATES if words == "approves" else site.role not in _CANDIDATES
                if fits and words in move.label and "planned" not in move.label:
                    return move
    return None


def _can_come(site: Site, epoch: int) -> bool:
    approved = site.approval is not None and not site.approval[1] and site.approval[0] >= max(epoch, site.epoch)
    return approved and site.role in _CANDIDATES and site.data in (Data.CURRENT, Data.WITHIN)
