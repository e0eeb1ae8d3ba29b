"""What an engine and its tools do to a bucket, day by day: a model to judge rules with. Pure.

Sources: Percona Operators for PXC 1.20, PS 1.2, MongoDB 1.23 and PostgreSQL 3.0; Percona Backup for MongoDB 2;
pgBackRest 2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Literal

from croniter import croniter

from dbaas_components.bootstrap.buckets.layout import APART, BACKUPS, DELETING, LOGS
from dbaas_components.databases.spec.part import duration_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from dbaas_components.bootstrap.buckets.spec import EngineWord, KeptDatabase
    from dbaas_components.databases.spec.backup import Schedule

Kind = Literal["full", "incremental", "differential"]
_MIDNIGHT: Final = time(tzinfo=UTC)


@dataclass(eq=False, slots=True)
class Made:
    """A backup in the bucket, and whether it is promised still."""

    schedule: str
    kind: Kind
    at: datetime
    objects: tuple[str, ...]
    base: Made | None = None
    """What it builds on; nothing of it is of use without."""
    promised: bool = True
    dropped: date | None = None
    """Day on which retention dropped it."""

    def chain(self) -> list[Made]:
        """Itself and all that it builds on."""
        found: list[Made] = [self]
        while found[-1].base is not None:
            found.append(found[-1].base)
        return found

    def full(self) -> Made:
        """The full backup that its chain begins with."""
        return self.chain()[-1]


@dataclass(slots=True)
class Writes:
    """What one day brings to the bucket."""

    written: list[str] = field(default_factory=list[str])
    """Objects that are new, or written again under the same name."""
    deleted: list[str] = field(default_factory=list[str])


class Tool:
    """One database's backups by its engine's tools. It is asked once for every day, in order."""

    def __init__(
        self,
        engine: EngineWord,
        prefix: str,
        database: KeptDatabase,
        *,
        failing: Collection[date] = (),
        late_days: int = 0,
    ) -> None:
        """`failing` are days on which no scheduled backup succeeds; logs go on. `late_days` is how long the engine
        takes to delete what retention dropped."""
        self.engine: EngineWord = engine
        self.prefix = prefix
        self.database = database
        self.failing = frozenset(failing)
        self.late_days = late_days
        self.backups: list[Made] = []
        self.logs: dict[date, str] = {}
        self._deletes = engine in DELETING or database.delete_from_storage
        self._schedules: tuple[Schedule, ...] = tuple(one for one in database.schedules if one.enabled)

    @property
    def promised(self) -> list[Made]:
        """Backups that retention keeps, oldest first."""
        return [one for one in self.backups if one.promised]

    def of_day(self, day: date) -> Writes:
        """What the tools write and delete on a day."""
        writes = Writes()
        if self._ships():
            self.logs[day] = self._log(day)
            writes.written.append(self.logs[day])
        if day not in self.failing:
            for at, schedule in self._runs(day):
                made = self._make(at, schedule)
                if made:
                    self.backups.append(made)
                    writes.written += made.objects
                    writes.written += self._books()
                    self._drop(day)
        self._delete(day, writes)
        return writes

    def _ships(self) -> bool:
        return self.engine == "pg" or self.database.pitr

    def _log(self, day: date) -> str:
        folder = {"pg": "archive/db/16-1", "psmdb": "pbmPitr/rs0"}.get(self.engine, LOGS)
        return f"{self.prefix}/{folder}/{day.isoformat()}"

    def _books(self) -> list[str]:
        """What pgBackRest writes anew with every backup."""
        if self.engine != "pg":
            return []
        return [f"{self.prefix}/{folder}/db/{folder}.info" for folder in ("archive", "backup")]

    def needs(self, backup: Made) -> list[str]:
        """All objects that a restore of a backup reads."""
        return [*(name for one in backup.chain() for name in one.objects), *self._books()]

    def _runs(self, day: date) -> list[tuple[datetime, Schedule]]:
        begin = datetime.combine(day, _MIDNIGHT)
        found: list[tuple[datetime, Schedule]] = []
        for schedule in self._schedules:
            runs = croniter(schedule.cron, begin - timedelta(seconds=1))
            at: datetime = runs.get_next(datetime)
            while at.date() == day:
                found.append((at, schedule))
                at = runs.get_next(datetime)
        # Where two begin at once, the full one is first: the other builds on it.
        return sorted(found, key=lambda run: (run[0], run[1].type != "full", run[1].name))

    def _make(self, at: datetime, schedule: Schedule) -> Made | None:
        base = self._base(schedule.type)
        kind: Kind = schedule.type
        if kind != "full" and base is None:
            if self.engine != "pg":
                return None
            # pgBackRest makes a full backup where there is none to build on.
            kind = "full"
        name = f"{schedule.name}-{at:%Y%m%d%H%M%S}"
        if self.engine == "pg":
            objects = (f"backup/db/{name}/backup.manifest", f"backup/db/{name}/bundle/1")
        elif self.engine == "psmdb":
            objects = (f"{name}.pbm.json", f"{name}/rs0/data")
        else:
            objects = (f"{BACKUPS}/{name}/data", f"{BACKUPS}/{name}.md5")
        return Made(schedule.name, kind, at, tuple(f"{self.prefix}/{one}" for one in objects), base)

    def _base(self, kind: Kind) -> Made | None:
        """What a backup of a kind builds on: differentials on the last full one, incrementals on the last of any."""
        if kind == "full":
            return None
        kept = [one for one in self.promised if kind == "incremental" or one.kind == "full"]
        return kept[-1] if kept else None

    def _drop(self, day: date) -> None:
        """Retention, after a backup was made."""
        if self.engine == "pg":
            self._drop_by_kind(day)
        else:
            self._drop_by_schedule(day)

    def _drop_by_schedule(self, day: date) -> None:
        for schedule in self._schedules:
            if schedule.keep is None:
                continue
            kept = [one for one in self.promised if one.schedule == schedule.name]
            for one in kept[: -schedule.keep]:
                # A chain goes as a whole: its base stays while its own schedule counts a part of it.
                held = [
                    other
                    for other in self.promised
                    if other is not one and one in other.chain() and self._counted(other)
                ]
                if not held:
                    self._end(one, day)

    def _counted(self, backup: Made) -> bool:
        """Whether the backup's own schedule would still keep it."""
        schedule = next(one for one in self._schedules if one.name == backup.schedule)
        if schedule.keep is None:
            return False
        return backup in [one for one in self.promised if one.schedule == schedule.name][-schedule.keep :]

    def _drop_by_kind(self, day: date) -> None:
        full = [one for one in self.promised if one.kind == "full"]
        for schedule in self._schedules:
            if schedule.type == "full" and schedule.keep is not None:
                for one in full[: -schedule.keep]:
                    self._end(one, day)
            elif schedule.type == "full" and schedule.retention:
                # As pgBackRest counts: a full one goes once a newer one is old enough itself.
                border = day - duration_of(schedule.retention)
                old = [one for one in full if one.at.date() <= border]
                for one in old[:-1]:
                    self._end(one, day)
            elif schedule.type == "differential" and schedule.keep is not None:
                for one in [one for one in self.promised if one.kind == "differential"][: -schedule.keep]:
                    self._end(one, day)

    def _end(self, backup: Made, day: date) -> None:
        for one in self.backups:
            if one.promised and backup in one.chain():
                one.promised, one.dropped = False, day

    def _delete(self, day: date, writes: Writes) -> None:
        if not self._deletes:
            # They stay in the bucket; nobody keeps books about them any more.
            self.backups = self.promised
            return
        due = day - timedelta(days=self.late_days)
        gone = [one for one in self.backups if one.dropped is not None and one.dropped <= due]
        for one in gone:
            writes.deleted += one.objects
        if gone:
            self.backups = [one for one in self.backups if one not in gone]
        if gone and self.engine not in APART and self.backups:
            # PXC's and PS' operators delete no logs; pgBackRest and Percona Backup for MongoDB do.
            oldest = min(one.full().at.date() for one in self.backups)
            for shipped in [one for one in self.logs if one < oldest]:
                writes.deleted.append(self.logs.pop(shipped))
