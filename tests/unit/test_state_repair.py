"""What an engine that was killed leaves in a local state: its lock, and a file cut off."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from embedded.progress import Silence
from embedded.state_repair import forget_pending_creates, mend_state


def lock(state: Path, **owner: object) -> Path:
    path = state / ".pulumi" / "locks" / "organization" / "dbaas" / "dev" / "one.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"hostname": socket.gethostname(), **owner}))
    return path


def test_the_lock_of_a_dead_process_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    path = lock(tmp_path, pid=ended.pid)
    mend_state(tmp_path / ".pulumi" / "stacks" / "dbaas" / "dev.json", Silence())
    assert not path.exists()


def test_the_lock_of_another_program_that_got_the_same_number_is_removed(tmp_path: Path) -> None:
    path = lock(tmp_path, pid=os.getpid())
    mend_state(tmp_path / ".pulumi" / "stacks" / "dbaas" / "dev.json", Silence())
    assert not path.exists()


def test_the_lock_of_a_running_engine_stays(tmp_path: Path) -> None:
    engine = tmp_path / "pulumi"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", engine)
    running = subprocess.Popen([engine, "60"])
    while b"pulumi" not in Path(f"/proc/{running.pid}/cmdline").read_bytes():
        time.sleep(0.01)  # Between fork and exec it still bears this interpreter's name.
    try:
        path = lock(tmp_path, pid=running.pid)
        mend_state(tmp_path / ".pulumi" / "stacks" / "dbaas" / "dev.json", Silence())
        assert path.exists()
    finally:
        running.kill()
        running.wait()


def test_attributes_that_were_cut_off_are_removed_and_whole_ones_stay(tmp_path: Path) -> None:
    stacks = tmp_path / ".pulumi" / "stacks" / "dbaas"
    stacks.mkdir(parents=True)
    (stacks / "dev.json").write_text('{"checkpoint": {}}')
    (stacks / "dev.json.bak").write_text('{"checkpoint": {}}')
    (stacks / "dev.json.attrs").touch()
    (stacks / "dev.json.bak.attrs").write_text('{"user.content_type": "text')
    (tmp_path / ".pulumi" / "meta.yaml.attrs").write_text('{"user.content_type": "text/plain"}')
    mend_state(stacks / "dev.json", Silence())
    left = sorted(path.name for path in (tmp_path / ".pulumi").rglob("*") if path.is_file())
    assert left == ["dev.json", "dev.json.bak", "meta.yaml.attrs"]


def test_attributes_are_left_alone_while_an_engine_runs(tmp_path: Path) -> None:
    lock(tmp_path, pid=1, hostname="elsewhere.example")
    attributes = tmp_path / ".pulumi" / "meta.yaml.attrs"
    attributes.touch()
    mend_state(tmp_path / ".pulumi" / "stacks" / "dbaas" / "dev.json", Silence())
    assert attributes.exists()


def test_the_lock_of_another_host_stays(tmp_path: Path) -> None:
    path = lock(tmp_path, pid=1, hostname="elsewhere.example")
    mend_state(tmp_path / ".pulumi" / "stacks" / "dbaas" / "dev.json", Silence())
    assert path.exists()


def test_a_half_written_lock_is_removed(tmp_path: Path) -> None:
    path = lock(tmp_path, pid=1)
    path.write_text('{"pid": 1')
    mend_state(tmp_path / ".pulumi" / "stacks" / "dbaas" / "dev.json", Silence())
    assert not path.exists()


def state_file(state: Path, content: str | None, backup: str | None) -> Path:
    path = state / ".pulumi" / "stacks" / "dbaas" / "dev.json"
    path.parent.mkdir(parents=True)
    for place, text in ((path, content), (path.with_name("dev.json.bak"), backup)):
        if text is not None:
            place.write_text(text)
    return path


@pytest.mark.parametrize("cut_off", ["", '{"version": 3, "checkp', None], ids=["empty", "cut off", "missing"])
def test_a_state_that_a_kill_cut_off_comes_back_from_the_engines_backup(tmp_path: Path, cut_off: str | None) -> None:
    path = state_file(tmp_path, cut_off, '{"version": 3}')
    mend_state(tmp_path / ".pulumi" / "stacks" / "dbaas" / "dev.json", Silence())
    assert path.read_text() == '{"version": 3}'


def test_a_whole_state_is_never_replaced_by_its_backup(tmp_path: Path) -> None:
    path = state_file(tmp_path, '{"version": 4}', '{"version": 3}')
    mend_state(tmp_path / ".pulumi" / "stacks" / "dbaas" / "dev.json", Silence())
    assert path.read_text() == '{"version": 4}'


def test_a_first_write_that_a_kill_cut_off_is_forgotten(tmp_path: Path) -> None:
    path = state_file(tmp_path, "", None)
    mend_state(tmp_path / ".pulumi" / "stacks" / "dbaas" / "dev.json", Silence())
    assert not path.exists()


def test_a_broken_state_with_a_broken_backup_is_left_for_a_person(tmp_path: Path) -> None:
    path = state_file(tmp_path, '{"version"', "")
    mend_state(tmp_path / ".pulumi" / "stacks" / "dbaas" / "dev.json", Silence())
    assert path.read_text() == '{"version"'


def pending(state: Path) -> Path:
    operations = [{"type": "creating", "resource": {}}, {"type": "deleting", "resource": {}}]
    return state_file(state, json.dumps({"checkpoint": {"latest": {"pending_operations": operations}}}), None)


def test_what_a_killed_run_was_making_is_forgotten_where_the_provider_goes_on_with_it(tmp_path: Path) -> None:
    path = pending(tmp_path)
    forget_pending_creates(path)
    left = json.loads(path.read_text())["checkpoint"]["latest"]["pending_operations"]
    assert [operation["type"] for operation in left] == ["deleting"]


def test_a_state_that_another_engine_is_writing_is_left_alone(tmp_path: Path) -> None:
    path = state_file(tmp_path, "", '{"version": 3}')
    lock(tmp_path, pid=1, hostname="elsewhere.example")
    mend_state(path, Silence())
    forget_pending_creates(path)
    assert path.read_text() == ""


def test_what_a_killed_run_was_making_is_kept_where_only_a_person_can_tell(tmp_path: Path) -> None:
    path = pending(tmp_path)
    before = path.read_text()
    mend_state(tmp_path / ".pulumi" / "stacks" / "dbaas" / "dev.json", Silence())
    assert path.read_text() == before
