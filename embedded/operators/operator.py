"""One operator: built, started against an API server."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embedded import builds
from embedded.operators.errors import OperatorError
from embedded.operators.pod import OperatorPod, prepare_namespace
from embedded.operators.pod_folder import missing_pod_folder, with_pod_folder
from embedded.operators.running import RunningOperator
from embedded.progress import Report, Silence

# Seconds. It takes one or two on an idle machine.
_START_PATIENCE: Final = 60.0
# All that an operator needs of our environment; it must not carry our secrets.
_PASSED_ON: Final = ("PATH", "HOME", "TMPDIR", "TZ", "GOMAXPROCS", "GOMEMLIMIT", "GOGC")


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator's controllers as a program of this machine: no container, no Pod, no port.

    `pod` describes the Pod that it believes to run in, where it asks for one.
    """

    name: str
    build: builds.GoBuild
    pod: OperatorPod | None = None

    def missing(self) -> str | None:
        """Why this operator cannot run on this machine, with the fix; None where it can. Builds nothing."""
        if self.pod and (reason := missing_pod_folder()):
            return reason
        return None if builds.cached(self.build) else builds.missing_go()

    def start(
        self, kubeconfig: Path, namespace: str, directory: Path, report: Report | None = None, *, watched: str = ""
    ) -> RunningOperator:
        """Starts the controllers and returns when they watch. The program is built first where that was not done.

        `namespace` is the operator's own; it is made where it is missing. `watched` names the namespaces to watch,
        separated by commas; empty stands for all. The log is `<name>.log` in `directory`. The process ends with ours.
        It has the kubeconfig's rights, and its definitions have to be installed.

        Raises `OperatorError` with the log's last words, or `BuildError` where the program cannot be built.
        """
        report = report or Silence()
        command = [str(builds.build(self.build, report))]
        if self.pod:
            command = with_pod_folder(namespace, command)
        prepare_namespace(kubeconfig, namespace, self.pod)
        directory.mkdir(parents=True, exist_ok=True)
        log = directory / f"{self.name}.log"
        with log.open("wb") as output:
            log.chmod(0o600)
            process = subprocess.Popen(
                command,
                env=self._environment(kubeconfig, namespace, watched),
                # The program ends when this pipe does: not even a killed test run leaves it behind.
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Its own session: a Ctrl-C reaches us alone, and we end it in order.
                start_new_session=True,
            )
        running = RunningOperator(self.name, log, process)
        try:
            with report.task(f"starting operator {self.name} {self.build.version}") as task:
                deadline = time.monotonic() + _START_PATIENCE
                while not running.is_ready():
                    running.check()
                    if time.monotonic() > deadline:
                        raise OperatorError(running.told(f"is not ready after {_START_PATIENCE:.0f} s"))
                    task.update()
                    time.sleep(0.05)
        except BaseException:
            running.kill()
            raise
        return running

    def _environment(self, kubeconfig: Path, namespace: str, watched: str) -> dict[str, str]:
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return passed | {
            "KUBECONFIG": str(kubeconfig),
            "POD_NAMESPACE": namespace,
            "HOSTNAME": self.pod.name if self.pod else self.name,
            "WATCH_NAMESPACE": watched,
            # Nothing here may call the operators' maker.
            "DISABLE_TELEMETRY": "true",
        }
