"""Backups: that there are some, how often, how long they are kept, and that a disaster does not take them along."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from dbaas_components.policy.backups import enabled, gap_of, has_pitr, longest_gap, schedules, storages
from dbaas_components.policy.databases import engine_of, is_critical, is_guarded
from dbaas_components.policy.fragments import database, examples
from dbaas_components.policy.inventory import Inventory
from dbaas_components.policy.item import Item, as_mapping
from dbaas_components.policy.rule import Rule, Severity, Violation
from dbaas_components.time_words import in_words

_LONGEST_GAP: Final = timedelta(hours=25)
"""A day, and the hour that a clock change adds."""
_FEWEST: Final = 3
# How often the log is shipped where nothing is said: PXC operator 1.20.0 every minute, PSMDB 1.22.0 every ten, PG 3.0.0
# (Patroni's archive_timeout) every minute, PS 1.2.0 as it is written.
_SHIPPED_AFTER: Final = {
    "pxc": timedelta(minutes=1),
    "psmdb": timedelta(minutes=10),
    "pg": timedelta(minutes=1),
    "ps": timedelta(minutes=1),
}


def _enabled(item: Item, _: Inventory) -> Iterator[Violation]:
    if not enabled(item):
        path = "spec.backups" if engine_of(item) == "pg" else "spec.backup"
        yield Violation(path, "there are no backups: none are on, or they have no storage to go to")


def _scheduled(item: Item, _: Inventory) -> Iterator[Violation]:
    if not any(gap_of(schedule.cron) for schedule in schedules(item)):
        path = "spec.backups.pgbackrest.repos" if engine_of(item) == "pg" else "spec.backup"
        yield Violation(path, "no schedule makes backups")


def _pitr(item: Item, _: Inventory) -> Iterator[Violation]:
    if not has_pitr(item):
        yield Violation("spec.backup.pitr.enabled", "is not true: all since the last backup would be lost")


def _often(item: Item, _: Inventory) -> Iterator[Violation]:
    gap = longest_gap(item)
    if gap is not None and gap > _LONGEST_GAP:
        yield Violation(schedules(item)[0].path, f"up to {in_words(gap)} lie between two backups")


def _objective(item: Item, inventory: Inventory) -> Iterator[Violation]:
    objective = inventory.objectives.get(item.address)
    if objective is None:
        return
    lost = _shipped_after(item) if has_pitr(item) else longest_gap(item)
    if lost is None or lost > objective:
        reached = f"only {in_words(lost)} can be kept" if lost else "no schedule makes backups"
        yield Violation("", f"promises to lose at most {in_words(objective)} (slo.rpo), and {reached}")


def _shipped_after(item: Item) -> timedelta:
    seconds = item.at("spec.backup.pitr.timeBetweenUploads")
    minutes = item.at("spec.backup.pitr.oplogSpanMin")
    archive = item.mapping("spec.patroni.dynamicConfiguration.postgresql.parameters").get("archive_timeout")
    if isinstance(seconds, int | float):
        return timedelta(seconds=seconds)
    if isinstance(minutes, int | float):
        return timedelta(minutes=minutes)
    if archive is not None and str(archive).rstrip("s").isdigit():
        return timedelta(seconds=int(str(archive).rstrip("s")))
    return _SHIPPED_AFTER[engine_of(item) or "pg"]


def _outside(item: Item, _: Inventory) -> Iterator[Violation]:
    places = storages(item)
    if places and all(place.kind == "volume" for place in places):
        yield Violation(places[0].path, "every backup is on a volume of the cluster itself")


def _keeps(item: Item, _: Inventory) -> Iterator[Violation]:
    for schedule in schedules(item):
        if schedule.full and schedule.keep is not None and schedule.keep < _FEWEST:
            # Weekly full backups with the days between them cover as much as several daily ones.
            gap = gap_of(schedule.cron)
            if gap is None or schedule.keep * gap < timedelta(days=_FEWEST):
                yield Violation(schedule.path, f"keeps {schedule.keep}; the newest may be the broken one")


def _known_storage(item: Item, _: Inventory) -> Iterator[Violation]:
    names = {storage.name for storage in storages(item)}
    for schedule in schedules(item):
        if schedule.storage not in names:
            yield Violation(f"{schedule.path}.storageName", f'there is no storage "{schedule.storage}"')


def _verified(item: Item, _: Inventory) -> Iterator[Violation]:
    for storage in storages(item):
        if storage.fields.get("verifyTLS") is False:
            yield Violation(f"{storage.path}.verifyTLS", "is false: anyone can pose as the storage")
        for kind, place in storage.fields.items():
            fields = as_mapping(place)
            if fields.get("insecureSkipTLSVerify") is True:
                yield Violation(
                    f"{storage.path}.{kind}.insecureSkipTLSVerify", "is true: anyone can pose as the storage"
                )
            address = next((fields[key] for key in ("endpointUrl", "endpoint") if key in fields), None)
            if isinstance(address, str) and address.startswith("http://"):
                yield Violation(f"{storage.path}.{kind}", "its address is plain HTTP: anyone on the way reads along")


_S3 = {"main": {"type": "s3", "s3": {"bucket": "backups"}}}
_DAILY = {"name": "daily", "schedule": "0 1 * * *", "storageName": "main", "retention": {"type": "count", "count": 7}}
_BACKUP = {"storages": _S3, "schedule": [_DAILY]}


def _repository(**fields: object) -> dict[str, object]:
    return {"backups": {"pgbackrest": {"repos": [{"name": "repo1", **fields}]}}}


RULES: Final = (
    Rule(
        id="backups/enabled",
        severity=Severity.ERROR,
        reason="without a backup there is no way back from a dropped table or a lost cluster",
        fix="add `backup.storages`, or say with the profile `dev` that nobody would miss the data",
        applies=is_guarded,
        check=_enabled,
        examples=examples(
            database("psmdb", {"backup": {"enabled": True, "storages": _S3}}),
            database("psmdb", {"backup": {"enabled": False, "storages": _S3}}),
        ),
    ),
    Rule(
        id="backups/scheduled",
        severity=Severity.ERROR,
        reason="a backup that somebody has to think of is not there on the day it is needed",
        fix="add `backup.schedules`, or take those of the profile",
        applies=lambda item: is_guarded(item) and enabled(item),
        check=_scheduled,
        examples=examples(database("pxc", {"backup": _BACKUP}), database("pxc", {"backup": {"storages": _S3}})),
    ),
    Rule(
        id="backups/every-day",
        severity=Severity.ERROR,
        reason="a restore takes longer, and without point-in-time recovery loses more, the older its backup is",
        fix="add a schedule, so that at most a day lies between two backups",
        applies=is_guarded,
        check=_often,
        examples=examples(
            database("pg", _repository(schedules={"full": "0 1 * * 0", "differential": "0 1 * * 1-6"})),
            database("pg", _repository(schedules={"full": "0 1 * * 0"})),
        ),
    ),
    Rule(
        id="backups/point-in-time",
        severity=Severity.ERROR,
        reason="between two backups lies a day's work",
        fix="add `backup.pitr`",
        applies=is_critical,
        check=_pitr,
        examples=examples(
            database("pxc", {"backup": {**_BACKUP, "pitr": {"enabled": True}}}, profile="critical"),
            database("pxc", {"backup": _BACKUP}, profile="critical"),
        ),
    ),
    Rule(
        id="backups/objective-reachable",
        severity=Severity.ERROR,
        reason="an objective that the schedule cannot keep is found out in the disaster",
        fix="back up more often, turn `backup.pitr` on, or promise less in `slo.rpo`",
        applies=is_guarded,
        check=_objective,
        examples=examples(
            database("pxc", {"backup": _BACKUP}, options={"rpo_hours": 24}),
            database("pxc", {"backup": _BACKUP}, name="ledger", options={"rpo_hours": 1}),
        ),
    ),
    Rule(
        id="backups/outside-the-cluster",
        severity=Severity.ERROR,
        reason="what takes the cluster or its disks takes the backups too",
        fix="add a storage that is a bucket",
        applies=is_critical,
        check=_outside,
        examples=examples(
            database("pg", _repository(s3={"bucket": "backups"}), profile="critical"),
            database("pg", _repository(volume={"volumeClaimSpec": {}}), profile="critical"),
        ),
    ),
    Rule(
        id="backups/several-kept",
        severity=Severity.WARNING,
        reason="damage is often noticed days later, and then the newest backups hold it too",
        fix=f"keep at least {_FEWEST} days of backups",
        applies=is_guarded,
        check=_keeps,
        examples=examples(
            database("pxc", {"backup": _BACKUP}),
            database("pxc", {"backup": {"storages": _S3, "schedule": [{**_DAILY, "retention": {"count": 1}}]}}),
        ),
    ),
    Rule(
        id="backups/storage-there",
        severity=Severity.ERROR,
        reason="backups of a schedule whose storage is not there all fail",
        fix="name one of `backup.storages`",
        applies=is_guarded,
        check=_known_storage,
        examples=examples(
            database("ps", {"backup": {**_BACKUP, "enabled": True}}),
            database("ps", {"backup": {"storages": _S3, "schedule": [{**_DAILY, "storageName": "offsite"}]}}),
        ),
    ),
    Rule(
        id="backups/storage-verified",
        severity=Severity.ERROR,
        reason="a backup holds every row of a database, and whoever answers in the storage's place gets them all",
        fix="write an https address, leave `verify_tls` on, and name the `authority` of a private storage",
        applies=is_guarded,
        check=_verified,
        examples=examples(
            database("pxc", {"backup": _BACKUP}),
            database("pxc", {"backup": {"storages": {"main": {"type": "s3", "verifyTLS": False, "s3": {}}}}}),
        ),
    ),
)
