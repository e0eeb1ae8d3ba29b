"""Rules on repositories, their schedules and retention, and on the backup that a new database starts from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dbaas_components.databases.pg import names
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.databases.spec.backup import BackupStorage, DataSource
from dbaas_components.databases.spec.places import first_storage
from dbaas_components.errors import Problem, shown

_ENDPOINT: Final = re.compile(r"https://[^\s/]+/?")
# pgBackRest's label of a backup: a full one, or one that builds on it.
_LABEL: Final = re.compile(r"\d{8}-\d{6}F(_\d{8}-\d{6}[DI])?")


def backup_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Problems of everything that pgBackRest does."""
    backup = spec.backup
    if len(backup.storages) > names.MOST_REPOSITORIES:
        message = (
            f"{len(backup.storages)} are too many; pgBackRest under the PG operator has at most "
            f"{names.MOST_REPOSITORIES} repositories"
        )
        yield Problem("backup.storages", f"{message}: take {len(backup.storages) - names.MOST_REPOSITORIES} out")
    for name, storage in backup.storages.items():
        yield from _storage_problems(f"backup.storages.{name}", storage)
    yield from _google_problems(spec)
    yield from _schedule_problems(spec)
    if backup.pitr and not backup.pitr.enabled:
        message = "false is not possible for pg, whose backups are of no use without the logs; leave it out"
        yield Problem("backup.pitr.enabled", message)
    if not backup.delete_from_storage:
        message = "false is not possible for pg: pgBackRest deletes what its retention drops; leave it out"
        yield Problem("backup.delete_from_storage", message)
    if spec.data_source:
        yield from _source_problems(spec.data_source, spec)


def _storage_problems(path: str, storage: BackupStorage) -> Iterator[Problem]:
    if storage.type == "volume":
        for field, given in (("path_style", storage.path_style), ("verify_tls", not storage.verify_tls)):
            if given:
                yield Problem(f"{path}.{field}", "is for buckets; leave it out for type volume")
        return
    if storage.storage_class:
        message = (
            f"{shown(storage.storage_class)} is for volumes: pgBackRest cannot choose one for objects; leave it out"
        )
        yield Problem(f"{path}.storage_class", message)
    if storage.type == "s3" and not storage.region:
        yield Problem(
            f"{path}.region", "is required by pg for type s3; add it, or any word for a service without regions"
        )
    if storage.endpoint and not _ENDPOINT.fullmatch(storage.endpoint):
        message = (
            f"{shown(storage.endpoint)} is not an address that pgBackRest takes, which always speaks TLS to a whole "
            "host; write such as https://minio.example.com:9000, with no path"
        )
        yield Problem(f"{path}.endpoint", message)
    if storage.type == "azure" and not storage.credentials:
        message = "is required for azure: the PG operator has no way in without an account and a key; name the Secret"
        yield Problem(f"{path}.credentials", message)
    if storage.type == "gcs" and storage.path_style:
        yield Problem(f"{path}.path_style", "has no meaning for type gcs; leave it out")
    if storage.encryption_key and storage.type != "s3":
        yield Problem(f"{path}.encryption_key", f"is for type s3; leave it out for type {storage.type}")


def _google_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """All Secrets become files of one folder, and Google's key has one name."""
    secrets: dict[str, str] = {}
    for name, storage in spec.backup.storages.items():
        if storage.type != "gcs" or storage.credentials is None:
            continue
        first = next(iter(secrets), None)
        if first and storage.credentials not in secrets:
            message = (
                f"{shown(storage.credentials)} and {shown(first)} of storage {secrets[first]} both bring a file "
                f"{names.GOOGLE_KEY}, and the second would replace the first; give one key rights on both buckets and "
                "name its Secret twice"
            )
            yield Problem(f"backup.storages.{name}.credentials", message)
        secrets.setdefault(storage.credentials, name)


def _schedule_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    first = first_storage(spec)
    kinds: dict[tuple[str | None, str], str] = {}
    kept: dict[tuple[str | None, str], str] = {}
    for index, schedule in enumerate(spec.backup.schedules):
        path, place = f"backup.schedules[{index}]", schedule.storage or first
        key = (place, schedule.type)
        if schedule.enabled and key in kinds:
            message = (
                f'"{schedule.type}" to storage {place} stands in schedule {kinds[key]} too; the PG operator has one '
                "of each type for each storage: keep one, or name another storage"
            )
            yield Problem(f"{path}.type", message)
        elif schedule.enabled:
            kinds[key] = schedule.name
        if schedule.type == "incremental" and schedule.keep is not None:
            message = f"{schedule.keep} has no meaning for incremental backups, which go with the backup they build on"
            yield Problem(f"{path}.keep", f"{message}; leave it out")
        if schedule.type != "full" and schedule.retention:
            message = f"{schedule.retention} is for full backups: pgBackRest keeps no others by age; "
            instead = "use keep" if schedule.type == "differential" else "leave it out"
            yield Problem(f"{path}.retention", message + instead)
        if schedule.keep is None and schedule.retention is None:
            continue
        if key in kept:
            message = (
                f"has a retention, and schedule {kept[key]} has one too; pgBackRest has one for each storage and type: "
                "keep one"
            )
            yield Problem(path, message)
        kept.setdefault(key, schedule.name)


def _source_problems(source: DataSource, spec: DatabaseSpec) -> Iterator[Problem]:
    if source.backup and not _LABEL.fullmatch(source.backup):
        message = (
            f"{shown(source.backup)} is not a backup of pgBackRest; write its label, such as 20261120-010000F, or "
            "leave it out for the newest"
        )
        yield Problem("data_source.backup", message)
    storage = spec.backup.storages.get(source.storage)
    if storage and storage.type != "volume" and source.path.strip("/") == "":
        yield Problem(
            "data_source.path", f"{shown(source.path)} is no path; write where the backups are: shop/orders/1"
        )
