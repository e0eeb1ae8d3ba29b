"""Backups, read back from the custom resource."""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.databases.adoption_reading import Fields, flag, given, items, number, part, text
from dbaas_components.databases.pxc.adopt_pods import resources
from dbaas_components.databases.pxc.places import BACKUPS, LOGS, LOGS_SUFFIX
from dbaas_components.databases.pxc.reading import seconds

_TYPES: Final = {"s3": "s3", "azure": "azure", "filesystem": "volume"}


def backup(found: Fields) -> Fields:
    """The whole section."""
    pitr = part(found, "pitr")
    ships = flag(pitr, "enabled") is True
    entry = text(pitr, "storageName") if ships else None
    storages = {
        name: _storage(part(found, "storages", name), LOGS if name == entry else BACKUPS)
        for name in part(found, "storages")
    }
    # The storage that stands first is the one that is meant where none is named.
    storages = dict(sorted(storages.items(), key=lambda one: one[0] == entry))
    logs = _storage_of_logs(storages, entry)
    if entry and logs is not None and logs != entry:
        del storages[entry]
    schedules = [_schedule(schedule) for schedule in items(found, "schedule")]
    deleting = [flag(part(schedule, "retention"), "deleteFromStorage") for schedule in items(found, "schedule")]
    everywhere = [resources(part(found, "storages", name, "resources")) for name in part(found, "storages")]
    interval = number(pitr, "timeBetweenUploads")
    return given(
        storages=storages,
        schedules=schedules,
        pitr=given(
            enabled=ships,
            storage=logs if ships else text(pitr, "storageName"),
            interval=seconds(interval),
            timeout=seconds(number(pitr, "timeoutSeconds")),
            resources=resources(part(pitr, "resources")),
        )
        if pitr
        else None,
        service_account=text(found, "serviceAccountName"),
        resources=everywhere[0] if everywhere and all(one == everywhere[0] for one in everywhere) else None,
        delete_from_storage=True if deleting and all(deleting) else None,
        parallel=None if flag(found, "allowParallel") is False else bool(storages) or None,
        retries=number(found, "backoffLimit"),
        deadline=seconds(number(found, "startingDeadlineSeconds")),
    )


def _storage_of_logs(storages: dict[str, Fields], entry: str | None) -> str | None:
    """The storage whose second place the entry is, or the entry itself."""
    if entry is None or entry not in storages:
        return None
    other = entry.removesuffix(LOGS_SUFFIX)
    return other if storages.get(other) == storages[entry] else entry


def _storage(found: Fields, folder: str) -> Fields:
    kind = _TYPES.get(text(found, "type") or "")
    verify = None if flag(found, "verifyTLS") is not False else False
    if kind == "volume":
        claim = part(found, "volume", "persistentVolumeClaim")
        size = text(part(claim, "resources", "requests"), "storage")
        return given(type=kind, size=size, storage_class=text(claim, "storageClassName"))
    place = part(found, kind or "")
    whole = text(place, "container" if kind == "azure" else "bucket") or ""
    bucket, _, path = whole.partition("/")
    prefix = "/".join(one.strip("/") for one in (path, text(place, "prefix") or "") if one)
    authority = part(place, "caBundle")
    return given(
        type=kind,
        bucket=bucket or None,
        prefix=prefix.removesuffix(f"/{folder}") or None,
        credentials=text(place, "credentialsSecret"),
        region=text(place, "region"),
        endpoint=text(place, "endpointUrl"),
        path_style=flag(place, "forcePathStyle") or None,
        verify_tls=verify,
        authority=given(secret=text(authority, "name"), key=text(authority, "key")),
        storage_class=text(place, "storageClass"),
        checksum=text(place, "checksumAlgorithm"),
        skip_bucket_check=flag(place, "skipBucketExistsCheck") or None,
    )


def _schedule(schedule: Fields) -> Fields:
    retention = part(schedule, "retention")
    keep: Any = number(retention, "count") or number(schedule, "keep") or None
    return given(
        name=text(schedule, "name"),
        cron=text(schedule, "schedule"),
        storage=text(schedule, "storageName"),
        keep=keep,
    )
