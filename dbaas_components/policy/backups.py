"""What the four operators' custom resources say about backups, in one form."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from croniter import croniter

from dbaas_components.policy.databases import engine_of
from dbaas_components.policy.item import Item, as_mapping, as_whole, value_at


@dataclass(frozen=True, slots=True)
class Storage:
    """A place for backups: `kind` is `volume` for one in the cluster itself, else the word of the operator."""

    name: str
    path: str
    kind: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Backups by the clock. `keep` is None where all are kept or the operator's default holds."""

    path: str
    cron: str
    storage: str
    keep: int | None
    full: bool = True
    """Whether it makes backups that stand alone. Only those are counted by `keep`."""


def storages(item: Item) -> tuple[Storage, ...]:
    """Every place that backups of a database go to."""
    if engine_of(item) == "pg":
        return tuple(_repositories(item))
    return tuple(_storages(item))


_INSIDE: Final = ("filesystem", "volume")


def _repositories(item: Item) -> Iterator[Storage]:
    for number, repository in enumerate(item.items("spec.backups.pgbackrest.repos")):
        fields = as_mapping(repository)
        kind = next((kind for kind in ("s3", "gcs", "azure", "volume") if kind in fields), "volume")
        yield Storage(str(fields.get("name")), f"spec.backups.pgbackrest.repos[{number}]", kind, fields)


def _storages(item: Item) -> Iterator[Storage]:
    for name, storage in item.mapping("spec.backup.storages").items():
        fields = as_mapping(storage)
        kind = str(fields.get("type"))
        yield Storage(name, f"spec.backup.storages.{name}", "volume" if kind in _INSIDE else kind, fields)


def stored_in(item: Item) -> set[str]:
    """Names of all buckets and containers that a database's backups go to, without the path behind them."""
    found: set[str] = set()
    for storage in storages(item):
        for place in storage.fields.values():
            for key in ("bucket", "container"):
                name = value_at(place, key)
                if isinstance(name, str):
                    found.add(name.partition("/")[0])
    return found


def writes_below(item: Item, prefix: str) -> bool:
    """Whether a database may write objects whose names begin so; true where it does not say where it writes."""
    prefix = prefix.strip("/")
    found = _prefixes(item)
    return not prefix or not found or any(one.startswith(prefix) or prefix.startswith(one) for one in found)


def _prefixes(item: Item) -> set[str]:
    """Where in its buckets a database writes, as far as that is told."""
    options = item.mapping("spec.backups.pgbackrest.global")
    found: set[str] = set()
    for storage in storages(item):
        given: list[object] = [options.get(f"{storage.name}-path")]
        for place in storage.fields.values():
            given.append(value_at(place, "prefix"))
            bucket = value_at(place, "bucket")
            if isinstance(bucket, str):
                given.append(bucket.partition("/")[2])
        found |= {text.strip("/") for text in given if isinstance(text, str) and text.strip("/")}
    return found


def enabled(item: Item) -> bool:
    """Whether backups are on and have a place to go to."""
    engine = engine_of(item)
    if engine == "pg":
        return item.at("spec.backups.enabled") is not False and bool(storages(item))
    # PXC operator 1.20.0 has no switch: a storage is enough.
    return (engine == "pxc" or item.at("spec.backup.enabled") is True) and bool(storages(item))


def schedules(item: Item) -> tuple[Schedule, ...]:
    """All backups by the clock that are on."""
    engine = engine_of(item)
    if engine == "pg":
        return tuple(_pg_schedules(item))
    path = "spec.backup.tasks" if engine == "psmdb" else "spec.backup.schedule"
    found: list[Schedule] = []
    for number, one in enumerate(item.items(path)):
        fields = as_mapping(one)
        cron = value_at(fields, "schedule")
        if isinstance(cron, str) and fields.get("enabled") is not False:
            keep = as_whole(value_at(fields, "retention.count")) or as_whole(fields.get("keep"))
            full = fields.get("type") != "incremental"
            found.append(Schedule(f"{path}[{number}]", cron, str(value_at(fields, "storageName")), keep or None, full))
    return tuple(found)


def _pg_schedules(item: Item) -> Iterator[Schedule]:
    options = item.mapping("spec.backups.pgbackrest.global")
    for storage in storages(item):
        found = as_mapping(storage.fields.get("schedules"))
        for kind in found:
            cron = value_at(found, kind)
            if isinstance(cron, str):
                kept = str(options.get(f"{storage.name}-retention-full", ""))
                counted = options.get(f"{storage.name}-retention-full-type", "count") == "count"
                keep = int(kept) if kept.isdigit() and counted else None
                path = f"{storage.path}.schedules.{kind}"
                yield Schedule(path, cron, storage.name, keep, full=kind == "full")


def has_pitr(item: Item) -> bool:
    """Whether what happened since the last backup is shipped too.

    PG operator 3.0.0 archives every write-ahead log as long as backups are on.
    """
    return enabled(item) if engine_of(item) == "pg" else enabled(item) and item.at("spec.backup.pitr.enabled") is True


def longest_gap(item: Item) -> timedelta | None:
    """The longest time between two backups that follow each other; None without a schedule that runs twice."""
    return gap_of(*(schedule.cron for schedule in schedules(item)))


def kept_days(item: Item) -> int | None:
    """For how many days the oldest backup of a database is kept; None where that is not said."""
    days: list[int] = []
    for schedule in schedules(item):
        gap = gap_of(schedule.cron)
        if schedule.full and schedule.keep and gap is not None:
            days.append(-(-schedule.keep * gap // timedelta(days=1)))
    return max(days, default=None)


# From a Saturday at the end of a long month on; a year and a day see every month and weekday.
_START: Final = datetime(2027, 1, 30, tzinfo=UTC)
_SPAN: Final = timedelta(days=367)
_MOST_TIMES: Final = 2_000


@lru_cache(maxsize=1_024)
def gap_of(*crons: str) -> timedelta | None:
    """The longest time between two runs of any of the schedules within a year; None if there are not two.

    What is no cron expression never runs. Of many runs the first 2,000 count: more than a day of every minute.
    """
    runs = heapq.merge(*(_times(cron) for cron in crons if croniter.is_valid(cron)))
    times = list(itertools.islice(runs, _MOST_TIMES))
    return max((later - earlier for earlier, later in itertools.pairwise(times)), default=None)


def _times(cron: str) -> Iterator[datetime]:
    times = croniter(cron, _START)
    time: datetime = times.get_next(datetime)
    while time <= _START + _SPAN:
        yield time
        time = times.get_next(datetime)
