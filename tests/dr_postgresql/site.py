"""One region's real PostgreSQL as an agent sees it, and the two orders that it carries out: fence and open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from dbaas_components.dr.guards import Writes
from dbaas_components.dr.timing import monotonic_seconds
from embedded.postgresql.errors import PostgresError, SessionLost
from embedded.postgresql.positions import branches, contained, position
from embedded.postgresql.server import ADMINISTRATOR, SLOT, PostgresServer
from embedded.postgresql.session import Session

ORDERLY_SECONDS = 0.6
"""How long a fence waits for an orderly end before it ends the server by force."""
# One row: whether it replays, how far its own log or what it received reaches, how far it replayed, whether it
# receives just now.
_LOOK = """select pg_is_in_recovery(),
 case when pg_is_in_recovery() then greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
      else pg_current_wal_flush_lsn() end,
 case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end,
 exists (select from pg_stat_wal_receiver where status = 'streaming')""".replace("\n", " ")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a server. None where it could not be."""

    running: bool
    replays: bool | None = None
    """Whether it is a standby: PostgreSQL then takes no writes from anybody."""
    reached: int | None = None
    """A primary's own log, or what a standby received."""
    replayed: int | None = None
    streaming: bool | None = None

    @property
    def answered(self) -> bool:
        return not self.running or self.replays is not None


@dataclass(frozen=True, slots=True)
class FenceTaken:
    """One fence, on this machine's clock that nobody can set."""

    ordered_at: float
    confirmed_at: float
    in_order: bool
    last_position: int | None
    """Where the checkpoint of its orderly end begins: nothing of its own comes after."""


class Fence(Protocol):
    """How a server is fenced."""

    def __call__(self, server: PostgresServer) -> bool:
        """Whether it ended in order."""
        ...


def shut_down(server: PostgresServer) -> bool:
    """What the operator does for `pause: true`: a fast shutdown; by force where that takes too long."""
    return server.stop(ORDERLY_SECONDS)


def claim_without_doing(server: PostgresServer) -> bool:
    """A fence that only says that it was taken; a test with it has to see two sites that acknowledge."""
    del server
    return False


class Site:
    """A server with its gate. Used by one thread, that of its agent, but for `rejoin`, which a person asks for."""

    def __init__(self, region: str, server: PostgresServer, fence: Fence = shut_down) -> None:
        self.region = region
        self.server = server
        self.gate_open = False
        self.fences: list[FenceTaken] = []
        self.fenced_orders = 0
        """The number of the last order to fence that was confirmed."""
        self.take_fence = fence
        self._session: Session | None = None

    def look(self) -> Reading:
        """Reads the server, within half a second."""
        if not self.server.running:
            return Reading(running=False)
        try:
            if self._session is None:
                self._session = self.server.session(ADMINISTRATOR, "postgres", patience=0.5)
            replays, reached, replayed, streaming = self._session.ask(_LOOK)
        except SessionLost:
            self._session = None
            return Reading(running=self.server.running)
        return Reading(True, replays == "t", position(reached), position(replayed), streaming == "t")

    def writes(self, reading: Reading, orders: int) -> Writes | None:
        """What the reading says of writes, for a record with that many orders."""
        if not reading.answered:
            return None
        if reading.running and not reading.replays and self.gate_open:
            return Writes.OPEN
        return Writes.FENCED if self.fenced_orders and self.fenced_orders >= orders else Writes.CLOSED

    def fence(self, orders: int) -> None:
        """Carries an order to fence out, and confirms it only when it was read back."""
        ordered_at = monotonic_seconds()
        # What starts again starts behind a closed gate.
        self.server.write_gate(is_open=False)
        in_order = False
        reading = self.look()
        if reading.running and not reading.replays:
            in_order = self.take_fence(self.server)
            reading = self.look()
        if reading.running and not reading.replays and self.take_fence is shut_down:
            return
        self.gate_open = False
        last = self.server.past() if in_order else None
        final = last.checkpoint if last and last.ended_in_order else None
        self.fences.append(FenceTaken(ordered_at, monotonic_seconds(), in_order, final))
        self.fenced_orders = max(orders, 1)

    def open(self, peer: PostgresServer, admitted: Callable[[], str | None]) -> str | None:
        """Carries an order to open out; why not, where it is refused at the last moment."""
        refusal = admitted()
        if refusal:
            return refusal
        if not self.server.running:
            was_standby = "recovery" in self.server.past().state
            self.server.start(follows=peer if was_standby else None)
        if self.server.asked("select pg_is_in_recovery()") == ["t"]:
            self.server.asked("select pg_promote(true, 10)", patience=12)
        self.server.asked(
            f"select count(pg_create_physical_replication_slot('{SLOT}', true)) "
            f"where not exists (select from pg_replication_slots where slot_name = '{SLOT}')"
        )
        # Starting and promoting took time, and the gate is what lets writes in.
        refusal = admitted()
        if refusal:
            return refusal
        self.gate_open = True
        self.server.write_gate(is_open=True)
        self.server.reload()
        return None

    def history_contained_in(self, primary: PostgresServer) -> bool:
        """Whether all that this stopped server has is part of a running primary's line."""
        own = self.server.past()
        system, segment = primary.asked(
            "select (select system_identifier from pg_control_system()), pg_walfile_name(pg_current_wal_lsn())"
        )
        timeline = int(segment[:8], 16)
        history = ""
        if timeline > 1:
            (encoded,) = primary.asked(f"select encode(pg_read_binary_file('pg_wal/{timeline:08X}.history'), 'hex')")
            history = bytes.fromhex(encoded).decode()
        return contained(own, system=system, timeline=timeline, left=branches(history))

    def follow(self, primary: PostgresServer) -> None:
        """Starts the stopped server as the primary's standby."""
        self.server.start(follows=primary)
        self.server.asked(
            f"select count(pg_drop_replication_slot(slot_name)) from pg_replication_slots where slot_name = '{SLOT}'"
        )

    def died(self) -> None:
        """Its machine is gone: every process at once, and what the agent held in memory."""
        self.server.kill()
        self.gate_open = False
        self.fenced_orders = 0
        if self._session:
            self._session.close()
            self._session = None

    def position_of(self) -> int:
        """How far its own log reaches now."""
        found = self.look()
        if found.reached is None:
            raise PostgresError(f"{self.region} does not answer")
        return found.reached
