"""The backup section of the custom resource: storages, schedules and shipped logs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dbaas_components.databases.custom_resources import pxc as cr
from dbaas_components.databases.custom_resources.common import SecretKeySelector
from dbaas_components.databases.pxc.places import BACKUPS, LOGS, log_place
from dbaas_components.databases.rendering import pods, shared
from dbaas_components.databases.spec.part import duration_of
from dbaas_components.databases.spec.places import bucket_prefix, first_storage

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources.common import Resources
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.backup import BackupStorage, Schedule

_OPERATORS_INTERVAL: Final = 60


def backup(spec: DatabaseSpec) -> cr.Backup:
    """All backups. Without a storage only the image is there, for a backup that is made by hand."""
    given = spec.backup
    return cr.Backup(
        image=shared.image_of(spec, "backup"),
        allow_parallel=given.parallel if given.storages else None,
        image_pull_secrets=shared.pull_secrets(spec),
        image_pull_policy=spec.image_pull_policy,
        service_account_name=given.service_account,
        backoff_limit=given.retries,
        starting_deadline_seconds=_seconds(given.deadline),
        storages=_storages(spec) or None,
        schedule=[_schedule(spec, schedule) for schedule in given.schedules if schedule.enabled] or None,
        pitr=_pitr(spec),
    )


def _seconds(duration: str | None) -> int | None:
    return int(duration_of(duration).total_seconds()) if duration else None


def _storages(spec: DatabaseSpec) -> dict[str, cr.BackupStorage]:
    resources = pods.resources(spec.backup.resources)
    place = log_place(spec)
    result = {
        name: _storage(spec, storage, LOGS if place and place.entry == name else BACKUPS, resources)
        for name, storage in spec.backup.storages.items()
    }
    if place and place.entry not in result:
        result[place.entry] = _storage(spec, spec.backup.storages[place.storage], LOGS, resources)
    # Of the pods that take a backup; the claim of a backup on a volume gets the operator's own labels only.
    owners = shared.owner_labels(spec) or None
    return {name: storage.changed(labels=owners) for name, storage in result.items()}


def _storage(spec: DatabaseSpec, storage: BackupStorage, folder: str, resources: Resources | None) -> cr.BackupStorage:
    if storage.type == "volume":
        claim = shared.volume_claim(spec, size=storage.size).changed(storage_class_name=storage.storage_class)
        volume = cr.ClaimedVolume(persistent_volume_claim=claim)
        return cr.BackupStorage(type="filesystem", volume=volume, resources=resources)
    path = f"{bucket_prefix(spec, storage)}/{folder}"
    if storage.type == "azure":
        return cr.BackupStorage(
            type="azure",
            verify_tls=None if storage.verify_tls else False,
            azure=azure_storage(storage, path, folder),
            resources=resources,
        )
    return cr.BackupStorage(
        type="s3", verify_tls=storage.verify_tls, s3=s3_storage(storage, path, folder), resources=resources
    )


def s3_storage(storage: BackupStorage, path: str, folder: str) -> cr.S3Storage:
    """A path in a bucket, for backups or for logs."""
    bucket = storage.bucket or ""
    authority = storage.authority
    return cr.S3Storage(
        # What ships and reads logs takes the path from the bucket and never from the prefix.
        bucket=f"{bucket}/{path}" if folder == LOGS else bucket,
        prefix=None if folder == LOGS else path,
        credentials_secret=storage.credentials,
        region=storage.region,
        endpoint_url=storage.endpoint,
        force_path_style=storage.path_style or None,
        checksum_algorithm=storage.checksum,
        skip_bucket_exists_check=storage.skip_bucket_check or None,
        ca_bundle=SecretKeySelector(name=authority.secret, key=authority.key) if authority else None,
    )


def azure_storage(storage: BackupStorage, path: str, folder: str) -> cr.AzureStorage:
    """A path in a container, for backups or for logs."""
    container = storage.bucket or ""
    return cr.AzureStorage(
        container=f"{container}/{path}" if folder == LOGS else container,
        prefix=None if folder == LOGS else path,
        credentials_secret=storage.credentials or "",
        endpoint_url=storage.endpoint,
        storage_class=storage.storage_class,
    )


def _schedule(spec: DatabaseSpec, schedule: Schedule) -> cr.ScheduledBackup:
    return cr.ScheduledBackup(
        name=schedule.name,
        schedule=schedule.cron,
        storage_name=schedule.storage or first_storage(spec) or "",
        # Written out also where all are kept: without it the operator deletes from the bucket with every backup object.
        retention=cr.Retention(type="count", count=schedule.keep, delete_from_storage=spec.backup.delete_from_storage),
    )


def _pitr(spec: DatabaseSpec) -> cr.Pitr | None:
    given = spec.backup.pitr
    if given is None:
        return None
    place = log_place(spec)
    return cr.Pitr(
        enabled=given.enabled,
        # Where it would go once it is on, if that was said.
        storage_name=place.entry if place else given.storage,
        time_between_uploads=_interval(spec),
        timeout_seconds=_seconds(given.timeout),
        resources=pods.resources(given.resources),
    )


def _interval(spec: DatabaseSpec) -> float | None:
    """Seconds between uploads; the operator's own minute holds unless the objective is tighter."""
    given = spec.backup.pitr
    if given and given.interval:
        return duration_of(given.interval).total_seconds()
    objective = duration_of(spec.slo.rpo).total_seconds() if spec.slo else _OPERATORS_INTERVAL
    return objective if objective < _OPERATORS_INTERVAL else None
