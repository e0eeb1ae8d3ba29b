"""The control plane's files, flags, lock and choice of programs, without starting one."""

from __future__ import annotations

import base64
import fcntl
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from embedded import builds
from embedded.control_plane import ControlPlane, ControlPlaneError, choose_assets
from embedded.control_plane.configuration import (
    admin_kubeconfig,
    api_server_flags,
    controller_manager_flags,
    etcd_configuration,
    write_configuration,
)
from embedded.control_plane.errors import last_words
from embedded.control_plane.layout import Layout
from embedded.control_plane.liveness import holder, published_port
from embedded.whole_file import write_whole

HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "a")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def test_a_lock_tells_its_holders_pid_until_that_process_ends(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert holder(lock) is None
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    assert holder(lock) == process.pid
    process.kill()
    process.communicate()
    assert holder(lock) is None
    assert lock.exists()


def test_a_flock_of_another_kind_is_not_mistaken_for_a_running_control_plane(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert holder(tmp_path / "lock") is None


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"pid": 7}', '{"pid": 7, "port": 0}', '{"pid": 7, "port": 99999}', '{"pid": 8, "port": 5}'],
)
def test_an_address_that_is_not_whole_or_not_the_holders_is_not_believed(tmp_path: Path, content: str) -> None:
    (tmp_path / "address").write_text(content)
    assert published_port(tmp_path / "address", 7) is None


def test_the_holders_address_is_believed(tmp_path: Path) -> None:
    (tmp_path / "address").write_text('{"pid": 7, "port": 6443}')
    assert published_port(tmp_path / "address", 7) == 6443


def test_a_file_is_replaced_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    write_whole(path, b"old")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.stat().st_ino
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_ino != before, "written in place: a reader could see half of it"
    assert [left.name for left in tmp_path.iterdir()] == ["secret"]


def test_everything_is_told_to_serve_on_loopback_alone() -> None:
    layout = Layout(Path("/d"))
    assert "--bind-address=127.0.0.1" in api_server_flags(layout)
    assert "--secure-port=0" in controller_manager_flags(layout)
    addresses = [value for key, value in etcd_configuration(layout).items() if key.startswith("listen-")]
    assert addresses == ["https://127.0.0.1:0"] * 2


def test_nobody_gets_in_without_a_certificate() -> None:
    layout = Layout(Path("/d"))
    assert {"--anonymous-auth=false", "--authorization-mode=RBAC"} <= set(api_server_flags(layout))
    etcd = etcd_configuration(layout)
    for side in ("client-transport-security", "peer-transport-security"):
        assert etcd[side]["client-cert-auth"] is True  # type: ignore[index]
        assert etcd[side]["trusted-ca-file"] == "/d/pki/etcd-ca.crt"  # type: ignore[index]


def test_the_kubeconfig_is_whole_in_itself_and_named_after_the_control_plane(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.create()
    (layout.pki / "admin.pem").write_text("pair")
    (layout.pki / "ca.crt").write_text("authority")
    content = yaml.safe_load(admin_kubeconfig(layout, "east", "https://127.0.0.1:6443"))
    assert content["current-context"] == "east"
    assert content["contexts"] == [{"name": "east", "context": {"cluster": "east", "user": "east"}}]
    cluster = content["clusters"][0]["cluster"]
    assert cluster["server"] == "https://127.0.0.1:6443"
    assert base64.b64decode(cluster["certificate-authority-data"]) == b"authority"
    assert "insecure-skip-tls-verify" not in cluster


@pytest.mark.parametrize("name", ["", "Upper", "-dash", "dash-", "a_b", "a" * 64, "a/b"])
def test_a_name_that_cannot_be_a_context_is_refused_with_what_is_allowed(tmp_path: Path, name: str) -> None:
    with pytest.raises(ControlPlaneError, match="63 lower-case letters, digits and dashes"):
        ControlPlane(name, tmp_path)


def test_one_that_was_never_started_has_no_status_and_can_be_stopped_and_forgotten(tmp_path: Path) -> None:
    plane = ControlPlane("never", tmp_path / "never")
    assert plane.status() is None
    plane.stop()
    plane.forget()
    assert not (tmp_path / "never").exists()


def test_the_last_words_are_the_errors_and_not_the_chatter(tmp_path: Path) -> None:
    log = tmp_path / "log"
    chatter = [f"I1120 22:05:07.44 1 informer.go:1] line {number}" for number in range(50)]
    log.write_text("\n".join(["E1120 22:05:07.44 1 server.go:1] it broke", *chatter]))
    assert last_words(log) == "  E1120 22:05:07.44 1 server.go:1] it broke"
    log.write_text("\n".join(chatter))
    assert last_words(log).splitlines()[-1].endswith("line 49")
    log.write_text("")
    assert last_words(log) == "  (its log is empty)"


def tools(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).write_text("#!/bin/sh\necho Kubernetes v1.33.2\n")
        (folder / name).chmod(0o755)
    return folder


def test_the_users_own_three_programs_come_first(tmp_path: Path) -> None:
    folder = tools(tmp_path / "assets", "etcd", "kube-apiserver", "kube-controller-manager")
    assets = choose_assets({"KUBEBUILDER_ASSETS": str(folder)})
    assert (assets.folder, assets.version, assets.origin) == (folder, "v1.33.2", "KUBEBUILDER_ASSETS")
    assert assets.ready
    assert assets.remedy is None


def test_assets_without_controllers_are_not_used_and_it_is_said_why(tmp_path: Path) -> None:
    folder = tools(tmp_path / "assets", "etcd", "kube-apiserver")
    assets = choose_assets({"KUBEBUILDER_ASSETS": str(folder)})
    assert assets.folder is None
    assert "no deleted namespace would ever go away" in assets.notes[0]
    assert assets.version == f"v{builds.CONTROL_PLANE.version}"


def test_assets_that_are_not_there_are_named(tmp_path: Path) -> None:
    assets = choose_assets({"KUBEBUILDER_ASSETS": str(tmp_path / "nowhere")})
    assert assets.folder is None
    assert "etcd and kube-apiserver and kube-controller-manager are not in it" in assets.notes[0]


def test_flags_written_for_the_program_are_json_with_both_components(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.create()
    write_configuration(layout)
    flags = json.loads((layout.run / "flags.json").read_text())
    assert set(flags) == {"kube-apiserver", "kube-controller-manager"}
