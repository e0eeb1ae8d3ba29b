"""Programs of this library as Jobs within the Kubernetes cluster. Pure functions."""

from __future__ import annotations

import copy
import hashlib
import importlib.resources
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final

from dbaas_components.bootstrap.workloads import CONTAINER_SECURITY, POD_SECURITY

PROGRAM_FOLDER: Final = "/opt/dbaas"
_PACKAGE: Final = "dbaas_components.bootstrap.in_cluster"
_CONFIGURATION: Final = "configuration.json"
KUBERNETES_API: Final[Mapping[str, str]] = {
    "server": "https://kubernetes.default.svc",
    "token_file": "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "ca_file": "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
}
"""Where a pod finds the API server and its own credentials."""
_NOBODY: Final = 65_534
RCLONE: Final = "/opt/rclone/rclone"
"""Where rclone is in pods that have it."""
_USUAL: Final[Mapping[str, Any]] = {"requests": {"cpu": "20m", "memory": "48Mi"}, "limits": {"memory": "128Mi"}}
# All four, for namespaces whose quota wants them; rclone holds parts of what it sends in memory.
_WITH_RCLONE: Final[Mapping[str, Any]] = {
    "requests": {"cpu": "20m", "memory": "96Mi"},
    "limits": {"cpu": "1", "memory": "384Mi"},
}


@dataclass(frozen=True, slots=True)
class ProgramJob:
    """One run of a program of `bootstrap/in_cluster`."""

    name: str
    """Name of its ConfigMap and its service account; that of the Job begins with it."""
    namespace: str
    program: str
    """Name of the module, `pmm_tokens`."""
    modules: Sequence[str]
    """Further modules of that folder which it imports."""
    configuration: Mapping[str, Any]
    """What the program is told, as JSON: no secret value."""
    image: str
    labels: Mapping[str, str]
    volumes: Sequence[Mapping[str, Any]] = ()
    mounts: Sequence[Mapping[str, Any]] = ()
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    deadline_seconds: int = 3_600
    retries: int = 6
    pull_secrets: Sequence[str] = ()
    rclone_image: str | None = None
    """Image that rclone is taken from, for programs that reach for a bucket."""

    def config_map(self) -> dict[str, Any]:
        """The program and its configuration."""
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": self._metadata(self.name),
            "data": {
                **{f"{name}.py": program_source(name) for name in self._modules},
                _CONFIGURATION: self._configuration(),
            },
        }

    def job(self) -> dict[str, Any]:
        """The Job; its name holds a digest of all that it does, because a Job cannot be changed, only run anew."""
        spec = {
            "backoffLimit": self.retries,
            "activeDeadlineSeconds": self.deadline_seconds,
            "template": self._template(),
        }
        text = json.dumps([spec, self.config_map()["data"]], sort_keys=True)
        name = f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
        # One that failed stays failed: the provider (pulumi-kubernetes 3.2 and later) makes it anew at the next `up`.
        annotations = {"pulumi.com/replaceUnready": "true", **self.annotations}
        metadata = {**self._metadata(name), "annotations": annotations}
        return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}

    def cron_job(self, schedule: str) -> dict[str, Any]:
        """The same program again and again, never twice at a time."""
        spec = {"backoffLimit": 1, "activeDeadlineSeconds": self.deadline_seconds, "template": self._template()}
        return {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": self._metadata(self.name),
            "spec": {
                "schedule": schedule,
                "concurrencyPolicy": "Forbid",
                "startingDeadlineSeconds": 300,
                "successfulJobsHistoryLimit": 1,
                "failedJobsHistoryLimit": 3,
                "jobTemplate": {"metadata": {"labels": dict(self.labels)}, "spec": spec},
            },
        }

    @property
    def _modules(self) -> tuple[str, ...]:
        return (self.program, *self.modules)

    def _files(self) -> list[dict[str, str]]:
        """Where each key of the ConfigMap is a file: the modules in the folders that their names say."""
        folder = _PACKAGE.replace(".", "/")
        modules = [{"key": f"{name}.py", "path": f"{folder}/{name}.py"} for name in self._modules]
        return [*modules, {"key": _CONFIGURATION, "path": _CONFIGURATION}]

    def _configuration(self) -> str:
        return json.dumps(self.configuration, indent=1, sort_keys=True)

    def _metadata(self, name: str) -> dict[str, Any]:
        return {"name": name, "namespace": self.namespace, "labels": dict(self.labels)}

    def _template(self) -> dict[str, Any]:
        container: dict[str, Any] = {
            "name": self.name,
            "image": self.image,
            "command": ["python", "-u", "-m", f"{_PACKAGE}.{self.program}", f"{PROGRAM_FOLDER}/{_CONFIGURATION}"],
            # Where Python looks for the modules.
            "workingDir": PROGRAM_FOLDER,
            "resources": copy.deepcopy(dict(_WITH_RCLONE if self.rclone_image else _USUAL)),
            "securityContext": copy.deepcopy(dict(CONTAINER_SECURITY)),
            "volumeMounts": [{"name": "program", "mountPath": PROGRAM_FOLDER, "readOnly": True}, *self.mounts],
        }
        pod: dict[str, Any] = {
            "serviceAccountName": self.name,
            "restartPolicy": "Never",
            "securityContext": {**POD_SECURITY, "runAsUser": _NOBODY, "runAsGroup": _NOBODY, "fsGroup": _NOBODY},
            "containers": [container],
            "volumes": [{"name": "program", "configMap": {"name": self.name, "items": self._files()}}, *self.volumes],
        }
        if self.rclone_image:
            folder = {"name": "rclone", "mountPath": str(PurePosixPath(RCLONE).parent)}
            container["volumeMounts"].append({**folder, "readOnly": True})
            pod["volumes"].append({"name": "rclone", "emptyDir": {}})
            # One program without libraries (the official image builds it so), which any other image can run.
            bringing = {
                "name": "rclone",
                "image": self.rclone_image,
                "command": ["cp", "/usr/local/bin/rclone", RCLONE],
                "resources": copy.deepcopy(dict(_WITH_RCLONE)),
                "securityContext": copy.deepcopy(dict(CONTAINER_SECURITY)),
                "volumeMounts": [folder],
            }
            pod["initContainers"] = [bringing]
        if self.pull_secrets:
            pod["imagePullSecrets"] = [{"name": name} for name in self.pull_secrets]
        return {"metadata": {"labels": dict(self.labels)}, "spec": pod}


def program_source(program: str) -> str:
    """The text of a program of `bootstrap/in_cluster`."""
    folder = importlib.resources.files(_PACKAGE)
    return (folder / f"{program}.py").read_text(encoding="utf-8")
