"""Alerts of backups and restores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from dbaas_components.observability.rules.alert import Alert, Severity
from dbaas_components.observability.rules.subject import BY, Subject, named
from dbaas_components.observability.rules.thresholds import (
    AlertThresholds,
    backup_age,
    in_words,
    recovery_point_age,
    restore_time,
)
from dbaas_components.observability.vocabulary import METRICS

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

_DAY: Final = 86400


def backup_alerts(spec: DatabaseSpec, given: AlertThresholds) -> Iterator[Alert]:
    """All that can be told of this database's backups; nothing where it has none."""
    one = Subject.of(spec)
    severity: Severity = "critical" if spec.profile == "critical" else "warning"
    if (age := backup_age(spec, given)) is not None:
        newest = _newest(one, "completed_timestamp_seconds", "succeeded")
        none_at_all = (
            f"(time() - {one.greatest('database_created_timestamp_seconds')}"
            f" unless on ({BY}) {one.series('backup_state', state='succeeded')} == 1)"
        )
        yield Alert(
            "DatabaseBackupTooOld",
            f"(time() - {newest} or {none_at_all}) > {age} {one.running}",
            "15m",
            "critical",
            f"{named(spec)} has no good backup of the last {in_words(age)}",
            "Its schedule should have made one. With every hour more is lost if the database is.",
        )
        yield Alert(
            "DatabaseBackupFailed",
            f"{_newest(one, 'created_timestamp_seconds', 'failed')}"
            f" > ({_newest(one, 'created_timestamp_seconds', 'succeeded')}"
            f" or {one.greatest('database_created_timestamp_seconds')} * 0)",
            "1m",
            severity,
            f"the newest backup of {named(spec)} has failed",
            "No good backup has been made since. The older ones are still there.",
        )
    if _ships_logs(spec):
        age = recovery_point_age(spec, given)
        yield Alert(
            "DatabaseRecoveryPointTooOld",
            f"time() - {one.greatest('backup_latest_restorable_timestamp_seconds')} > {age} {one.running}",
            "10m",
            "critical",
            f"{named(spec)} could be restored only to a moment more than {in_words(age)} ago",
            "Its logs do not reach the storage in time: what was written since would be lost with the database.",
        )


def restore_alerts(spec: DatabaseSpec, given: AlertThresholds) -> Iterator[Alert]:
    """All that can be told of restores into this database."""
    one = Subject.of(spec)
    age = restore_time(spec, given)
    by = f"{BY}, restore"
    created = f"max by ({by}) ({one.series('restore_created_timestamp_seconds')})"
    ended = f"{one.series('restore_state', state='~succeeded|failed')} == 1"
    yield Alert(
        "DatabaseRestoreStuck",
        f"time() - {created} > {age} unless on ({by}) {ended}",
        "5m",
        "critical",
        f"restore {{{{ $labels.restore }}}} into {named(spec)} goes on for more than {in_words(age)}",
        "It has neither succeeded nor failed. Some engines are down as long as a restore goes on.",
    )
    yield Alert(
        "DatabaseRestoreFailed",
        f"time() - {created} < {_DAY} and on ({by}) {one.series('restore_state', state='failed')} == 1",
        "1m",
        "critical",
        f"restore {{{{ $labels.restore }}}} into {named(spec)} has failed",
        "The database may be down, empty, or hold a part of the data. It is told for a day.",
    )


def _newest(one: Subject, timestamp: str, state: str) -> str:
    of_backup = f"{BY}, backup"
    series, filtered = one.series(f"backup_{timestamp}"), one.series("backup_state", state=state)
    return f"max by ({BY}) ({series} and on ({of_backup}) {filtered} == 1)"


def _ships_logs(spec: DatabaseSpec) -> bool:
    """Whether there is a latest moment to restore to, and the operator tells it."""
    if spec.engine not in METRICS["dbaas_backup_latest_restorable_timestamp_seconds"].engines:
        return False
    if spec.engine == "pg":
        return bool(spec.backup.schedules)
    return spec.backup.pitr is not None and spec.backup.pitr.enabled
