"""A bucket over time, as its versioning and rules have it, and the question whether every promise can be kept. Pure.

No clock: the day it begins on is an argument. Days are the smallest unit, as for the rules of all providers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from dbaas_components.bootstrap.buckets.engines import Made, Tool
from dbaas_components.bootstrap.buckets.lifecycle import Rule

THAW_FIRST: Final = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects cannot be read before they are brought back, which takes hours."""
YEAR: Final = 400
"""Days that are simulated: a year, and what hangs over."""


@dataclass(slots=True)
class Version:
    """One version of an object."""

    written: date
    storage_class: str = "STANDARD"
    noncurrent: date | None = None
    """Day since when another version or a delete marker is in front of it."""


@dataclass(slots=True)
class Key:
    """All versions of one name."""

    versions: list[Version] = field(default_factory=list[Version])
    deleted: bool = False
    """Whether a delete marker is in front."""
    rules: tuple[Rule, ...] = ()
    """Those of the bucket's rules that hold for the name."""

    @property
    def current(self) -> Version | None:
        """What a plain read finds."""
        return self.versions[-1] if self.versions and not self.deleted else None


class Bucket:
    """A versioned bucket with rules; `immutable_days` is Object Lock's default retention."""

    def __init__(self, rules: Sequence[Rule], *, immutable_days: int | None = None, versioned: bool = True) -> None:
        self.rules = tuple(rules)
        self.immutable_days = immutable_days
        self.versioned = versioned
        self.keys: dict[str, Key] = {}
        self.uploads: dict[str, date] = {}

    def write(self, name: str, day: date) -> None:
        """Puts an object, or a new version of it."""
        key = self.keys.get(name)
        if key is None:
            key = self.keys[name] = Key(rules=tuple(one for one in self.rules if name.startswith(one.prefix)))
        if (current := key.current) is not None:
            if self.versioned:
                current.noncurrent = day
            else:
                key.versions.clear()
        key.versions.append(Version(day))
        key.deleted = False

    def delete(self, name: str, day: date) -> None:
        """A plain delete: a marker in front, with versioning."""
        key = self.keys.get(name)
        if key is None or key.current is None:
            return
        if not self.versioned:
            del self.keys[name]
            return
        key.versions[-1].noncurrent = day
        key.deleted = True

    def begin_upload(self, name: str, day: date) -> None:
        """An upload in parts that is never finished."""
        self.uploads[name] = day

    def readable(self, name: str) -> bool:
        """Whether a restore finds the object and can read it at once."""
        key = self.keys.get(name)
        return key is not None and key.current is not None and key.current.storage_class not in THAW_FIRST

    def frozen(self, name: str) -> bool:
        """Whether the object is there, and has to be brought back from an archive before it can be read."""
        key = self.keys.get(name)
        return key is not None and key.current is not None and key.current.storage_class in THAW_FIRST

    def recoverable(self, name: str, day: date) -> bool:
        """Whether a version that was there on a day can be had back by somebody who reads old versions."""
        key = self.keys.get(name)
        return key is not None and any(
            one.written <= day and (one.noncurrent is None or one.noncurrent >= day) for one in key.versions
        )

    def midnight(self, day: date) -> None:
        """The rules, as they stand at the begin of a day."""
        borders = {rule.name: day - timedelta(days=rule.days) for rule in self.rules}
        for rule in self.rules:
            if rule.action == "abort_uploads":
                for name in [name for name, began in self.uploads.items() if began <= borders[rule.name]]:
                    del self.uploads[name]
        for name, key in list(self.keys.items()):
            for rule in key.rules:
                self._apply(rule, name, key, borders[rule.name], day)

    def _apply(self, rule: Rule, name: str, key: Key, border: date, day: date) -> None:
        current = key.current
        if rule.action == "expire":
            if current is not None and current.written <= border:
                self.delete(name, day)
        elif rule.action == "transition":
            if current is not None and current.written <= border:
                current.storage_class = rule.storage_class
        elif rule.action == "expire_noncurrent":
            key.versions = [
                one
                for one in key.versions
                if one.noncurrent is None or one.noncurrent > border or self._locked(one, day)
            ]
            if not key.versions and not key.deleted:
                self.keys.pop(name, None)
        elif rule.action == "expire_markers" and key.deleted and not key.versions:
            self.keys.pop(name, None)

    def _locked(self, version: Version, day: date) -> bool:
        return self.immutable_days is not None and version.written + timedelta(days=self.immutable_days) > day


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that the bucket does not keep."""

    database: str
    what: str
    """`full of 2026-03-01`, or `logs of 2026-03-05`."""
    day: date
    """First day on which it cannot be restored."""
    name: str
    """The object that is missing or cannot be read."""
    frozen: bool = False
    """Whether the object is there but has to be brought back first."""


def simulate(
    bucket: Bucket, tools: Sequence[tuple[str, Tool]], begin: date, *, days: int = YEAR, every: int = 1
) -> Broken | None:
    """The first promise that is broken within `days`; None where all are kept. Checked every `every` days."""
    for number in range(days):
        day = begin + timedelta(days=number)
        bucket.midnight(day)
        for _, tool in tools:
            writes = tool.of_day(day)
            for name in writes.written:
                bucket.write(name, day)
            for name in writes.deleted:
                bucket.delete(name, day)
        if number % every == 0 or number == days - 1:
            for database, tool in tools:
                if broken := first_broken(bucket, database, tool, day):
                    return broken
    return None


def first_broken(bucket: Bucket, database: str, tool: Tool, day: date) -> Broken | None:
    """The oldest promise that the bucket does not keep on a day: of a backup, or of a moment since the oldest one."""
    for backup in tool.promised:
        for name in tool.needs(backup):
            if not bucket.readable(name):
                return Broken(database, _told(backup), day, name, bucket.frozen(name))
    oldest = oldest_moment(tool)
    if oldest is None:
        return None
    for shipped, name in tool.logs.items():
        if shipped >= oldest and not bucket.readable(name):
            return Broken(database, f"logs of {shipped}", day, name, bucket.frozen(name))
    return None


def oldest_moment(tool: Tool) -> date | None:
    """The first day that can be gone back to with logs: that of the oldest backup that is promised."""
    promised = tool.promised
    return promised[0].at.date() if promised and tool.logs else None


def _told(backup: Made) -> str:
    return f"{backup.kind} of {backup.at.date()}"
