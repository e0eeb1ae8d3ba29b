"""A kube-state-metrics process on loopback, from its start to its end."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from embedded import builds
from embedded.control_plane.errors import last_words
from embedded.control_plane.ports import free_ports
from embedded.monitoring.catalog import KUBE_STATE_METRICS
from embedded.progress import Report, Silence

# Seconds.
_START_PATIENCE: Final = 60.0
_STOP_PATIENCE: Final = 10.0
_LOOPBACK: Final = "127.0.0.1"
_PASSED_ON: Final = ("PATH", "HOME", "TMPDIR", "TZ", "GOMAXPROCS", "GOMEMLIMIT", "GOGC")


class MonitoringError(Exception):
    """A program of the monitoring world did not do what it was started for; with the last words of its log."""


class RunningKubeStateMetrics:
    """kube-state-metrics, started here. As a context manager it is stopped at the end of the block."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.port = port
        self.log = log
        self._process = process

    def scrape(self) -> str:
        """What a Prometheus would get from it now, in the text format. Raises `MonitoringError` if it has ended."""
        if (status := self._process.poll()) is not None:
            raise MonitoringError(f"kube-state-metrics ended with status {status}\n{last_words(self.log)}")
        connection = http.client.HTTPConnection(_LOOPBACK, self.port, timeout=10)
        try:
            connection.request("GET", "/metrics", headers={"Accept": "text/plain"})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise MonitoringError(f"kube-state-metrics answered {answer.status}: {text[:200]}")
        return text

    def stop(self) -> None:
        """Stops it and waits for its end. A second call does nothing."""
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_PATIENCE)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_kube_state_metrics(
    kubeconfig: Path,
    configuration: Path,
    directory: Path,
    report: Report | None = None,
    *,
    arguments: Sequence[str] = ("--custom-resource-state-only",),
) -> RunningKubeStateMetrics:
    """Starts it with this configuration for custom resources and returns when it answers; its log is in `directory`.

    The program is built before where that was not done. Raises `MonitoringError` with the log's last words, or
    `BuildError` where it cannot be built.
    """
    program = builds.build(KUBE_STATE_METRICS, report or Silence())
    port, telemetry = free_ports(2)
    log = directory / "kube-state-metrics.log"
    command = [
        str(program),
        f"--kubeconfig={kubeconfig}",
        f"--custom-resource-state-config-file={configuration}",
        f"--host={_LOOPBACK}",
        f"--port={port}",
        f"--telemetry-host={_LOOPBACK}",
        f"--telemetry-port={telemetry}",
        *arguments,
    ]
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = RunningKubeStateMetrics(process, port, log)
    try:
        _wait(running)
    except BaseException:
        running.stop()
        raise
    return running


def _wait(running: RunningKubeStateMetrics) -> None:
    deadline = time.monotonic() + _START_PATIENCE
    while True:
        try:
            running.scrape()
        except OSError as error:
            if time.monotonic() > deadline:
                told = last_words(running.log)
                raise MonitoringError(
                    f"kube-state-metrics does not answer after {_START_PATIENCE:g} s: {error}\n{told}"
                ) from error
        else:
            return
        time.sleep(0.1)
