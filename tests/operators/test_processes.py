"""An operator's process: started, stopped, and told of with its log's last words when it ends by itself.

Small programs stand for operators here; they say what an operator says.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dbaas_components.versions import VERSIONS
from embedded.operators import OPERATORS, OperatorError, RunningOperator
from embedded.operators.pod_folder import inside_pod_folder, missing_pod_folder
from embedded.operators.running import launch
from embedded.progress import Silence

pytestmark = pytest.mark.slow

_READY = "print('operator: ready', flush=True);"
_UNTIL_STDIN_ENDS = f"import sys; {_READY} sys.stdin.read()"
_TIDIES_UP = f"""
import select, signal, sys, time
told = []
signal.signal(signal.SIGTERM, lambda *_: told.append(1))
{_READY}
while not told:
    time.sleep(0.01)
time.sleep(0.3)
ended = select.select([sys.stdin], [], [], 0)[0]
print("operator: tidied up,", "told twice" if ended else "told once", flush=True)
"""
_DEAF = f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_READY} time.sleep(600)"


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., RunningOperator]:
    """Starts a program of one line."""

    def run(program: str, patience: float = 60.0) -> RunningOperator:
        command = [sys.executable, "-c", program]
        log = tmp_path / "logs" / "tiny.log"
        return launch("tiny", command, {"PATH": os.environ["PATH"]}, log, Silence(), patience)

    return run


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_operators_are_those_that_the_library_pins() -> None:
    pinned = {name: pins.operator for name, pins in VERSIONS.items() if name in OPERATORS}
    assert pinned.keys() == {"pxc", "psmdb"}
    for name, version in pinned.items():
        operator = OPERATORS[name]
        assert operator.build.version == version
        assert operator.pod is not None
        assert operator.pod.image.endswith(f":{version}")


def test_it_runs_until_it_is_stopped(start: Callable[..., RunningOperator]) -> None:
    running = start(_UNTIL_STDIN_ENDS)
    running.check()
    assert _is_there(running.pid)
    running.stop()
    assert not _is_there(running.pid)


def test_it_is_told_once_to_end_and_has_time_to_tidy_up(start: Callable[..., RunningOperator]) -> None:
    running = start(_TIDIES_UP)
    running.stop()
    assert running.log.read_text().splitlines()[-1] == "operator: tidied up, told once"


def test_stopping_twice_is_stopping_once(start: Callable[..., RunningOperator]) -> None:
    running = start(_UNTIL_STDIN_ENDS)
    running.stop()
    running.stop()


def test_the_end_of_a_block_stops_it(start: Callable[..., RunningOperator]) -> None:
    with start(_UNTIL_STDIN_ENDS) as running:
        assert _is_there(running.pid)
    assert not _is_there(running.pid)


def test_one_that_ends_while_starting_is_told_with_what_it_said(start: Callable[..., RunningOperator]) -> None:
    with pytest.raises(
        OperatorError, match=r"(?s)operator tiny ended by itself with status 3; its log is .*no such kind"
    ):
        start("import sys; print('operator: error: no such kind'); sys.exit(3)")


def test_one_that_crashes_later_is_told_with_its_last_words(start: Callable[..., RunningOperator]) -> None:
    running = start(f"import sys; {_READY} print('panic: out of ideas', flush=True); sys.stdin.read()")
    os.kill(running.pid, signal.SIGKILL)
    told = r"(?s)operator tiny ended by itself with status -9; .*panic: out of ideas"
    os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(OperatorError, match=told):
        running.check()
    with pytest.raises(OperatorError, match=told):
        running.stop()


def test_one_that_never_gets_ready_is_told_and_ended(start: Callable[..., RunningOperator], tmp_path: Path) -> None:
    told = r"(?s)operator tiny is not ready after 5 s; .*still listing"
    program = "import os, time; print('still listing', os.getpid(), flush=True); time.sleep(600)"
    with pytest.raises(OperatorError, match=told):
        start(program, patience=5.0)
    pid = int((tmp_path / "logs" / "tiny.log").read_text().split()[-1])
    assert not _is_there(pid)


def test_one_that_hears_nothing_is_killed(
    start: Callable[..., RunningOperator], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.operators.running._STOP_PATIENCE", 0.5)
    running = start(_DEAF)
    running.stop()
    assert not _is_there(running.pid)


def test_it_does_not_outlive_a_starter_that_is_killed(tmp_path: Path) -> None:
    starter = f"""
import os, sys
from pathlib import Path
from embedded.operators.running import launch
from embedded.progress import Silence
command = [sys.executable, "-c", {_UNTIL_STDIN_ENDS!r}]
running = launch("tiny", command, {{}}, Path({str(tmp_path / "log")!r}), Silence())
print(running.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    root = str(Path(__file__).resolve().parents[2])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": root}
    ended = subprocess.run(
        [sys.executable, "-c", starter], capture_output=True, text=True, check=False, env=environment
    )
    pid = int(ended.stdout)
    deadline = time.monotonic() + 10
    while _is_there(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_there(pid)


def test_nobody_else_can_read_its_log(start: Callable[..., RunningOperator]) -> None:
    with start(_UNTIL_STDIN_ENDS) as running:
        assert running.log.stat().st_mode & 0o077 == 0


def test_a_process_finds_its_namespace_where_a_pod_has_it_and_the_machine_stays_as_it_was() -> None:
    if reason := missing_pod_folder():
        pytest.skip(reason)
    path = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
    before = path.read_text() if path.exists() else None
    found = subprocess.run([*inside_pod_folder("blue"), "cat", path], capture_output=True, text=True, check=True)
    assert found.stdout == "blue"
    assert (path.read_text() if path.exists() else None) == before


def test_without_unshare_the_reason_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = "these operators need a mount namespace: use Linux and install util-linux, which brings unshare"
    assert missing_pod_folder() == told
    assert OPERATORS["pxc"].missing() == told
    with pytest.raises(OperatorError, match=told):
        inside_pod_folder("blue")


def test_where_no_mount_namespace_is_allowed_the_reason_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unshare = tmp_path / "unshare"
    unshare.write_text("#!/bin/sh\necho 'unshare: Operation not permitted' >&2\nexit 1\n")
    unshare.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_pod_folder() == (
        "these operators need a mount namespace, and none can be made (unshare: Operation not permitted);"
        " allow user namespaces or be root"
    )


def test_an_api_server_that_does_not_answer_is_told_before_anything_starts(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        "{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}],"
        " clusters: [{name: a, cluster: {server: 'http://127.0.0.1:9'}}], users: [{name: a, user: {}}]}"
    )
    with pytest.raises(OperatorError, match=r"the API server of .*kubeconfig does not answer"):
        OPERATORS["cert-manager"].start(kubeconfig, "cert-manager", tmp_path)
