"""The control plane as its users meet it, and after everything that can happen to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes
import pytest
import yaml
from kubernetes.client import ApiException, CoreV1Api, V1ConfigMap, V1Namespace, V1ObjectMeta, V1OwnerReference

from embedded import builds
from embedded.control_plane import ControlPlane, ControlPlaneError, Running
from embedded.control_plane.ports import wait_until_free
from embedded.processes import lives
from embedded.progress import Silence

pytestmark = pytest.mark.api

Maker = Callable[[str], ControlPlane]


def core(running: Running) -> Any:
    # Any: the client's annotations call every field optional, which the API server's answers are not.
    return CoreV1Api(kubernetes.config.new_client_from_config(str(running.kubeconfig)))


def eventually(condition: Callable[[], bool], within: float = 30.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def is_gone(read: Callable[[], object]) -> bool:
    try:
        read()
    except ApiException as error:
        return error.status == 404
    return False


def named(name: str, **metadata: Any) -> V1ObjectMeta:
    return V1ObjectMeta(name=name, **metadata)


def listeners(pid: int) -> set[str]:
    """The local addresses on which a process listens, from the kernel's own tables."""
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.add(fields[1])
    return found


def test_a_deleted_namespace_goes_away_with_what_is_in_it(control_plane: Running) -> None:
    api = core(control_plane)
    api.create_namespace(V1Namespace(metadata=named("leaves")))
    api.create_namespaced_config_map("leaves", V1ConfigMap(metadata=named("inside")))
    api.delete_namespace("leaves")
    assert eventually(lambda: is_gone(lambda: api.read_namespace("leaves")))


def test_what_an_object_owns_is_collected_after_it(control_plane: Running) -> None:
    api = core(control_plane)
    api.create_namespace(V1Namespace(metadata=named("collected")))
    owner = api.create_namespaced_config_map("collected", V1ConfigMap(metadata=named("owner")))
    reference = V1OwnerReference(api_version="v1", kind="ConfigMap", name="owner", uid=owner.metadata.uid)
    api.create_namespaced_config_map("collected", V1ConfigMap(metadata=named("owned", owner_references=[reference])))
    api.create_namespaced_config_map("collected", V1ConfigMap(metadata=named("free")))
    api.delete_namespaced_config_map("owner", "collected")
    assert eventually(lambda: is_gone(lambda: api.read_namespaced_config_map("owned", "collected")))
    assert api.read_namespaced_config_map("free", "collected").metadata.name == "free"
    api.delete_namespace("collected")


def test_the_version_is_the_one_that_was_built(control_plane: Running) -> None:
    client = kubernetes.config.new_client_from_config(str(control_plane.kubeconfig))
    assert kubernetes.client.VersionApi(client).get_code().git_version == control_plane.kubernetes_version
    assert control_plane.kubernetes_version.startswith("v1.")


def test_who_has_no_certificate_is_refused(control_plane: Running) -> None:
    configuration = kubernetes.client.Configuration()
    configuration.host = control_plane.server
    kubeconfig = yaml.safe_load(control_plane.kubeconfig.read_text())
    configuration.ssl_ca_cert = str(control_plane.kubeconfig.parent / "pki" / "ca.crt")
    with pytest.raises(ApiException) as refused:
        CoreV1Api(kubernetes.client.ApiClient(configuration)).list_namespace()
    assert refused.value.status == 401
    assert kubeconfig["current-context"] == "tests"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the kernel's socket tables in /proc")
def test_it_listens_on_loopback_only_and_etcd_wants_a_certificate(control_plane: Running) -> None:
    found = listeners(control_plane.pid)
    assert len(found) >= 2
    assert {address.split(":")[0] for address in found} == {"0100007F"}
    trusting_anyone = ssl.create_default_context()
    trusting_anyone.check_hostname = False
    trusting_anyone.verify_mode = ssl.CERT_NONE
    ports = {int(address.split(":")[1], 16) for address in found} - {int(control_plane.server.rsplit(":", 1)[1])}
    for port in ports:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            answer_without_certificate(port, trusting_anyone)


