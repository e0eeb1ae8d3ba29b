"""Rules on backup storages, schedules, shipped logs, objectives and the data that a database starts from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from dbaas_components.databases.spec.backup import BackupStorage, DataSource, Schedule
from dbaas_components.databases.spec.database import DatabaseSpec
from dbaas_components.databases.spec.part import duration_of
from dbaas_components.databases.spec.places import bucket_prefix
from dbaas_components.databases.spec.rules.shape import resource_problems
from dbaas_components.databases.spec.schedule_gap import longest_gap
from dbaas_components.errors import Problem, one_of, shown
from dbaas_components.time_words import in_words

_PREFIX: Final = re.compile(r"[A-Za-z0-9]([-/._A-Za-z0-9]*[A-Za-z0-9])?")
_BUCKET_FIELDS: Final = ("bucket", "region", "endpoint", "prefix", "credentials", "authority", "encryption_key")
_VOLUME_FIELDS: Final = ("size", "claim")
_LOG_POSITION: Final = re.compile(r"[0-9A-F]{1,8}/[0-9A-F]{1,8}")


def backup_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Problems of everything that protects the data."""
    backup = spec.backup
    for name, storage in backup.storages.items():
        yield from _storage_problems(f"backup.storages.{name}", storage, spec)
    yield from _shared_place_problems(spec)
    if backup.schedules and not backup.storages:
        yield Problem("backup.schedules", "have nowhere to go; add a storage to backup.storages")
    for name, count in Counter(schedule.name for schedule in backup.schedules).items():
        if count > 1:
            yield Problem("backup.schedules", f"{shown(name)} stands there {count} times; rename one")
    for index, schedule in enumerate(backup.schedules):
        yield from _schedule_problems(f"backup.schedules[{index}]", schedule, spec)
    if backup.pitr and backup.pitr.enabled and not backup.storages:
        yield Problem("backup.pitr", "has nowhere to ship logs to; add a storage to backup.storages")
    if backup.pitr and backup.pitr.storage:
        yield from _known_storage("backup.pitr.storage", backup.pitr.storage, spec)
    yield from resource_problems("backup.resources", backup.resources)
    if backup.pitr:
        yield from resource_problems("backup.pitr.resources", backup.pitr.resources)
    yield from _objective_problems(spec)
    if spec.data_source:
        yield from _source_problems(spec.data_source, spec)
        yield from _consent_problems(spec.data_source, spec)


def _storage_problems(path: str, storage: BackupStorage, spec: DatabaseSpec) -> Iterator[Problem]:
    if storage.type == "volume":
        for field in _BUCKET_FIELDS:
            if getattr(storage, field) is not None:
                yield Problem(f"{path}.{field}", "is for buckets; leave it out for type volume")
        return
    for field in _VOLUME_FIELDS:
        if getattr(storage, field) is not None:
            yield Problem(f"{path}.{field}", f"is for volumes; leave it out for type {storage.type}")
    if storage.bucket is None:
        yield Problem(f"{path}.bucket", f"is required for type {storage.type}; add it")
    if storage.region and storage.type != "s3":
        yield Problem(f"{path}.region", f"is for type s3; leave it out for type {storage.type}")
    if storage.prefix is None and not spec.namespace:
        message = "is required where the namespace comes from another resource; write one that no other database has"
        yield Problem(f"{path}.prefix", message)
    if storage.prefix is not None and (not _PREFIX.fullmatch(storage.prefix) or "//" in storage.prefix):
        message = (
            f"{shown(storage.prefix)} is not a path in a bucket; write such as shop/orders/1, with no slash at its ends"
        )
        yield Problem(f"{path}.prefix", message)


def _shared_place_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Two storages at one place would write over each other's backups."""
    places: dict[tuple[str | None, ...], str] = {}
    for name, storage in spec.backup.storages.items():
        if storage.type == "volume" or storage.bucket is None:
            continue
        place = (storage.type, storage.endpoint, storage.bucket, storage.prefix)
        if place in places:
            message = f"is the same place as storage {places[place]}; give one of them another prefix"
            yield Problem(f"backup.storages.{name}", message)
        places.setdefault(place, name)


