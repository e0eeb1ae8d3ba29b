"""The engine's lock files in a local state folder: one that its owner died with is removed."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from embedded.progress import Report


def forget_dead_locks(state: Path, report: Report) -> None:
    """Removes the locks of engines of this machine that run no more.

    An engine that was killed leaves its lock, and every later command would refuse to start. A lock of another host or
    of a process that runs is left alone.
    """
    for lock in sorted((state / ".pulumi" / "locks").glob("**/*.json")):
        try:
            owner = json.loads(lock.read_text())
        except (ValueError, FileNotFoundError):
            owner = {}
        pid, host = owner.get("pid"), owner.get("hostname", socket.gethostname())
        if host == socket.gethostname() and not (isinstance(pid, int) and _is_engine(pid)):
            lock.unlink(missing_ok=True)
            report.line("removed the lock of an update that was killed; going on where it stopped")


def _is_engine(pid: int) -> bool:
    """Whether this process is an engine: a number may have been given to another program since."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    command = Path(f"/proc/{pid}/cmdline")
    return b"pulumi" in command.read_bytes() if command.exists() else True
