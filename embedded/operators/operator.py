"""One operator: built, started against an API server."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embedded import builds
from embedded.operators.pod import OperatorPod, prepare_namespace
from embedded.operators.pod_folder import inside_pod_folder, missing_pod_folder
from embedded.operators.running import RunningOperator, launch
from embedded.progress import Report, Silence

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
        """Starts the controllers and returns when they watch. The program is built before where that was not done.

        `namespace` is the operator's own; it is made where it is missing. `watched` names the namespaces to watch,
        separated by commas; empty stands for all. The log is `<name>.log` in `directory`. The process ends with ours.
        It has the kubeconfig's rights, and its definitions have to be installed.

        Raises `OperatorError` with the log's last words, or `BuildError` where the program cannot be built.
        """
        report = report or Silence()
        # What may be refused comes before what takes minutes.
        inside = inside_pod_folder(namespace) if self.pod else []
        prepare_namespace(kubeconfig, namespace, self.pod)
        command = [*inside, str(builds.build(self.build, report))]
        environment = self._environment(kubeconfig, namespace, watched)
        return launch(self.name, command, environment, directory / f"{self.name}.log", report)

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
