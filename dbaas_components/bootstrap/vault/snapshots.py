"""Snapshots of Vault in a bucket: taken, checked, brought there and read back. Pure functions."""

from __future__ import annotations

from typing import Final

from dbaas_components.bootstrap.jobs import ProgramJob
from dbaas_components.bootstrap.object_stores import MODULES, ObjectStore
from dbaas_components.bootstrap.vault import objects
from dbaas_components.bootstrap.vault.content import SNAPSHOT
from dbaas_components.bootstrap.vault.spec import Snapshots, VaultSpec
from dbaas_components.labels import GATE
from dbaas_components.versions.tools import PYTHON_IMAGE, RCLONE_IMAGE

_FOLDER: Final = "/snapshot"
_IDENTITIES: Final = {"eks.amazonaws.com/role-arn": "role", "iam.gke.io/gcp-service-account": "service account"}
_WAIT_SECONDS: Final = 180
_RETRIES: Final = 2
# Longer than all runs of the Job with what Kubernetes waits between them, so that it says the reason itself.
_DEADLINE_SECONDS: Final = 1_800
_TIMEOUT_SECONDS: Final = 2_100


def snapshot_job(spec: VaultSpec, snapshots: Snapshots) -> ProgramJob:
    """Takes a snapshot, and ends well only when the bucket has given the same one back.

    The first is a gate; the others are made by the clock, by the same program with the same rights.
    """
    volumes, mounts = objects.files(spec)
    store = _store(spec, snapshots)
    place = snapshots.s3 or snapshots.google
    assert place is not None
    return ProgramJob(
        name=SNAPSHOT,
        namespace=spec.home,
        program="vault_snapshot",
        modules=(*MODULES, "vault_client"),
        configuration={
            "vault": objects.access(spec, SNAPSHOT),
            "file": f"{_FOLDER}/vault.snapshot",
            "store": store.settings(),
            "prefix": place.prefix.strip("/"),
            "wait_seconds": _WAIT_SECONDS,
        },
        image=spec.sources.image(PYTHON_IMAGE),
        labels=spec.ownership.labels(component=SNAPSHOT, instance=spec.release),
        volumes=[*volumes, *store.volumes(), {"name": "snapshot", "emptyDir": {}}],
        mounts=[*mounts, *store.mounts(), {"name": "snapshot", "mountPath": _FOLDER}],
        annotations={
            GATE: f"a snapshot of Vault is in bucket {place.bucket} and was read back whole",
            "pulumi.com/timeoutSeconds": str(_TIMEOUT_SECONDS),
        },
        deadline_seconds=_DEADLINE_SECONDS,
        retries=_RETRIES,
        pull_secrets=spec.pull_secrets,
        rclone_image=spec.sources.image(RCLONE_IMAGE),
    )


def _store(spec: VaultSpec, snapshots: Snapshots) -> ObjectStore:
    if snapshots.google:
        return ObjectStore(
            type="gcs",
            bucket=snapshots.google.bucket,
            namespace=spec.home,
            account=SNAPSHOT,
            identity=_identity(snapshots),
        )
    assert snapshots.s3 is not None
    secret = snapshots.s3.credentials_secret
    return ObjectStore(
        type="s3",
        bucket=snapshots.s3.bucket,
        namespace=spec.home,
        account=SNAPSHOT,
        identity=f"the keys of Secret {spec.home}/{secret}" if secret else _identity(snapshots),
        region=snapshots.s3.region,
        endpoint=snapshots.s3.endpoint,
        secret=secret,
    )


def _identity(snapshots: Snapshots) -> str:
    """Who the pod is to the bucket, in words, as far as it is said here: EKS Pod Identity is nowhere in Kubernetes."""
    for key, what in _IDENTITIES.items():
        if key in snapshots.service_account_annotations:
            return f"{what} {snapshots.service_account_annotations[key]}"
    return "the identity of its pod"
