"""Lock files of engines that were killed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from embedded.locks import forget_dead_locks
from embedded.progress import Silence


def lock(state: Path, **owner: object) -> Path:
    path = state / ".pulumi" / "locks" / "organization" / "dbaas" / "dev" / "one.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"hostname": socket.gethostname(), **owner}))
    return path


def test_the_lock_of_a_dead_process_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    path = lock(tmp_path, pid=ended.pid)
    forget_dead_locks(tmp_path, Silence())
    assert not path.exists()


def test_the_lock_of_another_program_that_got_the_same_number_is_removed(tmp_path: Path) -> None:
    path = lock(tmp_path, pid=os.getpid())
    forget_dead_locks(tmp_path, Silence())
    assert not path.exists()


def test_the_lock_of_a_running_engine_stays(tmp_path: Path) -> None:
    engine = tmp_path / "pulumi"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", engine)
    running = subprocess.Popen([engine, "60"])
    while b"pulumi" not in Path(f"/proc/{running.pid}/cmdline").read_bytes():
        time.sleep(0.01)  # Between fork and exec it still bears this interpreter's name.
    try:
        path = lock(tmp_path, pid=running.pid)
        forget_dead_locks(tmp_path, Silence())
        assert path.exists()
    finally:
        running.kill()
        running.wait()


def test_the_lock_of_another_host_stays(tmp_path: Path) -> None:
    path = lock(tmp_path, pid=1, hostname="elsewhere.example")
    forget_dead_locks(tmp_path, Silence())
    assert path.exists()


def test_a_half_written_lock_is_removed(tmp_path: Path) -> None:
    path = lock(tmp_path, pid=1)
    path.write_text('{"pid": 1')
    forget_dead_locks(tmp_path, Silence())
    assert not path.exists()
