"""One region's agent for the proof: looks, decides by the library's own functions, carries out; one thread a site."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dbaas_components.dr.decisions import (
    Grant,
    Intent,
    Seen,
    Watch,
    admit_open,
    decide,
    grant_after_sending,
    own_past,
    watched,
)
from dbaas_components.dr.guards import GUARDS, Guard
from dbaas_components.dr.lease import Granted, Lease, Observed, Released
from dbaas_components.dr.records import Role, RoleRecord, role_of
from dbaas_components.dr.roles import Action
from dbaas_components.dr.timing import LeaseTiming, monotonic_seconds
from embedded.postgresql.errors import PostgresError, SessionLost
from embedded.postgresql.positions import position, told
from embedded.postgresql.server import REPLICATOR
from embedded.postgresql.session import Session
from tests.dr_postgresql.lag import Lag, LagLimit, LagWatch
from tests.dr_postgresql.site import Reading, Site

_LOOK_EVERY = 0.05
_BROKEN_AFTER = 1.5


class RecordPlace:
    """Where a region's role record lies; it survives its agent. A writer replaces the record that it read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._record: RoleRecord | None = None

    def read(self) -> RoleRecord | None:
        with self._lock:
            return self._record

    def replace(self, seen: RoleRecord | None, written: RoleRecord) -> bool:
        with self._lock:
            if self._record != seen:
                return False
            self._record = written
            return True

    def change(self, how: Callable[[RoleRecord | None], RoleRecord]) -> None:
        """What a person writes, as often as an agent is in between."""
        while not self.replace(seen := self.read(), how(seen)):
            pass


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that an agent did, for the test's output."""

    at: float
    region: str
    role: Role
    what: str


