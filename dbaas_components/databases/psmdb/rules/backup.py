"""Rules on backup storages, schedules, shipped logs and the data that a database starts from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from dbaas_components.databases.psmdb.backup import volume_name
from dbaas_components.databases.spec.places import first_storage
from dbaas_components.errors import Problem, shown
from dbaas_components.naming import DNS_LABEL_LIMIT

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.backup import BackupStorage, DataSource, Schedule

_KEYS: Final = {
    "gcs": "GCS_CLIENT_EMAIL and GCS_PRIVATE_KEY",
    "azure": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
}
# What only its client for S3's protocol can do.
_S3_ONLY: Final = ("authority", "path_style", "storage_class", "encryption_key")


def backup_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Problems of everything that protects the data."""
    for name, storage in spec.backup.storages.items():
        path = f"backup.storages.{name}"
        if storage.type == "volume":
            yield from _volume_problems(path, name, storage)
        else:
            yield from _bucket_problems(path, storage)
    for index, schedule in enumerate(spec.backup.schedules):
        yield from _schedule_problems(f"backup.schedules[{index}]", schedule, spec)
    yield from _pitr_problems(spec)
    if spec.data_source:
        yield from _source_problems(spec.data_source, spec)


def _volume_problems(path: str, name: str, storage: BackupStorage) -> Iterator[Problem]:
    if storage.claim is None:
        message = "is required: the operator makes no volume for backups; name a claim that all members can write to"
        yield Problem(f"{path}.claim", message)
    for field in ("size", "storage_class"):
        if getattr(storage, field) is not None:
            yield Problem(f"{path}.{field}", "is the claim's, which is there already; leave it out")
    if len(volume_name(name)) > DNS_LABEL_LIMIT:
        most = DNS_LABEL_LIMIT - len(volume_name(""))
        yield Problem(path, f"{shown(name)} also names a volume of the pods; shorten it to at most {most} characters")


def _bucket_problems(path: str, storage: BackupStorage) -> Iterator[Problem]:
    keyless = storage.type == "s3" and storage.authority is None
    if storage.credentials is None and not keyless:
        by = "with an authority of its own" if storage.type == "s3" else f"of type {storage.type}"
        message = f"is required for a storage {by}; name a Secret with the keys {_KEYS[storage.type]}"
        yield Problem(f"{path}.credentials", message)
    if storage.type == "s3":
        yield from _s3_problems(path, storage)
        return
    for field in _S3_ONLY:
        if getattr(storage, field):
            yield Problem(f"{path}.{field}", f"is for type s3; leave it out for type {storage.type}")
    if not storage.verify_tls:
        yield Problem(f"{path}.verify_tls", f"false is for type s3; leave it out for type {storage.type}")
    if storage.endpoint and storage.type == "gcs":
        message = f"{shown(storage.endpoint)}: the operator knows Google's own address only; leave it out"
        yield Problem(f"{path}.endpoint", message)


def _s3_problems(path: str, storage: BackupStorage) -> Iterator[Problem]:
    if storage.encryption_key and storage.credentials is None:
        message = "is left out by the operator where there are no credentials; add them, or let the bucket encrypt"
        yield Problem(f"{path}.encryption_key", message)
    if storage.authority is None:
        return
    # The operator then takes MinIO's client, which knows less.
    if storage.endpoint is None:
        yield Problem(f"{path}.endpoint", "is required with an authority; write the service's address")
    for field in ("storage_class", "encryption_key"):
        if getattr(storage, field):
            yield Problem(f"{path}.{field}", "is not possible for a service with an authority of its own; leave it out")


def _schedule_problems(path: str, schedule: Schedule, spec: DatabaseSpec) -> Iterator[Problem]:
    if schedule.type != "incremental":
        return
    first = first_storage(spec)
    place = schedule.storage or first
    if schedule.keep is not None:
        message = (
            f"{schedule.keep}: an incremental backup is kept as long as the full one it builds on; set keep on that one"
        )
        yield Problem(f"{path}.keep", message)
    if schedule.method is not None:
        message = f"{shown(schedule.method)}: incremental backups are always physical; leave it out"
        yield Problem(f"{path}.method", message)
    bases = [one for one in spec.backup.schedules if one.type == "full" and (one.storage or first) == place]
    if bases and all(one.method == "logical" for one in bases):
        message = (
            f'"incremental" builds on physical backups; leave method out of a full schedule of storage {place}, or '
            "write physical"
        )
        yield Problem(f"{path}.type", message)


def _pitr_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    pitr, main = spec.backup.pitr, first_storage(spec)
    if pitr is None or not pitr.enabled or main is None:
        return
    if not any(one.enabled and (one.storage or main) == main for one in spec.backup.schedules):
        message = (
            f"ships nothing before a backup is in the first storage, {main}, and no schedule puts one there; add a "
            "schedule, or write enabled false"
        )
        yield Problem("backup.pitr", message)


def _source_problems(source: DataSource, spec: DatabaseSpec) -> Iterator[Problem]:
    if source.backup is None:
        message = "is required; write the backup's name in the bucket, such as 2026-11-20T01:00:21Z"
        yield Problem("data_source.backup", message)
    if spec.credentials.secret is None and spec.credentials.store is None:
        message = (
            "is required to start from a backup, which brings the other database's system users; name a Secret with "
            "the same passwords, or give credentials.store"
        )
        yield Problem("credentials.secret", message)
    if source.method != "physical":
        return
    encryption = spec.encryption
    has_key = encryption is not None and (
        encryption.provider == "none" or bool(encryption.secret) or (encryption.vault and encryption.vault.path)
    )
    if not has_key:
        message = (
            "is required to start from a physical backup, whose files are encrypted; name the Secret with the other "
            "database's key, or its path in Vault as encryption.vault.path"
        )
        yield Problem("encryption", message)