def answer_without_certificate(port: int, context: ssl.SSLContext) -> bytes:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        context.wrap_socket(plain) as wrapped,
    ):
        # In TLS 1.3 a client learns only at its first read that its certificate was missed.
        wrapped.sendall(b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return wrapped.recv(100)


def test_its_folder_and_kubeconfig_are_the_owners_alone(control_plane: Running) -> None:
    folder = control_plane.kubeconfig.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(control_plane.kubeconfig.stat().st_mode) == 0o600
    for secret in (folder / "pki").iterdir():
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600, secret


def test_three_run_side_by_side_each_with_its_own_data(new_control_plane: Maker) -> None:
    running = {name: new_control_plane(name).start() for name in ("east", "west", "north")}
    assert len({one.server for one in running.values()}) == 3
    for name, one in running.items():
        core(one).create_namespace(V1Namespace(metadata=named(f"only-{name}")))
    for name, one in running.items():
        found = {item.metadata.name for item in core(one).list_namespace().items}
        assert {entry for entry in found if entry.startswith("only-")} == {f"only-{name}"}


def test_a_second_start_finds_it_and_a_restart_keeps_data_and_port(new_control_plane: Maker) -> None:
    plane = new_control_plane("again")
    first = plane.start()
    assert first.started_now
    second = plane.start()
    assert (second.pid, second.started_now) == (first.pid, False)
    core(first).create_namespace(V1Namespace(metadata=named("stays")))
    plane.stop()
    assert plane.status() is None
    third = plane.start()
    assert third.pid != first.pid
    assert third.server == first.server
    assert core(third).read_namespace("stays").metadata.name == "stays"


def test_a_killed_one_comes_back_on_its_port_at_once(new_control_plane: Maker) -> None:
    plane = new_control_plane("port")
    first = plane.start()
    os.kill(first.pid, signal.SIGKILL)
    assert eventually(lambda: plane.status() is None)
    assert plane.start().server == first.server


def test_a_killed_one_is_started_again_on_another_port_if_its_own_was_taken(new_control_plane: Maker) -> None:
    plane = new_control_plane("killed")
    first = plane.start()
    core(first).create_namespace(V1Namespace(metadata=named("survives")))
    os.kill(first.pid, signal.SIGKILL)
    assert eventually(lambda: plane.status() is None)
    port = int(first.server.rsplit(":", 1)[1])
    assert wait_until_free(port, seconds=5)
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", port))
        thief.listen()
        second = plane.start()
    assert second.server != first.server
    assert yaml.safe_load(second.kubeconfig.read_text())["clusters"][0]["cluster"]["server"] == second.server
    assert core(second).read_namespace("survives").metadata.name == "survives"


@pytest.mark.parametrize("after", [0.0, 0.15, 0.5, 1.2])
def test_a_first_start_killed_at_any_time_is_made_good_by_the_same_call(new_control_plane: Maker, after: float) -> None:
    plane = new_control_plane("young")
    folder = plane.directory
    code = (
        "import sys; from pathlib import Path; from embedded.control_plane import ControlPlane;"
        f"ControlPlane('young', Path({str(folder)!r})).start()"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], cwd=_root())
    assert eventually(lambda: plane.status() is not None)
    time.sleep(after)
    starter.kill()
    starter.wait()
    young = plane.status()
    assert young is not None
    os.kill(young.pid, signal.SIGKILL)
    assert eventually(lambda: plane.status() is None)
    assert core(plane.start()).read_namespace("default").metadata.name == "default"


def test_a_starter_that_is_killed_leaves_a_control_plane_that_the_next_call_takes_over(
    new_control_plane: Maker,
) -> None:
    plane = new_control_plane("orphan")
    code = (
        "import sys; from pathlib import Path; from embedded.control_plane import ControlPlane;"
        f"ControlPlane('orphan', Path({str(plane.directory)!r})).start()"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], cwd=_root())
    assert eventually(lambda: plane.status() is not None)
    starter.kill()
    starter.wait()
    running = plane.start()
    assert not running.started_now
    assert core(running).read_namespace("default").metadata.name == "default"


