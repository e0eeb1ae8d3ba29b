"""Everything that can happen next in a state, and what of it must never happen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from dbaas_components.dr.decisions import Grant, Intent, grant_after_sending
from dbaas_components.dr.exploration.invariants import (
    wrong_claim,
    wrong_opening,
    wrong_promotion,
    wrong_rebuild,
    wrong_state,
)
from dbaas_components.dr.exploration.people import requests_of_people
from dbaas_components.dr.exploration.scenario import Scenario
from dbaas_components.dr.exploration.state import OLD, Data, LeaseState, Move, Past, Request, Site, World, past_of, put
from dbaas_components.dr.exploration.store import NAMED, WROTE, carried_out, changed
from dbaas_components.dr.exploration.view import Sights, Views, fast
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.records import Role
from dbaas_components.dr.roles import Action, Event

_REQUESTS: Final = {Action.CLAIM_LEASE: "claim", Action.RENEW_LEASE: "renew", Action.RELEASE_LEASE: "release"}


class Moves:
    """The moves of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.views = Views(scenario)
        wait = scenario.timing.challenger_wait
        self._watch_cap = next(age for age in range(100) if fast(age) >= wait)

    def first(self) -> World:
        """One primary and the rest streaming; or, in a scenario of the beginning, nobody was ever primary and the
        first region is the one that the topology names."""
        scenario = self.scenario
        mishaps = 1 if scenario.mishaps else 0
        if scenario.beginning:
            sites = tuple(Site(declared=index == 0) for index in range(scenario.regions))
            if scenario.made_open:
                sites = (sites[0]._replace(writes=Writes.OPEN, timed=True), *sites[1:])
            return World(sites, None, 0, mishaps, scenario.requests)
        primary = Site(Role.PRIMARY, 1, grant=1, timed=True, watch=0, writes=Writes.OPEN)
        standbys = (Site(Role.STREAMING),) * (scenario.regions - 1)
        lease = LeaseState(0, True, 1, False, first=True)
        if scenario.switched:
            lease = lease._replace(first=False, writer=1, handed_over=True, outdated=True)
        return World((primary, *standbys), lease, 1, mishaps, scenario.requests)

    def after(self, world: World) -> Iterator[Move]:
        """All moves; the agent's own and the network's, time, mishaps, and people."""
        for index in range(len(world.sites)):
            yield from self.agent(world, index)
            yield from self.network(world, index)
            yield from self._faults(world, index)
            yield from self.people(world, index)
            yield from self._data(world, index)
        yield from self.tick(world)
        if "lease_deleted" in self.scenario.mishaps and world.mishaps and world.lease:
            gone = changed(world)._replace(lease=None, mishaps=0)
            yield Move("the lease is deleted", gone)

    # What an agent does.

    def agent(self, world: World, index: int) -> Iterator[Move]:
        """Reading the lease, and the one thing that it then decides on."""
        site = world.sites[index]
        if site.watch < 0:
            lease = world.lease
            kept = site._replace(watch=0, old_mine=0, old_past=Past())
            if lease is None or lease.holder != index or lease.released:
                kept = kept._replace(grant=0)
            yield Move(f"{index} reads the lease", put(world, index, _seen_absent(kept, world)))
        elif site != _seen_absent(site, world):
            yield Move(f"{index} reads again that there is no lease", put(world, index, _seen_absent(site, world)))
        if site.request is not None:
            return
        done: list[tuple[Intent, bool, int]] = []
        for sights in self._sights(world, index):
            intent = self.views.decision(site, index, world.lease, sights)
            # The same decision on other grounds: whether it was right depends on these.
            grounds = (intent, sights.record_readable, sights.votes)
            if intent.action is not None and grounds not in done:
                done.append(grounds)
                yield from self._carry_out(world, index, intent, sights)

    def _sights(self, world: World, index: int) -> Iterator[Sights]:
        scenario, site = self.scenario, world.sites[index]
        others = [other for number, other in enumerate(world.sites) if number != index]
        source = any(other.writes is Writes.OPEN for other in others)
        candidate = site.role in (Role.STANDBY, Role.STREAMING, Role.FENCED)
        yes_no = (True, False) if scenario.unmeasured and candidate else (True,)
        votes = (2, 0) if scenario.automatic and candidate else (0,)
        breaks = (False, True) if "database_broken" in scenario.mishaps and world.mishaps else (False,)
        for readable, measured, vote, broken in product(yes_no, yes_no, votes, breaks):
            yield Sights(readable, measured, vote, source, site.role is Role.SEEDING and source, broken)

    def _carry_out(self, world: World, index: int, intent: Intent, sights: Sights) -> Iterator[Move]:
        site, action = world.sites[index], intent.action
        assert action is not None
        label = f"{index} decides: {intent.reason}"
        if action is Action.WRITE_RECORD:
            yield self._write(world, index, intent, sights)
        elif action is Action.FENCE_DATABASE:
            # An overtaken order that could never be admitted is as good as gone.
            overtaken = 2 if site.opening and self.views.admits_overtaken else 0
            fenced = site._replace(writes=Writes.FENCED, opening=overtaken)
            yield Move(label, put(world, index, fenced))
        elif action not in _REQUESTS:
            yield Move(label, put(world, index, site._replace(opening=1)))
        else:
            yield from self._send(world, index, intent, action)

    def _send(self, world: World, index: int, intent: Intent, action: Action) -> Iterator[Move]:
        """A request that arrives at once, never, or when nobody waits for it any more.

        One that arrives later while its sender waits would be no worse: the sender counts from sending, so it would
        have less time than had it sent later.
        """
        site, kind, ground = world.sites[index], _REQUESTS[action], str(intent.won_by or "")
        if kind == "release":
            ground = " ".join(word for word, said in ((WROTE, intent.wrote), (NAMED, intent.successor)) if said)
        current = site.watch >= 0
        if site.grant and grant_after_sending(Grant(site.grant, 0.0), action, self.scenario.guards) is None:
            site = site._replace(grant=0)
        unanswered = site._replace(watch=-1, old_mine=0, old_past=Past())
        label = f"{index} sends: {intent.reason}"
        if unanswered != world.sites[index]:
            yield Move(f"{label}; it is lost", put(world, index, unanswered))
        if current and kind != "renew":
            late = f"{kind} {ground}".strip()
            yield Move(f"{label}; it is late", put(world, index, unanswered._replace(late=late)))
        sent = put(world, index, site)
        after, epoch = (
            carried_out(sent, index, kind, ground, self.scenario.guards) if current or kind != "claim" else (sent, 0)
        )
        if not epoch:
            yield Move(f"{label}; it is refused", put(after, index, unanswered._replace(grant=0)))
        elif kind == "release":
            yield Move(f"{label}; it is carried out", put(after, index, unanswered._replace(watch=0)))
        else:
            past = past_of(after.lease, index) if after.lease else Past()
            waiting = unanswered._replace(request=Request(kind, True, epoch, 0, past), late="")
            violation = wrong_claim(world.lease, index, ground) if kind == "claim" else None
            yield Move(f"{label}; it is carried out", put(after, index, waiting), violation)

    def _write(self, world: World, index: int, intent: Intent, sights: Sights) -> Move:
        site, record, violation = world.sites[index], intent.record, None
        assert record is not None
        approval = (record.approval.epoch, record.approval.planned) if record.approval else None
        written = site._replace(role=record.role, epoch=record.epoch, hold=record.hold, approval=approval)
        if record.successor is None:
            written = written._replace(successor=-1)
        if intent.event in (Event.PROMOTE, Event.REOPEN) and site.writes is Writes.FENCED:
            # A new number of orders: what was confirmed before says nothing about them.
            written = written._replace(writes=Writes.CLOSED)
        if intent.event is Event.SEEDED:
            written = written._replace(data=Data.WITHIN)
        if intent.event is Event.REBUILD:
            violation = wrong_rebuild(world, index)
            written = written._replace(data=Data.OVER)
        if intent.event is Event.BREAK:
            world = world._replace(mishaps=0)
        if intent.event is Event.PROMOTE:
            written = written._replace(declared=False)
            violation = wrong_promotion(world, index, record.epoch, sights)
            world = world._replace(promoted=max(world.promoted, record.epoch))
        if record.role in (Role.PROMOTING, Role.PRIMARY) and record.hold:
            violation = "a site that a person fenced becomes primary without a person's approval"
        return Move(f"{index} writes: {intent.reason}", put(world, index, written), violation)

    # What the network and the database do.

    def network(self, world: World, index: int) -> Iterator[Move]:
        """Requests that arrive, answers that arrive, orders to the database."""
        site = world.sites[index]
        if site.request is not None:
            yield Move(f"{index} gets the answer", self._answer(world, index, site.request))
        if site.opening:
            yield self._open(world, index)
        if site.writes is Writes.OPEN and self.views.has_to_close(site):
            closed = site._replace(writes=Writes.CLOSED)
            yield Move(f"{index}'s database is closed: its lease is over", put(world, index, closed))

    def _answer(self, world: World, index: int, request: Request) -> World:
        site = world.sites[index]._replace(request=None, watch=-1, old_mine=0, old_past=Past())
        site = (
            site._replace(watch=0)
            if request.store_current
            else site._replace(old_mine=request.epoch, old_past=request.past)
        )
        return put(world, index, site._replace(grant=request.epoch, age=request.age, timed=True))

    def _open(self, world: World, index: int) -> Move:
        site = world.sites[index]
        if not self.views.admits(site):
            return Move(f"{index}'s order to open is refused", put(world, index, site._replace(opening=0)))
        violation = wrong_opening(site)
        opened = site._replace(writes=Writes.OPEN, opening=0)
        if world.lease is not None and world.lease.handed_over:
            world = world._replace(lease=world.lease._replace(outdated=True))
        after = put(world, index, opened)
        if site.data is Data.WITHIN:
            # What it lacked is lost: whoever has it, has something that the history lacks from now on.
            moved = tuple(
                opened._replace(data=Data.CURRENT)
                if number == index
                else (other._replace(data=Data.DIVERGED) if other.data is not Data.OVER else other)
                for number, other in enumerate(after.sites)
            )
            after = after._replace(sites=moved)
        return Move(f"{index}'s database opens", after, violation or wrong_state(after))

    # Time, mishaps and people.

    def tick(self, world: World) -> Iterator[Move]:
        """One unit of time passes; not while a database is open that had to be closed a unit ago."""
        for site in world.sites:
            overdue = site.age > 0 and self.views.has_to_close(site._replace(age=site.age - 1))
            if site.writes is Writes.OPEN and overdue:
                return
        sites = tuple(self._older(world, index) for index in range(len(world.sites)))
        if sites != world.sites:
            yield Move("time passes", world._replace(sites=sites))

    def _older(self, world: World, index: int) -> Site:
        site, lease = world.sites[index], world.lease
        own = lease is not None and lease.holder == index and lease.same_instance and not lease.released
        if site.watch >= 0 and not own:
            site = site._replace(watch=min(site.watch + 1, self._watch_cap))
        # An open database has one tick more in which it closes, so there one tick more can be told apart.
        cap = OLD + 1 if site.writes is Writes.OPEN else OLD
        if site.timed:
            site = site._replace(age=min(site.age + 1, cap))
        if site.request is not None:
            site = site._replace(request=site.request._replace(age=min(site.request.age + 1, cap)))
        return site

    def _faults(self, world: World, index: int) -> Iterator[Move]:
        site, scenario = world.sites[index], self.scenario
        if site.request is not None:
            gone = site._replace(request=None, watch=-1, old_mine=0, old_past=Past())
            yield Move(f"{index}'s answer is lost", put(world, index, gone))
        if site.late:
            kind, _, ground = site.late.partition(" ")
            sent = put(world, index, site._replace(late=""))
            after, epoch = carried_out(sent, index, kind, ground, scenario.guards)
            violation = wrong_claim(world.lease, index, ground) if kind == "claim" and epoch else None
            yield Move(f"{index}'s late {kind} arrives", after, violation)
        if site.grant or site.watch >= 0 or site.old_mine or site.request:
            yield Move(f"{index}'s agent crashes and starts", put(world, index, self._restarted(site)))
        if scenario.reboots:
            yield Move(f"{index} boots anew", self._rebooted(world, index))
        if world.mishaps and "record_lost" in scenario.mishaps and site.role is not Role.PROMOTING:
            # The database keeps the epoch under which it was opened.
            lost = site._replace(role=Role.STANDBY, hold=False, approval=None)
            yield Move(f"{index}'s record is lost", put(world, index, lost)._replace(mishaps=0))
        if world.mishaps and "site_restored" in scenario.mishaps and site.writes is not Writes.OPEN:
            after = self._rebooted(world, index)
            restored = after.sites[index]._replace(data=Data.OVER)
            yield Move(f"{index} is restored from an old copy", put(after, index, restored)._replace(mishaps=0))

    def _restarted(self, site: Site) -> Site:
        """A process that starts anew has forgotten when it renewed: it closes the database unless it renews at once."""
        site = _crashed(site)
        if site.writes is not Writes.OPEN or site.opening:
            return site
        if self.views.closes_after_restart:
            return site._replace(age=OLD + 1, timed=True)
        return site._replace(age=0, timed=False)

    def _rebooted(self, world: World, index: int) -> World:
        site = _crashed(world.sites[index])
        keeps_open = site.writes is Writes.OPEN and "starts_closed" not in self.scenario.guards
        site = site._replace(
            writes=Writes.OPEN if keeps_open else Writes.CLOSED, opening=0, timed=False, age=0, late=""
        )
        lease = world.lease
        if lease is not None and lease.holder == index:
            world = world._replace(lease=lease._replace(same_instance=False))
        return put(world, index, site)

    def people(self, world: World, index: int) -> Iterator[Move]:
        """What a person can ask of a region."""
        yield from requests_of_people(world, index, self.scenario, self._write)

    def _data(self, world: World, index: int) -> Iterator[Move]:
        site = world.sites[index]
        others = [other for number, other in enumerate(world.sites) if number != index]
        source_writes = any(other.writes is Writes.OPEN for other in others)
        if self.scenario.lags and source_writes and site.data in (Data.CURRENT, Data.WITHIN):
            behind = Data(site.data + 1)
            yield Move(f"{index} falls behind", put(world, index, site._replace(data=behind)))
        source = any(other.data is Data.CURRENT for other in others)
        if site.role is Role.STREAMING and source and site.data in (Data.WITHIN, Data.OVER):
            yield Move(f"{index} catches up", put(world, index, site._replace(data=Data.CURRENT)))


def _seen_absent(site: Site, world: World) -> Site:
    """A first primary that was made open, after it learnt that there is no lease: its time counts from there anew."""
    made_open = site.role is Role.STANDBY and site.writes is Writes.OPEN and world.lease is None
    return site._replace(age=0, timed=True) if made_open and site.declared and site.epoch == 0 else site


def _crashed(site: Site) -> Site:
    return site._replace(grant=0, watch=-1, old_mine=0, request=None)