class Agent:
    """Runs from `start` to `stop`; `pause` makes it stand still as a frozen process does."""

    def __init__(
        self,
        site: Site,
        peer: Site,
        lease: Lease,
        record: RecordPlace,
        *,
        topology: str,
        instance: str,
        timing: LeaseTiming,
        declared_primary: bool,
        limit: LagLimit,
        happenings: list[Happening],
        guards: Mapping[str, Guard] = GUARDS,
    ) -> None:
        self.site, self.peer, self.lease, self.record = site, peer, lease, record
        self.topology, self.instance, self.timing = topology, instance, timing
        self.declared_primary, self.limit, self.guards = declared_primary, limit, guards
        self.happenings = happenings
        self.accepted_loss = False
        """A person's override, for the guard of the lag alone."""
        self.reason = ""
        self.lag: Lag | None = None
        self.failure: str | None = None
        self._watch: Watch | None = None
        self._grant: Grant | None = None
        self._lag_watch = LagWatch()
        self._primary: Session | None = None
        self._answered_at = monotonic_seconds()
        self._go_on = threading.Event()
        self._go_on.set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"agent of {site.region}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends it between two steps, as a process that is killed ends."""
        self._ended.set()
        self._go_on.set()
        self._thread.join(30)
        if self._primary:
            self._primary.close()

    def pause(self) -> None:
        self._go_on.clear()

    def resume(self) -> None:
        self._go_on.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._go_on.wait()
            try:
                did = self._step()
            except (PostgresError, OSError) as error:
                # A server that fails is what this is about; the next look says what became of it.
                self._tell(f"failed: {error}")
                did = False
            except Exception:  # noqa: BLE001 - the test's own thread tells it, whatever it is
                self.failure = traceback.format_exc()
                return
            if not did:
                self._ended.wait(_LOOK_EVERY)

    def _step(self) -> bool:
        record = self.record.read()
        found = self.lease.read()
        now = monotonic_seconds()
        if isinstance(found, Observed):
            self._see(found, now)
        reading = self.site.look()
        if reading.answered:
            self._answered_at = monotonic_seconds()
        seen = self._seen(record, reading)
        intent = decide(seen, self.timing, self.guards)
        self.reason = intent.reason
        if intent.action is None:
            return False
        if intent.action is not Action.RENEW_LEASE:
            self._tell(intent.reason)
        self._carry_out(intent, record)
        return intent.action is not Action.RENEW_LEASE

    def _see(self, found: Observed, now: float) -> None:
        self._watch = watched(self._watch, found, now)

    def _seen(self, record: RoleRecord | None, reading: Reading) -> Seen:
        own = self._own_past(record)
        role = role_of(record)
        if role is not Role.PRIMARY:
            self._measure_lag(reading)
        in_limit = self.lag.within(self.limit) if self.lag else None
        return Seen(
            now=monotonic_seconds(),
            topology=self.topology,
            region=self.site.region,
            instance=self.instance,
            record=record,
            watch=self._watch,
            grant=self._grant,
            writes=self.site.writes(reading, record.orders if record else 0),
            orders=self.site.fenced_orders,
            replicates=reading.streaming if reading.replays else None,
            seeded=reading.replays is True and reading.streaming is True,
            broken=not reading.answered and monotonic_seconds() - self._answered_at > _BROKEN_AFTER,
            lag_within_limit=True if own or self.accepted_loss else in_limit,
            history_contained=True if own else self._contained(role, reading),
            final_position_reached=True if own else self._final_reached(reading),
            declared_primary=self.declared_primary,
        )

    def _own_past(self, record: RoleRecord | None) -> bool:
        """Whether nobody but this region can have written since it last did."""
        lease = self._watch.observed.record if self._watch else None
        epoch = record.epoch if record else 0
        if lease is None:
            return self.declared_primary and epoch == 0
        if epoch == 0:
            return lease.holder == self.site.region and lease.won_by == "first"
        return own_past(lease, self.site.region, epoch)

    @staticmethod
    def _contained(role: Role, reading: Reading) -> bool | None:
        # A server that replays has nothing of its own; how it came to follow this line was proven before.
        return True if reading.replays and role in (Role.STANDBY, Role.STREAMING) else None

    def _final_reached(self, reading: Reading) -> bool | None:
        lease = self._watch.observed.record if self._watch else None
        if lease is None or not lease.position or reading.replayed is None:
            return None
        # The position is where the last record begins.
        return reading.replayed > position(lease.position)

    def _measure_lag(self, reading: Reading) -> None:
        """Reads how far the primary is, as a second vantage point over its network, and how far this standby is."""
        began = monotonic_seconds()
        try:
            if self._primary is None:
                self._primary = self.peer.server.session(REPLICATOR, "postgres", patience=0.3)
            answer = self._primary.ask(
                "select case when pg_is_in_recovery() then null else pg_current_wal_flush_lsn() end"
            )[0]
            if answer:
                self._lag_watch.primary_at(began, position(answer))
        except SessionLost:
            self._primary = None
        if reading.replays and reading.reached is not None:
            self.lag = self._lag_watch.lag(reading.reached)

    def _carry_out(self, intent: Intent, seen_record: RoleRecord | None) -> None:
        action = intent.action
        if action is Action.WRITE_RECORD and intent.record:
            self.record.replace(seen_record, intent.record)
        elif action is Action.FENCE_DATABASE:
            self.site.fence(seen_record.orders if seen_record else 0)
        elif action is Action.OPEN_DATABASE:
            orders = seen_record.orders if seen_record else 0
            refusal = self.site.open(self.peer.server, lambda: self._refusal(orders))
            if refusal:
                self._tell(refusal)
        elif action in (Action.CLAIM_LEASE, Action.RENEW_LEASE, Action.RELEASE_LEASE):
            self._ask_for_lease(intent, seen_record)

    def _refusal(self, orders: int) -> str | None:
        overtaken = self.site.fenced_orders >= max(orders, 1)
        return admit_open(self._grant, monotonic_seconds(), self.timing, overtaken=overtaken, guards=self.guards)

    def _ask_for_lease(self, intent: Intent, record: RoleRecord | None) -> None:
        action = intent.action
        if self._watch is None or action is None:
            return
        basis = self._watch.observed
        self._grant = grant_after_sending(self._grant, action, self.guards)
        if action is Action.CLAIM_LEASE and intent.won_by:
            answer = self.lease.acquire(basis, intent.won_by, seen_epoch=record.epoch if record else 0)
        elif action is Action.RENEW_LEASE:
            answer = self.lease.renew(basis)
        else:
            last = self.site.fences[-1].last_position if self.site.fences else None
            answer = self.lease.release(
                basis,
                successor=intent.successor,
                position=told(last) if last is not None else "",
                wrote=intent.wrote,
            )
        if isinstance(answer, Granted):
            self._grant = Grant(answer.epoch, answer.sent_at)
        if isinstance(answer, Granted | Released):
            self._see(answer.observed, monotonic_seconds())

    def _tell(self, what: str) -> None:
        role = role_of(self.record.read())
        self.happenings.append(Happening(monotonic_seconds(), self.site.region, role, what))
