"""The stand-in provider as the engine starts it: launcher, port, waiting, and its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from embedded.processes import lives
from embedded.provider.host import Host
from embedded.provider.launcher import write_launcher
from embedded.provider.waits import WaitError, Waiting, definition_missing, still_there

pytestmark = pytest.mark.slow


class Messages(Host):
    """A host that keeps what was said."""

    def __init__(self) -> None:
        super().__init__(None)
        self.said: list[str] = []

    def status(self, message: str, urn: str) -> None:
        self.said.append(message)


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    launcher = write_launcher(tmp_path)
    process = subprocess.Popen([launcher, "--logtostderr", "-v=9", "127.0.0.1:1"], stdout=subprocess.PIPE, cwd="/")
    try:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_the_launcher_prints_a_port_on_which_the_provider_answers(
    provider: tuple[subprocess.Popen[bytes], int],
) -> None:
    _, port = provider
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        answer = stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"), timeout=10)
        assert answer.accept_secrets
        with pytest.raises(grpc.RpcError) as refused:
            stub.Parameterize(provider_pb2.ParameterizeRequest(), timeout=10)
        assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED  # type: ignore[attr-defined]


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc/net to see who listens where (Linux)")
def test_the_provider_listens_on_loopback_only(provider: tuple[subprocess.Popen[bytes], int]) -> None:
    _, port = provider
    listening = [line.split()[1] for name in ("tcp", "tcp6") for line in _table(name) if line.split()[3] == "0A"]
    mine = [address.rsplit(":", 1)[0] for address in listening if int(address.rsplit(":", 1)[1], 16) == port]
    assert mine
    # 127.0.0.1, in the kernel's byte order; on IPv6 sockets as a mapped address.
    assert all(address in {"0100007F", "0000000000000000FFFF00000100007F"} for address in mine)


def _table(name: str) -> list[str]:
    path = Path("/proc/net", name)
    return path.read_text().splitlines()[1:] if path.exists() else []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see a process end (Linux)")
def test_the_provider_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    launcher = write_launcher(tmp_path)
    starter = (
        f"import subprocess,time; p=subprocess.Popen([{str(launcher)!r}]); print(p.pid,flush=True); time.sleep(99)"
    )
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        lines = [engine.stdout.readline(), engine.stdout.readline()]
        pid = int(lines[0])
        engine.send_signal(signal.SIGKILL)
        engine.wait()
    for _ in range(100):
        if not lives(pid):
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("the provider outlived the process that started it by 10 s")


def test_the_launcher_can_be_written_over_and_from_any_folder(tmp_path: Path) -> None:
    folder = tmp_path / "with space" / "bin"
    assert write_launcher(folder) == write_launcher(folder) == folder / "pulumi-resource-kubernetes"
    assert os.access(folder / "pulumi-resource-kubernetes", os.X_OK)
    assert [path.name for path in folder.iterdir()] == ["pulumi-resource-kubernetes"]


def test_a_wait_ends_as_soon_as_nothing_is_missing() -> None:
    answers = iter(["this", "that", None])
    waiting = Waiting(Messages(), "urn", 5, threading.Event())
    waiting.until("it", lambda: next(answers))
    assert next(answers, "none left") == "none left"


def test_a_wait_that_takes_too_long_says_for_what_and_what_is_missing() -> None:
    waiting = Waiting(Messages(), "urn", 0.2, threading.Event())
    with pytest.raises(WaitError, match=r"for the CRD, still missing: condition Established \(the time is up"):
        waiting.until("the CRD", lambda: "condition Established")


def test_a_long_wait_tells_for_what_and_since_when() -> None:
    messages = Messages()
    with pytest.raises(WaitError):
        Waiting(messages, "urn", 3.5, threading.Event()).until("shop to be gone", lambda: "finalizers x")
    assert messages.said
    assert messages.said[0].startswith("waiting ")
    assert "s for shop to be gone: finalizers x" in messages.said[0]


def test_a_stopped_run_ends_its_waits_at_once() -> None:
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    started = time.monotonic()
    with pytest.raises(WaitError, match="the run was stopped"):
        Waiting(Messages(), "urn", 60, cancelled).until("it", lambda: "it")
    assert time.monotonic() - started < 5


DEFINITION = {
    "spec": {"group": "acme.org", "names": {"kind": "Thing"}, "versions": [{"name": "v1", "served": True}]},
    "status": {"conditions": [{"type": "NamesAccepted", "status": "True"}, {"type": "Established", "status": "True"}]},
}


def test_a_definition_is_ready_only_when_it_is_established_and_served() -> None:
    assert definition_missing(DEFINITION, lambda *_: True) is None
    assert definition_missing(DEFINITION, lambda *_: False) == "Thing in acme.org/v1 in discovery"
    refused = {"conditions": [{"type": "NamesAccepted", "status": "False", "message": "taken"}]}
    assert definition_missing({**DEFINITION, "status": refused}, lambda *_: True) == "condition NamesAccepted (taken)"
    assert definition_missing({**DEFINITION, "status": {}}, lambda *_: True) == "condition NamesAccepted"


def test_an_object_that_stays_says_which_finalizers_keep_it() -> None:
    live = {"metadata": {"finalizers": ["acme.org/keep"], "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    assert "acme.org/keep" in still_there(live)
    assert "2026-01-01T00:00:00Z" in still_there(live)
