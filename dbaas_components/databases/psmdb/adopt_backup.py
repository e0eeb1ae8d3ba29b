"""The way back from backups: storages, schedules and shipped logs."""

from __future__ import annotations

import re
from typing import Any, Final

from dbaas_components.databases.adoption_reading import Fields, first, flag, given, items, number, part, text
from dbaas_components.databases.psmdb.adopt_pods import pods
from dbaas_components.databases.psmdb.backup import MOUNTS, volume_name
from dbaas_components.databases.spec.part import go_duration

# In minutes: a year, and no more than a duration can hold.
_LONGEST_SPAN: Final = 525_600
_METHODS: Final = {"logical": "logical", "physical": "physical", "incremental-base": "physical"}


def backup(spec: Fields, name: str) -> dict[str, Any]:
    """Backups of a database of this name."""
    found = part(spec, "backup")
    there = part(found, "storages")
    # The main storage is the first one here.
    in_order = sorted(there, key=lambda storage: not flag(part(there, storage), "main"))
    claims = _claims(spec)
    storages = {
        one: storage for one in in_order if (storage := _storage(one, part(there, one), claims, name)) is not None
    }
    tasks = [task for task in items(found, "tasks") if text(task, "storageName") in storages]
    deadline = number(found, "startingDeadlineSeconds")
    return given(
        storages=storages,
        schedules=[_schedule(task, tasks) for task in tasks],
        pitr=_pitr(part(found, "pitr"), tasks, next(iter(storages), None)),
        resources=pods(found).get("resources"),
        deadline=f"{deadline}s" if deadline else None,
        delete_from_storage=True if any(flag(part(task, "retention"), "deleteFromStorage") for task in tasks) else None,
    )


def incarnation(spec: Fields, name: str) -> int | None:
    """Which life of the database this is, if its backups say so."""
    storages = part(spec, "backup", "storages")
    paths = [text(part(storages, one, "filesystem"), "path") or "" for one in storages]
    found = [ours for path in paths if (ours := re.fullmatch(f"{MOUNTS}/[^/]+/{re.escape(name)}/([0-9]+)", path))]
    return int(found[0][1]) if found else None


def _claims(spec: Fields) -> dict[str, str]:
    """Names of the pods' volumes to the claims that they are."""
    replica_set = first(items(spec, "replsets"))
    found = {
        text(volume, "name"): text(part(volume, "persistentVolumeClaim"), "claimName")
        for volume in items(replica_set, "sidecarVolumes")
    }
    return {name: claim for name, claim in found.items() if name and claim}


def _storage(name: str, found: Fields, claims: dict[str, str], database: str) -> dict[str, Any] | None:
    """A storage, or None for one that there are no words for."""
    kind = text(found, "type")
    if kind == "filesystem":
        path = text(part(found, "filesystem"), "path") or ""
        ours = re.fullmatch(f"{re.escape(f'{MOUNTS}/{name}/{database}')}/[0-9]+", path)
        claim = claims.get(volume_name(name))
        return {"type": "volume", "claim": claim} if ours and claim else None
    place = part(found, kind or "")
    authority = part(place, "caBundle")
    if kind not in ("s3", "minio", "gcs", "azure") or (kind == "minio" and not authority):
        return None
    endpoint = text(place, "endpointUrl")
    if kind == "minio" and endpoint:
        endpoint = f"{'https' if flag(place, 'secure') else 'http'}://{endpoint}"
    return given(
        type="s3" if kind == "minio" else kind,
        bucket=text(place, "container" if kind == "azure" else "bucket"),
        region=text(place, "region"),
        endpoint=endpoint,
        prefix=text(place, "prefix"),
        credentials=text(place, "credentialsSecret"),
        path_style=True if flag(place, "forcePathStyle") else None,
        verify_tls=False if flag(place, "insecureSkipTLSVerify") else None,
        authority=given(secret=text(authority, "name"), key=text(authority, "key")),
        storage_class=text(place, "storageClass"),
        encryption_key=text(part(place, "serverSideEncryption"), "kmsKeyID"),
    )


def _schedule(task: Fields, tasks: list[Fields]) -> dict[str, Any]:
    kind, storage = text(task, "type"), text(task, "storageName")
    incremental = kind == "incremental"
    has_incrementals = any(text(one, "type") == "incremental" and text(one, "storageName") == storage for one in tasks)
    method = _METHODS.get(kind or "")
    if kind is None and has_incrementals:
        # Without a word it would become what the incremental ones build on.
        method = "logical"
    kept = number(part(task, "retention"), "count") or number(task, "keep")
    return given(
        name=text(task, "name"),
        cron=text(task, "schedule"),
        storage=storage,
        type="incremental" if incremental else None,
        method=None if incremental else method,
        keep=None if incremental else kept,
        compression=text(task, "compressionType"),
        enabled=None if flag(task, "enabled") else False,
    )


def _pitr(found: Fields, tasks: list[Fields], main: str | None) -> dict[str, Any] | None:
    if not isinstance(found.get("enabled"), bool):
        return None
    compression = given(
        compression=text(found, "compressionType"),
        compression_level=number(found, "compressionLevel"),
        without_base=found["oplogOnly"] if isinstance(found.get("oplogOnly"), bool) else None,
    )
    if not flag(found, "enabled"):
        return {"enabled": False, **compression}
    if main is None or not any(flag(task, "enabled") and text(task, "storageName") == main for task in tasks):
        # Nothing would be shipped; this library refuses to call that on.
        return None
    return {**given(enabled=True, interval=_interval(found.get("oplogSpanMin"))), **compression}


def _interval(minutes: object) -> str | None:
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 < minutes <= _LONGEST_SPAN:
        return None
    seconds = int(minutes * 60)
    return go_duration(f"{seconds}s") if seconds else None
