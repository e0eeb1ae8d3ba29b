"""Limits of backups, shipped logs and restores, most of which the PS operator 1.2.0 finds when a backup is due."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from dbaas_components.databases.ps import names
from dbaas_components.errors import Problem, shown

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.backup import BackupStorage, DataSource

_KEYS: Final = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gcs": "ACCESS_KEY_ID and SECRET_ACCESS_KEY",
    "azure": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}
# Of Kubernetes' 63, behind five digits and a hyphen.
_LONGEST_SCHEDULE: Final = 57
_UUID: Final = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_TRANSACTIONS: Final = rf"{_UUID}((:[A-Za-z_][A-Za-z0-9_]{{0,31}})?:\d+(-\d+)?)+"
_GTID_SET: Final = re.compile(rf"{_TRANSACTIONS}(,\s*{_TRANSACTIONS})*")


def problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Problems of storages, schedules, shipped logs and the backup that the database starts from."""
    for name, storage in spec.backup.storages.items():
        yield from _storage_problems(f"backup.storages.{name}", storage)
    for index, schedule in enumerate(spec.backup.schedules):
        path = f"backup.schedules[{index}]"
        if len(schedule.name) > _LONGEST_SCHEDULE:
            message = (
                f"{shown(schedule.name)} has {len(schedule.name)} characters; the operator makes a label of it, behind "
                f"a hash: shorten it to at most {_LONGEST_SCHEDULE}"
            )
            yield Problem(f"{path}.name", message)
        if schedule.keep is not None and schedule.type == "incremental":
            message = f"{schedule.keep} has no effect: an incremental goes with the full one it builds on; leave it out"
            yield Problem(f"{path}.keep", message)
        elif schedule.keep is not None and not spec.backup.delete_from_storage:
            message = (
                f"false contradicts {path}.keep: the operator deletes from the storage what retention drops; write "
                "true, or leave out keep, which then keeps all"
            )
            yield Problem("backup.delete_from_storage", message)
    pitr = spec.backup.pitr
    if pitr and pitr.enabled and (found := _named(spec, pitr.storage)):
        yield from _log_problems("backup.pitr.storage", *found)
    if spec.data_source:
        yield from _source_problems(spec.data_source, spec)


def _storage_problems(path: str, storage: BackupStorage) -> Iterator[Problem]:
    if storage.type == "volume":
        return
    if storage.credentials is None:
        message = (
            f"is required: the operator takes no cloud identity of its pods; name a Secret with {_KEYS[storage.type]}"
        )
        yield Problem(f"{path}.credentials", message)
    if storage.bucket and "/" in storage.bucket:
        message = f"{shown(storage.bucket)} holds a path; write the bucket alone, and the path as prefix"
        yield Problem(f"{path}.bucket", message)


def _named(spec: DatabaseSpec, name: str | None) -> tuple[str, BackupStorage] | None:
    """The storage of a name, or the first one; None if there is none, which is told elsewhere."""
    name = name or next(iter(spec.backup.storages), None)
    storage = spec.backup.storages.get(name) if name else None
    return (name, storage) if name and storage else None


def _log_problems(path: str, name: str, storage: BackupStorage) -> Iterator[Problem]:
    """What the server that ships binary logs cannot do, and the restore that reads them."""
    if storage.type != "s3":
        message = (
            f"{shown(name)} is of type {storage.type}, and binary logs are shipped to s3 only; name a storage of type "
            "s3, or write backup.pitr.enabled false"
        )
        yield Problem(path, message)
        return
    if not storage.verify_tls:
        message = (
            f"{shown(name)} has verify_tls false, and the server that ships binary logs always verifies; name another "
            "storage, or write backup.pitr.enabled false"
        )
        yield Problem(path, message)
    if storage.endpoint and urlsplit(storage.endpoint).path.strip("/"):
        message = (
            f"{shown(name)} has an endpoint with a path, which the server that ships binary logs leaves out; write the "
            "endpoint without it"
        )
        yield Problem(path, message)


def _source_problems(source: DataSource, spec: DatabaseSpec) -> Iterator[Problem]:
    if source.backup is None:
        message = f"is required: the operator looks for none by itself; write its name below {source.path}/backup"
        yield Problem("data_source.backup", message)
    for field, value in (("path", source.path), ("backup", source.backup)):
        if value and (value.startswith("/") or value.endswith("/") or "//" in value):
            yield Problem(
                f"data_source.{field}", f"{shown(value)} has a slash too many; write it without one at its ends"
            )
    if not (spec.credentials.secret or spec.credentials.store):
        message = (
            "is required for a database that starts from a backup: the backup brings the users of the other database "
            f'along, so Secret "{names.credentials_secret(spec)}" must hold their passwords; name it, or a store'
        )
        yield Problem("credentials.secret", message)
    if source.at == "latest":
        message = '"latest" is no target that the operator knows; write a time such as 2026-11-20T03:00:00Z, or a gtid'
        yield Problem("data_source.at", message)
    if source.gtid is not None and not _GTID_SET.fullmatch(source.gtid):
        message = f"{shown(source.gtid)} is not a set of GTIDs; write such as a3e5ff70-83e2-11ef-8e57-7a62caf7e1e3:1-36"
        yield Problem("data_source.gtid", message)
    if source.pitr_storage and not (source.at or source.gtid):
        yield Problem(
            "data_source.pitr_storage", "is for a recovery beyond the backup; add at or gtid, or leave it out"
        )
    if (source.at or source.gtid) and (found := _named(spec, source.pitr_storage or source.storage)):
        path = "data_source.pitr_storage" if source.pitr_storage else "data_source.storage"
        yield from _log_problems(path, *found)
