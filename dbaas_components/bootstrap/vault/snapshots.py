"""Snapshots of Vault in a bucket: a program takes one and checks it, and rclone brings it there. Pure functions."""

from __future__ import annotations

import copy
from typing import Any, Final

from dbaas_components.bootstrap.jobs import ProgramJob
from dbaas_components.bootstrap.vault import objects
from dbaas_components.bootstrap.vault.content import SNAPSHOT
from dbaas_components.bootstrap.vault.spec import Snapshots, VaultSpec
from dbaas_components.bootstrap.workloads import CONTAINER_SECURITY
from dbaas_components.versions.tools import PYTHON_IMAGE, RCLONE_IMAGE

_FOLDER: Final = "/snapshot"


def snapshot_job(spec: VaultSpec) -> ProgramJob:
    """Takes a snapshot into a folder that the upload reads."""
    volumes, mounts = objects.files(spec)
    return ProgramJob(
        name=SNAPSHOT,
        namespace=spec.home,
        program="vault_snapshot",
        modules=("service", "vault_client"),
        configuration={"vault": objects.access(spec, SNAPSHOT), "file": f"{_FOLDER}/vault.snapshot"},
        image=spec.sources.image(PYTHON_IMAGE),
        labels=spec.ownership.labels(component=SNAPSHOT, instance=spec.release),
        volumes=[*volumes, {"name": "snapshot", "emptyDir": {}}],
        mounts=[*mounts, {"name": "snapshot", "mountPath": _FOLDER}],
        pull_secrets=spec.pull_secrets,
    )


def snapshot_cron_job(spec: VaultSpec, snapshots: Snapshots) -> dict[str, Any]:
    """The CronJob: the snapshot first, and only if it is whole, its upload."""
    made = snapshot_job(spec).cron_job(snapshots.schedule)
    pod: dict[str, Any] = made["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    pod["initContainers"] = pod["containers"]
    pod["containers"] = [_upload(spec, snapshots)]
    return made


def _upload(spec: VaultSpec, snapshots: Snapshots) -> dict[str, Any]:
    environment = [{"name": name, "value": value} for name, value in _settings(snapshots).items()]
    container: dict[str, Any] = {
        "name": "upload",
        "image": spec.sources.image(RCLONE_IMAGE),
        # The time is that of the upload, in UTC; a name is never written twice.
        "command": ["/bin/sh", "-ec", f'rclone copyto --immutable {_FOLDER}/vault.snapshot "{_target(snapshots)}"'],
        "env": environment,
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": copy.deepcopy(dict(CONTAINER_SECURITY)),
        "volumeMounts": [{"name": "snapshot", "mountPath": _FOLDER, "readOnly": True}],
    }
    if snapshots.s3 and snapshots.s3.credentials_secret:
        container["envFrom"] = [{"secretRef": {"name": snapshots.s3.credentials_secret}}]
    return container


def _target(snapshots: Snapshots) -> str:
    place = snapshots.s3 or snapshots.google
    assert place is not None
    return f"target:{place.bucket}/{place.prefix.strip('/')}/$(date -u +%Y-%m-%dT%H-%M-%SZ).snapshot"


def _settings(snapshots: Snapshots) -> dict[str, str]:
    """rclone's remote `target`, with the identity of the pod, or the keys that the Secret puts into its environment."""
    common = {"RCLONE_CONFIG": "/dev/null", "HOME": "/tmp"}  # noqa: S108 - nothing is written there
    if snapshots.google:
        settings = {"TYPE": "google cloud storage", "ENV_AUTH": "true", "BUCKET_POLICY_ONLY": "true"}
    else:
        assert snapshots.s3 is not None
        settings = {
            "TYPE": "s3",
            "PROVIDER": "Other" if snapshots.s3.endpoint else "AWS",
            "REGION": snapshots.s3.region,
            "ENV_AUTH": "true",
            "NO_CHECK_BUCKET": "true",
            **({"ENDPOINT": snapshots.s3.endpoint} if snapshots.s3.endpoint else {}),
        }
    return {**common, **{f"RCLONE_CONFIG_TARGET_{name}": value for name, value in settings.items()}}
