"""Where backups and shipped logs are kept: two paths that never hold each other's objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dbaas_components.databases.spec.places import first_storage

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

BACKUPS: Final = "backup"
LOGS: Final = "pitr"
LOGS_SUFFIX: Final = "-logs"


@dataclass(frozen=True, slots=True)
class LogPlace:
    """The storage that logs are shipped to."""

    storage: str
    """Its name in the specification."""
    entry: str
    """Its name in the custom resource: one of its own, where backups go to the same storage."""


def log_place(spec: DatabaseSpec) -> LogPlace | None:
    """Where logs are shipped to; None where they are not."""
    backup, first = spec.backup, first_storage(spec)
    if backup.pitr is None or not backup.pitr.enabled or first is None:
        return None
    storage = backup.pitr.storage or first
    used = {schedule.storage or first for schedule in backup.schedules}
    of_its_own = backup.pitr.storage is not None and len(backup.storages) > 1 and storage not in used
    return LogPlace(storage, storage if of_its_own else f"{storage}{LOGS_SUFFIX}")
