"""Rules on backups, shipped logs, and the data that a database starts from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from dbaas_components.databases.pxc.places import LOGS_SUFFIX, log_place
from dbaas_components.databases.spec.places import first_storage
from dbaas_components.errors import Problem, shown
from dbaas_components.naming import DNS_LABEL_LIMIT

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.backup import BackupStorage, DataSource

# The operator labels a backup with five characters, a hyphen and the schedule's name.
_LONGEST_SCHEDULE: Final = DNS_LABEL_LIMIT - 6
# It names the restore's job `restore-job-<restore>-<database>`, the restore being `<database>-start-<incarnation>`.
_RESTORE_NAMES: Final = len("restore-job-") + len("-start-") + len("-")
_S3_ONLY: Final = ("path_style", "authority", "checksum", "skip_bucket_check")
_GTID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}:[1-9][0-9]*")
_BACKUP: Final = re.compile(r"[A-Za-z0-9][-.:_A-Za-z0-9]*(/[A-Za-z0-9][-.:_A-Za-z0-9]*)*")
_PATH: Final = re.compile(r"[A-Za-z0-9]([-/._A-Za-z0-9]*[A-Za-z0-9])?")


def backup_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Problems of everything that protects the data."""
    for name, storage in spec.backup.storages.items():
        yield from _storage_problems(f"backup.storages.{name}", storage)
    for index, schedule in enumerate(spec.backup.schedules):
        if len(schedule.name) > _LONGEST_SCHEDULE:
            message = f"{shown(schedule.name)} has {len(schedule.name)} characters, and it becomes part of a label"
            yield Problem(f"backup.schedules[{index}].name", f"{message}; shorten it to at most {_LONGEST_SCHEDULE}")
    yield from _deletion_problems(spec)
    yield from _log_problems(spec)
    if spec.data_source:
        yield from _source_problems(spec, spec.data_source)


def _storage_problems(path: str, storage: BackupStorage) -> Iterator[Problem]:
    if storage.type == "volume":
        if storage.size is None:
            yield Problem(f"{path}.size", "is required for type volume; add it")
        return
    if storage.bucket and "/" in storage.bucket:
        message = f"{shown(storage.bucket)} is a bucket with a path; write the bucket here and the path as prefix"
        yield Problem(f"{path}.bucket", message)
    if storage.type == "azure":
        if storage.credentials is None:
            message = "is required for type azure, because its operator takes no cloud identity there; name the Secret"
            yield Problem(f"{path}.credentials", f"{message} with AZURE_STORAGE_ACCOUNT_NAME and its _KEY")
        for field in _S3_ONLY:
            if getattr(storage, field):
                yield Problem(f"{path}.{field}", "is for type s3; leave it out for type azure")
    if storage.type == "s3":
        if storage.storage_class:
            message = f"{shown(storage.storage_class)} is not passed on by the operator; let the bucket's lifecycle"
            yield Problem(f"{path}.storage_class", f"{message} move the objects")
        if storage.path_style and storage.endpoint and urlsplit(storage.endpoint).path.strip("/"):
            message = f"{shown(storage.endpoint)} has a path, which path_style makes the operator take for the bucket"
            yield Problem(f"{path}.endpoint", f"{message}; leave the path out")


def _deletion_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """The operator reads and deletes objects with the keys of the storage, and has no other way to log in."""
    if not spec.backup.delete_from_storage:
        return
    used = {schedule.storage or first_storage(spec) for schedule in spec.backup.schedules if schedule.enabled}
    for name, storage in spec.backup.storages.items():
        if name in used and storage.type == "s3" and storage.credentials is None:
            message = f"needs credentials in storage {shown(name)}: the operator deletes with its keys, not by cloud"
            yield Problem("backup.delete_from_storage", f"{message} identity; add them, or leave it to the lifecycle")


