"""A session with a server: psql, asked line by line, with a limit to every wait."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from pathlib import Path
from typing import IO, cast

from embedded.postgresql.errors import SessionLost
from embedded.postgresql.programs import Programs


class Session:
    """One connection. Each question is one statement with exactly one row as its answer.

    psql prints a statement's rows only once the server has reported it complete, and the server reports a statement
    of its own transaction complete only after the commit: an answer is an acknowledgement.
    """

    def __init__(
        self, programs: Programs, address: str, *, passwords: Path | None = None, patience: float = 2.0
    ) -> None:
        self._patience = patience
        self._rest = b""
        variables = {"PGCONNECT_TIMEOUT": "2", "PGPASSFILE": str(passwords or os.devnull)}
        command = programs.command(
            "psql",
            *("--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password", "--field-separator=|"),
            *("--set=ON_ERROR_STOP=1", "--set=VERBOSITY=verbose", "--dbname", address),
        )
        # As ourselves: a client may be root, and a change of account would cost a copy of this process's memory map.
        self._process = subprocess.Popen(
            command,
            env={**programs.environment, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        pipes = self._process.stdin, self._process.stdout, self._process.stderr
        self._input, self._output, self._errors = (cast("IO[bytes]", pipe) for pipe in pipes)

    def ask(self, statement: str, patience: float | None = None) -> list[str]:
        """The answer's fields. Raises `SessionLost`, after which the session is over."""
        deadline = time.monotonic() + (patience or self._patience)
        try:
            self._input.write(f"{statement};\n".encode())
            self._input.flush()
        except (BrokenPipeError, ValueError):
            raise SessionLost(self._last_words()) from None
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._output], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.close()
                raise SessionLost("no answer in time")
            got = os.read(self._output.fileno(), 65_536)
            if not got:
                raise SessionLost(self._last_words())
            self._rest += got
        line, self._rest = self._rest.split(b"\n", 1)
        return line.decode().split("|")

    def close(self) -> None:
        """Ends it, whatever it waits for."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._input, self._output, self._errors):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def _last_words(self) -> str:
        try:
            _, said = self._process.communicate(timeout=2)
        except (subprocess.TimeoutExpired, ValueError):
            said = b""
        self.close()
        lines = said.decode(errors="replace").strip().splitlines()
        return lines[0] if lines else "the connection was closed"
