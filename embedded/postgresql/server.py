"""One PostgreSQL server on loopback: its folder, its gate for clients, and everything that can befall it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embedded.control_plane.ports import free_port
from embedded.postgresql.errors import PostgresError, SessionLost
from embedded.postgresql.positions import Past, past
from embedded.postgresql.programs import Programs
from embedded.postgresql.session import Session
from embedded.processes import lives

ADMINISTRATOR: Final = "administrator"
"""Reaches the server by its socket alone, whose folder is closed to others."""
REPLICATOR: Final = "replicator"
WRITER: Final = "writer"
"""The clients whom the gate is for."""
DATABASE: Final = "orders"
SLOT: Final = "peer"
"""The replication slot that a primary keeps for the other server."""

_SETTINGS: Final = """
listen_addresses = '127.0.0.1'
shared_buffers = '16MB'
max_connections = 40
max_wal_senders = 6
max_replication_slots = 6
wal_level = replica
hot_standby = on
# pg_rewind needs it.
wal_log_hints = on
wal_keep_size = '256MB'
wal_retrieve_retry_interval = '200ms'
password_encryption = 'scram-sha-256'
max_slot_wal_keep_size = '512MB'
# Processes are killed here, and no machine loses its power: what they wrote to files stays.
fsync = off
"""


@dataclass(frozen=True, slots=True)
class Passwords:
    """The passwords of one test's servers, and the file by which clients give them."""

    writer: str
    replicator: str
    file: Path

    @classmethod
    def made(cls, programs: Programs, folder: Path) -> Passwords:
        words = cls(secrets.token_hex(16), secrets.token_hex(16), folder / "passwords")
        words.file.touch(mode=0o600)
        words.file.write_text(f"*:*:*:{WRITER}:{words.writer}\n*:*:*:{REPLICATOR}:{words.replicator}\n")
        programs.own(words.file)
        return words


