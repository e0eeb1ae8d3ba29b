"""Progress: from every state that can be reached, once nothing fails any more, one primary follows within a bound.

Nothing failing means: every request and answer arrives, agents act before time passes, and a person approves the best
site, lets it rejoin or rebuilds it where agents alone have nothing left to do. One such course is followed from each
state; that it ends shows that no state is a trap, not that every course ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dbaas_components.dr.exploration.moves import Moves
from dbaas_components.dr.exploration.people import proven_own
from dbaas_components.dr.exploration.scenario import EVERY_REQUEST, Scenario
from dbaas_components.dr.exploration.state import Data, Move, World, canonical
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.records import Role


@dataclass(frozen=True)
class Progress:
    """What follows from a set of states."""

    states: int
    longest: int
    """Moves until there is one primary, in the worst state."""
    without_proof: int
    """States in which every site lacks more than the limit or diverged, or the lease was deleted: only a person's
    override, or restoring the lease, goes on from there."""
    unprovable: int
    """States from which the course ends where no site takes writes and none that has all of them can show it: each is
    fenced or failed, and another one may have written since. A person has to look at the data."""
    stuck: tuple[str, ...] = ()
    """The course from a state that leads nowhere; empty if there is none."""


def progress(scenario: Scenario, worlds: Iterable[World], *, bound: int = 150) -> Progress:
    """Follows the undisturbed course from each of the states."""
    # Here people ask for whatever helps.
    moves = Moves(replace(scenario, asks=EVERY_REQUEST))
    distance: dict[World, int] = {}
    states = longest = without_proof = unprovable = 0
    hidden: set[World] = set()
    for world in worlds:
        states += 1
        deleted = world.lease is None and world.promoted > 0
        if deleted or all(site.data in (Data.OVER, Data.DIVERGED) for site in world.sites):
            without_proof += 1
            continue
        path: list[World] = []
        labels: list[str] = []
        here = canonical(world._replace(requests=0, mishaps=0))
        while here not in distance and here not in hidden and not settled(here):
            path.append(here)
            step = undisturbed(moves, here)
            if step is None and not _shows_its_data(here):
                hidden.add(here)
                break
            if step is None or len(path) > bound:
                return Progress(states, longest, without_proof, unprovable, (repr(world), *labels[:30]))
            labels.append(step.label)
            here = canonical(step.world._replace(requests=0, mishaps=0))
        if here in hidden:
            hidden.update(path)
            unprovable += 1
            continue
        away = distance.setdefault(here, 0)
        for passed in reversed(path):
            away += 1
            distance[passed] = away
        longest = max(longest, away)
    return Progress(states, longest, without_proof, unprovable)


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
    if any(_can_come(world, index, epoch) for index in range(len(world.sites))):
        return None
    asked = world._replace(requests=1)
    sound = [index for index, site in enumerate(world.sites) if site.data in (Data.CURRENT, Data.WITHIN)]
    for words in ("approves", "becomes a standby"):
        for index in sorted(sound, key=lambda index: world.sites[index].data):
            for move in moves.people(asked, index):
                fits = _shows(world, index) == (words == "approves")
                if fits and words in move.label and "planned" not in move.label:
                    return move
    return None


def _shows(world: World, index: int) -> bool:
    """Whether a site could be promoted by what its agent can know of its data."""
    role = world.sites[index].role
    if world.lease is None and not proven_own(world, index):
        # Where nobody ever held the lease, the first is the one that the topology names.
        return False
    return role in (Role.STANDBY, Role.STREAMING) or (role is Role.FENCED and proven_own(world, index))


def _shows_its_data(world: World) -> bool:
    """Whether any site that has all writes within the limit can show it."""
    sound = [index for index, site in enumerate(world.sites) if site.data in (Data.CURRENT, Data.WITHIN)]
    return any(_shows(world, index) or proven_own(world, index) for index in sound)


def _can_come(world: World, index: int, epoch: int) -> bool:
    site = world.sites[index]
    approved = site.approval is not None and not site.approval[1] and site.approval[0] >= max(epoch, site.epoch)
    return approved and _shows(world, index) and site.data in (Data.CURRENT, Data.WITHIN)
