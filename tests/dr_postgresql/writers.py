"""Clients that append rows without pause, on every server at once: nothing but the servers themselves stops them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from dbaas_components.dr.timing import monotonic_seconds
from embedded.postgresql.errors import SessionLost
from embedded.postgresql.positions import position
from embedded.postgresql.server import WRITER, PostgresServer
from embedded.postgresql.session import Session

_PAUSE = 0.004
_PAUSE_WHEN_REFUSED = 0.1


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A row whose commit the server reported."""

    server: str
    row: str
    sent_at: float
    at: float
    log_position: int
    """How far the server's log reached when the row was in it; its commit comes after."""


class Writers:
    """So many clients for each server. None of them is routed: each insists on its server, whatever its role."""

    def __init__(self, servers: Iterable[PostgresServer], each: int = 2) -> None:
        self.acknowledged: list[Acknowledged] = []
        self.unanswered: list[str] = []
        """Rows whose fate nobody knows; they may be there or not."""
        self.refusals: dict[str, int] = {}
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, args=(server, f"{server.name}-{number}"), daemon=True)
            for server in servers
            for number in range(each)
        ]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(10)

    def _write(self, server: PostgresServer, client: str) -> None:
        session: Session | None = None
        number = 0
        while not self._ended.is_set():
            number += 1
            row = f"{client}-{number}"
            # A session that was never let in has sent nothing.
            let_in = session is not None
            sent_at = monotonic_seconds()
            try:
                if session is None:
                    session = server.session(WRITER, patience=1.0)
                    session.ask("select 1")
                    let_in = True
                    sent_at = monotonic_seconds()
                answer = session.ask(f"insert into journal values ('{row}') returning pg_current_wal_insert_lsn()")
                at = monotonic_seconds()
            except SessionLost:
                session = None
                if let_in:
                    self.unanswered.append(row)
                else:
                    self.refusals[server.name] = self.refusals.get(server.name, 0) + 1
                time.sleep(_PAUSE_WHEN_REFUSED)
                continue
            self.acknowledged.append(Acknowledged(server.name, row, sent_at, at, position(answer[0])))
            time.sleep(_PAUSE)
        if session:
            session.close()
