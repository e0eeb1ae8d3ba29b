"""A named control plane on this machine: started, found again, stopped, forgotten."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from embedded import builds
from embedded.control_plane import certificates, configuration
from embedded.control_plane.assets import choose_assets
from embedded.control_plane.errors import ControlPlaneError, last_words
from embedded.control_plane.health import ask
from embedded.control_plane.layout import Layout
from embedded.control_plane.liveness import holder, published_port
from embedded.control_plane.ports import wait_until_free
from embedded.file_lock import exclusive
from embedded.progress import Report, Silence
from embedded.whole_file import write_whole

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
# Seconds. A first start takes 3 to 5 on two idle cores; a loaded machine must not fail for being slow.
_START_PATIENCE = 120.0
_STOP_PATIENCE = 20.0
_PORT_PATIENCE = 0.5
# The program's exit status when another process holds its lock (`exitHeld` in program/serve.go).
_HELD = 75
# All that the program needs of our environment: it outlives us and must not carry our secrets.
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "TZ", "GOMAXPROCS", "GOMEMLIMIT", "GOGC")
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Running:
    """A control plane that runs: how to reach it, what it is, and whether this call started it."""

    kubeconfig: Path
    server: str
    kubernetes_version: str
    pid: int
    started_now: bool


class ControlPlane:
    """A Kubernetes control plane without nodes: etcd, API server and controllers, on loopback, in one directory.

    `name` (letters, digits and dashes, at most 63) is the kubeconfig's context. Control planes of different
    directories run side by side. Everything it has is in `directory`, readable by its owner alone.
    """

    def __init__(self, name: str, directory: Path) -> None:
        if not _NAME.fullmatch(name):
            raise ControlPlaneError(
                f'control plane name "{name}" is not allowed; use up to 63 lower-case letters, digits and dashes,'
                " beginning and ending with a letter or digit"
            )
        self.name = name
        self.directory = directory.absolute()
        self._layout = Layout(self.directory)

    def start(self, report: Report | None = None) -> Running:
        """Starts it unless it runs, waits until it is ready, and returns how to reach it.

        It goes on after this process. Data of an earlier run is found again, the port is kept where it is free. The
        same call again repairs what a crash left. The program is built first where that has not been done.

        Raises `ControlPlaneError` with the log's last words, or `BuildError` where the program cannot be built.
        """
        report = report or Silence()
        command = self._command(report)
        layout = self._layout
        with self._alone(report):
            layout.create()
            began = time.monotonic()
            pid = holder(layout.lock)
            certificates.prepare(layout.pki, datetime.now(UTC), running=pid is not None)
            process = None
            if pid is None:
                configuration.write_configuration(layout)
                process = self._spawn(command)
            running = self._wait(process, report)
            if process is not None:
                report.line(f"control plane {self.name} is ready in {time.monotonic() - began:.1f} s: {running.server}")
            return running

    def status(self) -> Running | None:
        """How to reach it if it runs, else None; starts nothing and waits for nothing.

        One that has never been ready yet has version `unknown`, and its kubeconfig may not exist yet.
        """
        pid = holder(self._layout.lock)
        if pid is None:
            return None
        port = published_port(self._layout.address, pid)
        return self._running(pid, port or 0, self._last_version(), started_now=False)

    def stop(self) -> None:
        """Stops it, if it runs; its data stays. Raises `ControlPlaneError` where it cannot be ended."""
        if not self._layout.directory.is_dir():
            return
        with self._alone(Silence()):
            self._end()

    def forget(self) -> None:
        """Stops it and deletes its directory with all its data."""
        if not self._layout.directory.is_dir():
            return
        with self._alone(Silence()):
            self._end()
            shutil.rmtree(self._layout.directory)

    def _alone(self, report: Report):
        waiting = f"another process is starting or stopping control plane {self.name}; waiting for it"
        return exclusive(self._layout.start_lock, report, waiting)

    def _command(self, report: Report) -> list[str]:
        assets = choose_assets()
        for note in assets.notes:
            report.line(note)
        if assets.folder is None:
            return [str(builds.build(builds.CONTROL_PLANE, report)), "serve"]
        return [sys.executable, "-m", "embedded.control_plane.supervisor", "--assets", str(assets.folder)]

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        layout = self._layout
        if layout.log.exists():
            layout.log.replace(layout.previous_log)
        port = published_port(layout.address) or 0
        # The kernel takes a killed program's lock away a moment before its port.
        wait_until_free(port, _PORT_PATIENCE)
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        with layout.log.open("wb") as log:
            layout.log.chmod(0o600)
            return subprocess.Popen(
                [*command, "--directory", str(layout.directory), "--port", str(port)],
                cwd=_ROOT,
                env=environment | {"PYTHONPATH": str(_ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Its own session: a Ctrl-C or a closed terminal ends us, not it.
                start_new_session=True,
            )

    def _wait(self, process: subprocess.Popen[bytes] | None, report: Report) -> Running:
        layout = self._layout
        deadline = time.monotonic() + _START_PATIENCE
        waits_for = "the program"
        with report.task(f"starting control plane {self.name}") as task:
            while time.monotonic() < deadline:
                status = process.poll() if process is not None else None
                pid = holder(layout.lock)
                if pid is None and (process is None or status is not None):
                    raise ControlPlaneError(
                        f"control plane {self.name} ended while starting"
                        + (f" (status {status})" if status not in {None, _HELD} else "")
                        + f"; mend what its log says ({layout.log}) and run the same command again,"
                        " or, where its data is damaged, forget it and begin anew\n" + last_words(layout.log)
                    )
                port = published_port(layout.address, pid) if pid is not None else None
                if pid is not None and port is not None:
                    health = ask(layout, port)
                    if not health.waits_for:
                        ours = process is not None and process.pid == pid
                        return self._finish(pid, port, health.version, started_now=ours)
                    waits_for = health.waits_for
                task.update(f"waiting for {waits_for}")
                time.sleep(0.05)
        raise ControlPlaneError(
            f"control plane {self.name} was not ready within {_START_PATIENCE:.0f} s; it still waits for {waits_for};"
            f" run the same command again to go on waiting; its log is {layout.log}\n{last_words(layout.log)}"
        )

    def _finish(self, pid: int, port: int, version: str, *, started_now: bool) -> Running:
        layout = self._layout
        write_whole(layout.ready, json.dumps({"kubernetes": version}).encode())
        running = self._running(pid, port, version, started_now=started_now)
        write_whole(layout.kubeconfig, configuration.admin_kubeconfig(layout, self.name, running.server))
        return running

    def _running(self, pid: int, port: int, version: str, *, started_now: bool) -> Running:
        return Running(self._layout.kubeconfig, f"https://127.0.0.1:{port}", version, pid, started_now)

    def _last_version(self) -> str:
        try:
            return str(json.loads(self._layout.ready.read_bytes())["kubernetes"])
        except (OSError, ValueError, KeyError, TypeError):
            return "unknown"

    def _end(self) -> None:
        for how, patience in ((signal.SIGTERM, _STOP_PATIENCE), (signal.SIGKILL, _STOP_PATIENCE)):
            deadline = time.monotonic() + patience
            pid = holder(self._layout.lock)
            if pid is None:
                return
            with suppress(ProcessLookupError):
                os.kill(pid, how)
            while time.monotonic() < deadline:
                if holder(self._layout.lock) is None:
                    return
                time.sleep(0.05)
        raise ControlPlaneError(
            f"control plane {self.name}, process {holder(self._layout.lock)}, does not end even when killed;"
            " it hangs in the kernel: look at the disk it writes to"
        )