class PostgresServer:
    """A server in `folder`, which has to be short (its socket lies there) and reachable by the programs' account."""

    def __init__(self, name: str, programs: Programs, folder: Path, passwords: Passwords) -> None:
        self.name = name
        self.programs = programs
        self.folder = folder
        self.passwords = passwords
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        folder.mkdir(mode=0o700)
        programs.own(folder)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def running(self) -> bool:
        """Whether its process is there, frozen or not."""
        return self._process is not None and self._process.poll() is None

    def create(self) -> None:
        """A new cluster, stopped."""
        self.programs.run(
            "initdb", "--pgdata", str(self.data), "--username", ADMINISTRATOR, "--auth=reject", "--encoding=UTF8",
            "--locale=C", "--no-sync", "--wal-segsize=1",
        )  # fmt: skip

    def copy(self, source: PostgresServer) -> None:
        """A fresh copy of a running server's data, in place of its own; stopped."""
        if self.data.exists():
            shutil.rmtree(self.data)
        self.programs.run(
            "pg_basebackup", "--pgdata", str(self.data), "--checkpoint=fast", "--wal-method=stream", "--no-sync",
            "--dbname", source.address(REPLICATOR, "postgres"),
            environment={"PGPASSFILE": str(self.passwords.file)},
        )  # fmt: skip

    def take(self, data: Path) -> None:
        """The files of a server that stands still, copied with their owner."""
        subprocess.run(["/bin/cp", "--archive", str(data), str(self.data)], check=True)

    def rewind(self, source: PostgresServer) -> None:
        """Takes back what its own line has beyond the one of a running server; stopped before and after."""
        # Until the first checkpoint after its promotion, a server's control file names the timeline that it left, and
        # pg_rewind would find nothing to do.
        source.does("checkpoint")
        self.programs.run(
            "pg_rewind", "--target-pgdata", str(self.data), "--no-sync",
            "--source-server", source.address(REPLICATOR, "postgres"),
            environment={"PGPASSFILE": str(self.passwords.file)},
        )  # fmt: skip

    def start(self, *, follows: PostgresServer | None = None, gate_open: bool = False) -> None:
        """Starts it, behind a closed gate if nothing else is said; returns when it answers its administrator.

        Raises `PostgresError` with the log's last words where it does not.
        """
        if self.running:
            raise PostgresError(f"{self.name} runs already")
        self.write_gate(is_open=gate_open)
        self._write_settings(follows)
        signal_file = self.data / "standby.signal"
        if follows:
            signal_file.touch(mode=0o600)
            self.programs.own(signal_file)
        else:
            signal_file.unlink(missing_ok=True)
        with self.log.open("ab") as output:
            self._process = self.programs.start(
                *("postgres", "-D", str(self.data), f"--config-file={self.folder / 'postgresql.conf'}"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        # Ends the server when its pipe does, frozen or not: not even a killed test run leaves it behind. It ends its
        # frozen children by force.
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", 'cat >/dev/null; kill -CONT "$1"; kill -QUIT "$1"', "keeper", str(self._process.pid)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._wait_until_it_answers()

    def stop(self, patience: float = 10.0) -> bool:
        """Ends it in order within so many seconds, else by force; whether it ended in order."""
        if self._process is None or not self.running:
            return False
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        self._forget()
        return True

    def kill(self) -> None:
        """All of its processes at once, as when its machine dies; also where they are frozen."""
        if self._process is None:
            return
        family = self.freeze()
        for pid in family:
            _send(pid, signal.SIGKILL)
        self._process.wait()
        deadline = time.monotonic() + 10
        # Whoever inherits them may be slow to collect them; those that are dead have no open files any more.
        while any(lives(pid) for pid in family[1:]) and time.monotonic() < deadline:
            time.sleep(0.01)
        self._forget()

    def freeze(self) -> list[int]:
        """Stops all of its processes where they stand, and names them, the first the one that starts the others."""
        if self._process is None or not self.running:
            return []
        main = self._process.pid
        _send(main, signal.SIGSTOP)
        children = _children(main)
        for pid in children:
            _send(pid, signal.SIGSTOP)
        return [main, *children]

    def thaw(self) -> None:
        """Lets frozen processes go on; nothing where there are none any more."""
        if self._process is None or not self.running:
            return
        for pid in [*_children(self._process.pid), self._process.pid]:
            _send(pid, signal.SIGCONT)

    def stall_replication(self) -> None:
        """Freezes what sends its changes to the standby, as a network does that lets nothing through."""
        _send(int(self.asked("select pid from pg_stat_replication")[0]), signal.SIGSTOP)

    def write_gate(self, *, is_open: bool) -> None:
        """Whether clients may log in: pg_hba.conf, taken over at the next start or by `reload`."""
        file = self.folder / "pg_hba.conf"
        file.write_text(
            f"local all {ADMINISTRATOR} trust\n"
            f"host replication {REPLICATOR} 127.0.0.1/32 scram-sha-256\n"
            f"host all {REPLICATOR} 127.0.0.1/32 scram-sha-256\n"
            f"host all {WRITER} 127.0.0.1/32 {'scram-sha-256' if is_open else 'reject'}\n"
        )
        self.programs.own(file)

    def reload(self) -> None:
        """Lets it read its settings and its gate again; it does so soon, not at once."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGHUP)

    def refuses_clients(self) -> str | None:
        """In what words it refuses a client just now; None where it lets one in."""
        session = self.session(WRITER)
        try:
            session.ask("select 1")
        except SessionLost as refusal:
            return str(refusal)
        session.close()
        return None

    def address(self, user: str, database: str = DATABASE) -> str:
        """Where that user reaches it, without the password."""
        host = str(self.folder) if user == ADMINISTRATOR else "127.0.0.1"
        return f"host={host} port={self.port} user={user} dbname={database}"

    def session(self, user: str, database: str = DATABASE, patience: float = 2.0) -> Session:
        return Session(self.programs, self.address(user, database), passwords=self.passwords.file, patience=patience)

    def asked(self, statement: str, *, database: str = "postgres", patience: float = 10.0) -> list[str]:
        """One row for the administrator, in a session of its own. Raises `SessionLost`."""
        session = self.session(ADMINISTRATOR, database, patience)
        try:
            return session.ask(statement)
        finally:
            session.close()

    def does(self, statement: str, *, database: str = "postgres") -> None:
        """Carries out one statement that has no answer. Raises `PostgresError`.

        It goes by the standard input: it may hold a password, which a command line would show.
        """
        session = self.session(ADMINISTRATOR, database, patience=20.0)
        try:
            session.ask(f"{statement};\nselect 1")
        finally:
            session.close()

    def past(self) -> Past:
        """What it last knew of itself, from its files; it has to stand still."""
        return past(self.programs.run("pg_controldata", "--pgdata", str(self.data)))

    def last_words(self, lines: int = 12) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def _write_settings(self, follows: PostgresServer | None) -> None:
        lines = [_SETTINGS, f"port = {self.port}", f"unix_socket_directories = '{self.folder}'"]
        # Outside the data, which a copy and a rewind replace by the other server's.
        lines.append(f"hba_file = '{self.folder / 'pg_hba.conf'}'")
        if follows:
            connection = f"{follows.address(REPLICATOR, 'postgres')} passfile={self.passwords.file}"
            lines += [f"primary_conninfo = '{connection}'", f"primary_slot_name = '{SLOT}'"]
        file = self.folder / "postgresql.conf"
        file.write_text("\n".join([*lines, ""]))
        self.programs.own(file)

    def _wait_until_it_answers(self, patience: float = 30.0) -> None:
        deadline = time.monotonic() + patience
        while True:
            try:
                self.asked("select 1", patience=2.0)
            except SessionLost as error:
                if self.running and time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
                raise PostgresError(f"{self.name} does not answer: {error}\n{self.last_words()}") from None
            return

    def _forget(self) -> None:
        if self._keeper is not None:
            self._keeper.kill()
            self._keeper.wait()
            self._keeper = None
        self._process = None


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in listed.read_text().split()] if listed.exists() else []


def _send(pid: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, what)