def test_two_starts_at_the_same_time_give_one_control_plane(new_control_plane: Maker) -> None:
    plane = new_control_plane("twins")
    code = (
        "import json; from pathlib import Path; from embedded.control_plane import ControlPlane;"
        f"r = ControlPlane('twins', Path({str(plane.directory)!r})).start();"
        "print(json.dumps([r.pid, r.started_now]))"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code], cwd=_root(), stdout=subprocess.PIPE, text=True) for _ in "ab"
    ]
    answers = [json.loads(one.communicate(timeout=120)[0]) for one in both]
    assert answers[0][0] == answers[1][0]
    assert sorted(started for _, started in answers) == [False, True]


def test_half_written_files_and_a_stale_pid_are_replaced(new_control_plane: Maker) -> None:
    plane = new_control_plane("half")
    first = plane.start()
    core(first).create_namespace(V1Namespace(metadata=named("kept")))
    plane.stop()
    folder = first.kubeconfig.parent
    for path in (
        first.kubeconfig,
        folder / "pki" / "serving.pem",
        folder / "pki" / "ca.crt",
        folder / "run" / "flags.json",
    ):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    # A living process that is not a control plane: this very one.
    (folder / "run" / "address.json").write_text(json.dumps({"pid": os.getpid(), "port": 1}))
    assert plane.status() is None
    second = plane.start()
    assert second.pid != os.getpid()
    assert core(second).read_namespace("kept").metadata.name == "kept"


def test_a_new_authority_is_taken_up_with_the_old_data(new_control_plane: Maker) -> None:
    plane = new_control_plane("authority")
    first = plane.start()
    core(first).create_namespace(V1Namespace(metadata=named("kept")))
    plane.stop()
    for name in ("ca.pem", "etcd-ca.pem"):
        (first.kubeconfig.parent / "pki" / name).write_text("")
    assert core(plane.start()).read_namespace("kept").metadata.name == "kept"


def test_one_that_cannot_start_says_why_in_its_logs_words(new_control_plane: Maker) -> None:
    plane = new_control_plane("broken")
    running = plane.start()
    plane.stop()
    wal = next((running.kubeconfig.parent / "etcd" / "member" / "wal").glob("*.wal"))
    wal.write_bytes(b"not a write-ahead log")
    with pytest.raises(ControlPlaneError, match="ended while starting") as refused:
        plane.start()
    assert "panic: " in str(refused.value), "etcd's own words are missing"
    assert str(plane.directory / "log") in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_forgetting_ends_it_and_deletes_everything(new_control_plane: Maker) -> None:
    plane = new_control_plane("gone")
    running = plane.start()
    plane.forget()
    assert not running.kubeconfig.parent.exists()
    assert eventually(lambda: not lives(running.pid), within=5)
    plane.forget()


def test_it_ends_by_itself_when_its_folder_is_deleted(new_control_plane: Maker) -> None:
    plane = new_control_plane("deleted")
    running = plane.start()
    (running.kubeconfig.parent / "lock").unlink()
    assert eventually(lambda: not lives(running.pid), within=20)


def test_the_users_own_programs_serve_the_same_way(
    new_control_plane: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Our program plays each of the three under its upstream name, so it can stand for a user's own.
    program = builds.build(builds.CONTROL_PLANE, Silence())
    assets = tmp_path / "assets"
    assets.mkdir()
    for name in ("etcd", "kube-apiserver", "kube-controller-manager"):
        (assets / name).symlink_to(program)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    plane = new_control_plane("own")
    first = plane.start()
    api = core(first)
    api.create_namespace(V1Namespace(metadata=named("leaves")))
    api.create_namespace(V1Namespace(metadata=named("stays")))
    api.delete_namespace("leaves")
    assert eventually(lambda: is_gone(lambda: api.read_namespace("leaves")))
    children = _children(first.pid)
    assert len(children) == 3
    os.kill(first.pid, signal.SIGKILL)
    assert eventually(lambda: not any(lives(child) for child in children), within=5)
    monkeypatch.delenv("KUBEBUILDER_ASSETS")
    assert core(plane.start()).read_namespace("stays").metadata.name == "stays"


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _root() -> Path:
    return Path(__file__).resolve().parents[2]
