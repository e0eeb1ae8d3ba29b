"""What one site's agent sees of a state, put into the words of `decisions`; the answers are kept."""

from __future__ import annotations

from typing import Final, NamedTuple

from dbaas_components.dr import decisions
from dbaas_components.dr.decisions import Grant, Intent, Seen, Watch, admit_open, decide, must_close
from dbaas_components.dr.exploration.scenario import Scenario
from dbaas_components.dr.exploration.state import Data, LeaseState, Site
from dbaas_components.dr.lease.interface import LeaseRecord, Observed, WonBy
from dbaas_components.dr.records import Approval, Role, RoleRecord

TOPOLOGY: Final = "explored"
ME: Final = "me"
_BOOT: Final = "this boot"


class Sights(NamedTuple):
    """How a decision's measurements turn out."""

    record_readable: bool = True
    lag_measured: bool = True
    votes: int = 0
    replicates: bool = False
    seeded: bool = False
    broken: bool = False


def slow(age: int) -> float:
    """What the slowest clock within the bound counts: it has lost a whole tick after two."""
    return age / 2 if age < 2 else age - 1


def fast(age: int) -> float:
    """What the fastest clock within the bound counts."""
    return age + 1


def record_of(site: Site) -> RoleRecord:
    """The site's role record."""
    return RoleRecord(
        topology=TOPOLOGY,
        region=ME,
        role=site.role,
        epoch=site.epoch,
        hold=site.hold,
        successor=None if site.successor < 0 else region_of(site.successor, -1),
        approval=Approval(epoch=site.approval[0], planned=site.approval[1]) if site.approval else None,
    )


def region_of(place: int, index: int) -> str:
    """What a site is called by site `index`."""
    return ME if place == index else f"region {place}"


def place_of(region: str, index: int) -> int:
    """The site that site `index` calls so; -1 for nobody."""
    return -1 if not region else index if region == ME else int(region.removeprefix("region "))


def lease_record(lease: LeaseState, index: int) -> LeaseRecord:
    """The lease as region `index` reads it."""
    mine = lease.holder == index
    return LeaseRecord(
        topology=TOPOLOGY,
        holder=region_of(lease.holder, index),
        instance=_BOOT if lease.same_instance and mine else "another boot",
        epoch=lease.epoch,
        won_by=WonBy.FIRST if lease.first else WonBy.EXPIRY,
        released=lease.released,
        successor=region_of(lease.successor, index) if lease.successor >= 0 else None,
        writer=region_of(lease.writer, index) if lease.writer >= 0 else "",
        handed_over=lease.handed_over,
    )


class Views:
    """Decisions of one scenario. Every clock is the worst that the bound allows: a holder's the slowest, a
    challenger's the fastest, which covers every other, because a challenger may always act later as well."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._decided: dict[tuple[object, ...], Intent] = {}
        self._closing: dict[tuple[int, bool, bool], bool] = {}
        self._admitted: dict[tuple[int, bool, bool], bool] = {}
        self.closes_after_restart = must_close(None, 0.0, scenario.timing, scenario.guards, renewal_missed=True)
        """Whether an agent that forgot its last renewal closes what it cannot renew at once."""
        self.admits_overtaken = (
            admit_open(Grant(1, 0.0), 0.0, scenario.timing, overtaken=True, guards=scenario.guards) is None
        )

    def decision(self, site: Site, index: int, lease: LeaseState | None, sights: Sights) -> Intent:
        """What the site's agent does next."""
        seen_lease = _relative(lease, index) if lease and site.watch >= 0 else None
        key = (site, seen_lease, sights)
        found = self._decided.get(key)
        if found is None:
            seen = self._seen(site, seen_lease, sights)
            found = self._decided[key] = decide(seen, self.scenario.timing, self.scenario.guards)
        return found

    def has_to_close(self, site: Site) -> bool:
        """Whether the database has to be closed by now, and no time may pass before it is."""
        made_open = site.role is Role.STANDBY and site.declared and site.epoch == 0
        key = (site.age, site.timed, made_open)
        if key not in self._closing:
            timing, guards = self.scenario.timing, self.scenario.guards
            grant = Grant(1, -slow(site.age)) if site.timed else None
            closing = must_close(grant, 0.0, timing, guards)
            if made_open:
                closing = not decisions.beginning_lasts(grant.sent_at if grant else None, 0.0, timing, guards)
            self._closing[key] = closing
        return self._closing[key]

    def admits(self, site: Site) -> bool:
        """Whether an order to open that arrives now is carried out."""
        key = (site.age, site.timed, site.opening > 1)
        if key not in self._admitted:
            grant = Grant(1, -slow(site.age)) if site.timed else None
            refusal = admit_open(
                grant, 0.0, self.scenario.timing, overtaken=site.opening > 1, guards=self.scenario.guards
            )
            self._admitted[key] = refusal is None
        return self._admitted[key]

    def _seen(self, site: Site, lease: LeaseState | None, sights: Sights) -> Seen:
        watch = None
        if site.watch >= 0:
            record = lease_record(lease, 0) if lease else None
            watch = Watch(Observed(record, "now" if record else None), -fast(site.watch))
        elif site.old_mine:
            own, handed_over, outdated = site.old_past
            lease = LeaseState(0, True, site.old_mine, False, False, 0 if own else 1, handed_over, outdated)
            watch = Watch(Observed(lease_record(lease, 0), "then"), 0.0)
        return Seen(
            now=0.0,
            topology=TOPOLOGY,
            region=ME,
            instance=_BOOT,
            record=record_of(site),
            record_readable=sights.record_readable,
            watch=watch,
            read_at=-slow(site.age) if site.timed else None,
            grant=Grant(site.grant, -slow(site.age)) if site.grant else None,
            writes=site.writes,
            opening=site.opening > 0,
            replicates=sights.replicates,
            seeded=sights.seeded,
            broken=sights.broken,
            # What diverged may lag by little: only its history tells.
            lag_within_limit=site.data is not Data.OVER if sights.lag_measured else None,
            # Into these roles a site comes with a copy or a proof; no database knows that it has nothing more.
            history_contained=site.data is not Data.DIVERGED if site.role in (Role.STANDBY, Role.STREAMING) else None,
            # Against the position that the lease has, be it the last one or not.
            final_position_reached=site.data in (Data.CURRENT, Data.DIVERGED) or (lease is not None and lease.outdated),
            automatic=self.scenario.automatic,
            votes=sights.votes,
            declared_primary=site.declared,
        )


def _relative(lease: LeaseState, index: int) -> LeaseState:
    """The lease with this site as 0 and any other as 1: no decision tells the others apart."""
    holder, writer, successor = (
        place if place < 0 else 0 if place == index else 1 for place in (lease.holder, lease.writer, lease.successor)
    )
    return lease._replace(holder=holder, writer=writer, successor=successor)
