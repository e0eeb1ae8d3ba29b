"""A lock between processes that no crash can leave behind."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.progress import Report


@contextmanager
def exclusive(path: Path, report: Report, waiting: str) -> Iterator[None]:
    """Holds the lock file; while another process holds it, waits and tells `waiting` with the elapsed time.

    The kernel drops the lock with its process.
    """
    while True:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("a") as file:
            if not _try(file.fileno()):
                with report.task(waiting) as task:
                    while not _try(file.fileno()):
                        task.update()
                        time.sleep(0.1)
            if not _is_at(path, file.fileno()):
                # Deleted together with its folder while we waited: others would lock a new file of this name.
                continue
            yield
            return


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
