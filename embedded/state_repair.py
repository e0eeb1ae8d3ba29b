"""A local state that an engine was killed over: its lock and its half-written file."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from embedded.progress import Report
from embedded.state_file import latest_deployment, read_state
from embedded.whole_file import write_whole


def mend_state(path: Path, report: Report) -> None:
    """Lets the next engine go on where a killed one stopped. `path` is the stack's file in a local state folder.

    Nothing is touched while another engine of this state runs.
    """
    if _forget_dead_locks(path, report):
        _forget_cut_off_attributes(path)
        _restore_backup(path, report)


def forget_pending_creates(path: Path) -> None:
    """Drops the engine's notes of objects that a killed run was making; for a provider that goes on with them."""
    content = read_state(path)
    if content is None or _locks(path):
        return
    latest = latest_deployment(content)
    pending = latest.get("pending_operations") or []
    kept = [operation for operation in pending if operation.get("type") != "creating"]
    if len(kept) == len(pending):
        return
    latest["pending_operations"] = kept
    write_whole(path, json.dumps(content, indent=4).encode())


def _locks(path: Path) -> list[Path]:
    return sorted((_state_folder(path) / "locks").glob("**/*.json"))


def _restore_backup(path: Path, report: Report) -> None:
    """Puts the engine's own backup back where a kill left the state's file missing or cut off.

    The engine moves the old file to `.bak` before it writes the new one. The backup is one step older: the object of
    that step is found again by its provider when it is made once more.
    """
    backup = path.with_name(f"{path.name}.bak")
    if read_state(path) is not None:
        return
    if not backup.exists():
        # Only the very first write has no backup, and it comes before the engine makes anything.
        path.unlink(missing_ok=True)
        return
    if read_state(backup) is None:
        return
    write_whole(path, backup.read_bytes())
    report.line("the state's file was cut off by a kill; going on from the engine's backup, one step older")


def _forget_cut_off_attributes(path: Path) -> None:
    """Removes what a kill left of the file of attributes (`.attrs`: content type and checksum) beside each file.

    The engine's storage writes it in place, before the file itself, and with an empty one it reads the file no more
    ("failed to load checkpoint: EOF"); without one it does.
    """
    for attributes in _state_folder(path).rglob("*.attrs"):
        try:
            json.loads(attributes.read_bytes())
        except ValueError:
            attributes.unlink(missing_ok=True)


def _state_folder(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.name == ".pulumi")


def _forget_dead_locks(path: Path, report: Report) -> bool:
    """Removes the locks of engines of this machine that run no more; whether none is left.

    An engine that was killed leaves its lock, and every later command would refuse to start. A lock of another host or
    of a process that runs is left alone.
    """
    left = False
    for lock in _locks(path):
        try:
            owner = json.loads(lock.read_text())
        except (ValueError, FileNotFoundError):
            owner = {}
        pid, host = owner.get("pid"), owner.get("hostname", socket.gethostname())
        if host == socket.gethostname() and not (isinstance(pid, int) and _is_engine(pid)):
            lock.unlink(missing_ok=True)
            report.line("removed the lock of an update that was killed; going on where it stopped")
        else:
            left = True
    return not left


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