def _schedule_problems(path: str, schedule: Schedule, spec: DatabaseSpec) -> Iterator[Problem]:
    storages = spec.backup.storages
    if schedule.storage:
        yield from _known_storage(f"{path}.storage", schedule.storage, spec)
    if schedule.keep is not None and schedule.retention is not None:
        yield Problem(f"{path}.retention", "stands beside keep; a backup is kept by count or by age, so leave one out")
    if schedule.retention and duration_of(schedule.retention) < duration_of("1d"):
        yield Problem(f"{path}.retention", f"{schedule.retention} is less than a day; write 1d or more")
    if schedule.type != "full":
        place = schedule.storage or next(iter(storages), None)
        has_full = any(
            other.type == "full" and other.enabled and (other.storage or next(iter(storages), None)) == place
            for other in spec.backup.schedules
        )
        if not has_full:
            message = f'"{schedule.type}" builds on a full backup; add a schedule of type full in the same storage'
            yield Problem(f"{path}.type", message)


def _known_storage(path: str, name: str, spec: DatabaseSpec) -> Iterator[Problem]:
    if name not in spec.backup.storages:
        choice = one_of(name, spec.backup.storages) if spec.backup.storages else "add it to backup.storages"
        yield Problem(path, f"{shown(name)} is not one of backup.storages; {choice}")


def _objective_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """An objective that the backups cannot keep."""
    if spec.slo is None:
        return
    objective, pitr = duration_of(spec.slo.rpo), spec.backup.pitr
    if pitr and pitr.enabled and spec.backup.storages:
        if pitr.interval and duration_of(pitr.interval) > objective:
            message = f"{pitr.interval} is longer than slo.rpo, {spec.slo.rpo}; write at most that, or leave it out"
            yield Problem("backup.pitr.interval", message)
        return
    gaps = [longest_gap(schedule.cron) for schedule in spec.backup.schedules if schedule.enabled]
    shortest = min((gap for gap in gaps if gap is not None), default=None)
    if shortest is None:
        message = f"{spec.slo.rpo} cannot be kept: there is no backup; add backup.storages"
        yield Problem("slo.rpo", message)
    elif shortest > objective:
        message = (
            f"{spec.slo.rpo} cannot be kept: up to {in_words(shortest)} lie between two backups; turn backup.pitr on, "
            "or back up more often"
        )
        yield Problem("slo.rpo", message)


def _source_problems(source: DataSource, spec: DatabaseSpec) -> Iterator[Problem]:
    yield from _known_storage("data_source.storage", source.storage, spec)
    if source.pitr_storage:
        yield from _known_storage("data_source.pitr_storage", source.pitr_storage, spec)
    targets = [field for field in ("at", "gtid", "lsn") if getattr(source, field) is not None]
    if len(targets) > 1:
        yield Problem("data_source", f"{' and '.join(targets)} are given; a recovery has one target, so keep one")
    if source.at is not None and source.at != "latest" and not _is_moment(source.at):
        message = f"{shown(source.at)} is not a moment; write latest, or a time with its zone: 2026-11-20T03:00:00Z"
        yield Problem("data_source.at", message)
    if source.lsn is not None and not _LOG_POSITION.fullmatch(source.lsn):
        yield Problem("data_source.lsn", f"{shown(source.lsn)} is not a log position; write such as 0/16B3748")
    storage = spec.backup.storages.get(source.storage)
    if storage and storage.type == "volume":
        yield Problem("data_source.storage", "is a volume, which another database cannot read; name a bucket")
    if storage and spec.namespace and source.path == bucket_prefix(spec, storage):
        message = (
            f"{shown(source.path)} is where this database writes its own backups; raise incarnation, so that it gets a "
            "path of its own"
        )
        yield Problem("data_source.path", message)


def _consent_problems(source: DataSource, spec: DatabaseSpec) -> Iterator[Problem]:
    if source.overwrite is not None and source.overwrite != spec.name:
        message = f"{shown(source.overwrite)} is not this database; write {shown(spec.name)} to lose what it holds"
        yield Problem("data_source.overwrite", message)


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