def _log_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    place = log_place(spec)
    if place is None or place.storage not in spec.backup.storages:
        return
    path, storage = "backup.pitr", spec.backup.storages[place.storage]
    if spec.backup.pitr and spec.backup.pitr.storage:
        path = "backup.pitr.storage"
    if storage.type == "volume":
        yield Problem(path, f"{shown(place.storage)} is a volume, and logs are shipped to buckets only; name a bucket")
    elif storage.credentials is None:
        message = f"{shown(place.storage)} has no credentials, and the log shipper takes no cloud identity; give the"
        yield Problem(path, f"{message} storage credentials, or turn pitr off")
    resources = spec.backup.pitr.resources if spec.backup.pitr else None
    if resources and (resources.cpu or resources.cpu_limit) and not (resources.memory or resources.largest_memory):
        message = "is required beside cpu, because the operator sizes a buffer by it and fails without; add it"
        yield Problem("backup.pitr.resources.memory", message)
    if place.entry != place.storage:
        if place.entry in spec.backup.storages:
            message = f"is the name of the storage that logs of {shown(place.storage)} go to; rename one of the two"
            yield Problem(f"backup.storages.{place.entry}", message)
        if len(place.entry) > DNS_LABEL_LIMIT:
            message = f'{shown(place.storage)} is too long for "{LOGS_SUFFIX}" behind it; shorten it to at most'
            yield Problem(f"backup.storages.{place.storage}", f"{message} {DNS_LABEL_LIMIT - len(LOGS_SUFFIX)}")


def _source_problems(spec: DatabaseSpec, source: DataSource) -> Iterator[Problem]:
    if source.backup is None:
        message = "is required; write the backup's folder, such as orders-2026-11-20-01:00:00-full"
        yield Problem("data_source.backup", message)
    elif not _BACKUP.fullmatch(source.backup):
        message = f"{shown(source.backup)} is not the folder of a backup; write such as orders-2026-11-20-01:00:00-full"
        yield Problem("data_source.backup", message)
    if not _PATH.fullmatch(source.path) or "//" in source.path:
        message = f"{shown(source.path)} is not a path in a bucket; write such as shop/orders/1, with no slash at its"
        yield Problem("data_source.path", f"{message} ends")
    if spec.credentials.secret is None and spec.credentials.store is None:
        message = "is required with data_source: the source's passwords come back with its data, and the operator needs"
        yield Problem("credentials.secret", f"{message} them to log in; name a Secret that holds them, or a store")
    longest = (DNS_LABEL_LIMIT - _RESTORE_NAMES - len(str(spec.incarnation))) // 2
    if len(spec.name) > longest:
        message = f'"{spec.name}" has {len(spec.name)} characters, and the job of its restore bears it twice'
        yield Problem("name", f"{message}; shorten it to at most {longest}")
    storage = spec.backup.storages.get(source.storage)
    if storage and storage.type == "s3" and storage.credentials is None:
        message = f"{shown(source.storage)} has no credentials, and the operator looks for backups with its keys only"
        yield Problem("data_source.storage", f"{message}; give the storage credentials")
    yield from _target_problems(spec, source)


def _target_problems(spec: DatabaseSpec, source: DataSource) -> Iterator[Problem]:
    if source.gtid is not None and not _GTID.fullmatch(source.gtid):
        message = "is not one transaction; write the server's UUID and a number"
        where = "3e11fa47-71ca-11e1-9e33-c80aa9429562:23"
        yield Problem("data_source.gtid", f"{shown(source.gtid)} {message}, such as {where}")
    if source.at is None and source.gtid is None:
        if source.pitr_storage:
            yield Problem("data_source.pitr_storage", "is read only to go on from the backup; add at or gtid")
        return
    logs = source.pitr_storage or source.storage
    storages = spec.backup.storages
    if logs == source.storage or logs not in storages or source.storage not in storages:
        return
    path = "data_source.pitr_storage"
    if storages[logs].credentials is None:
        message = f"{shown(logs)} has no credentials, and what replays logs takes no cloud identity; give the storage"
        yield Problem(path, f"{message} credentials")
    if storages[logs].type != storages[source.storage].type:
        message = f"is of type {storages[logs].type} and the backup of type {storages[source.storage].type}"
        yield Problem(path, f"{shown(logs)} {message}; the operator reads both from one type, so copy one of them")
