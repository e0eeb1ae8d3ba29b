"""The rules of a bucket, derived from what its databases promise to keep, each with the reason for it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Final, Literal

from croniter import croniter

from dbaas_components.bootstrap.buckets.layout import APART, BACKUPS, DELETING, LOGS, database_prefix

if TYPE_CHECKING:
    from dbaas_components.bootstrap.buckets.spec import BucketSpec, KeptDatabase, Tenant
    from dbaas_components.databases.spec.backup import Schedule

UPLOAD_DAYS: Final = 7
"""Age at which an upload that was never finished is swept away; none takes that long."""
_LOOKED_AT: Final = 1_500
"""Runs of a schedule that are looked at for the longest gap: more than four years of daily ones."""
_ANCHOR: Final = datetime(2027, 1, 1, tzinfo=UTC)

Action = Literal["abort_uploads", "expire_noncurrent", "expire_markers", "expire", "transition"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a bucket, in the words of no cloud."""

    name: str
    action: Action
    why: str
    """One sentence for people."""
    prefix: str = ""
    """Beginning of the names that it holds for; empty: all."""
    days: int = 0
    """Age in days: of the upload, of the object, or since it became noncurrent."""
    storage_class: str = ""
    """The class that a transition leads to."""


def derived_rules(spec: BucketSpec) -> tuple[Rule, ...]:
    """All rules that hold without the user's own: for the whole bucket first, then by database."""
    undo = spec.undo_days
    rules = [
        Rule(
            "abort-uploads",
            "abort_uploads",
            f"an upload that broke off is no backup, costs money and is in no list; none takes {UPLOAD_DAYS} days",
            days=UPLOAD_DAYS,
        ),
        Rule(
            "noncurrent",
            "expire_noncurrent",
            f"what was deleted or overwritten, by an engine, a mistake or a thief, can be had back for {undo} days",
            days=undo,
        ),
        Rule("delete-markers", "expire_markers", "a delete marker without versions behind it only slows down lists"),
    ]
    if spec.expire_dropped:
        for tenant in spec.tenants:
            for name, database in tenant.databases.items():
                rules += _of_database(spec, tenant, name, database)
    return tuple(rules)


def _of_database(spec: BucketSpec, tenant: Tenant, name: str, database: KeptDatabase) -> list[Rule]:
    """Age ends only what no tool keeps books about: logs that no operator deletes, and full backups that none does."""
    longest = longest_kept(database.schedules)
    if tenant.engine not in APART or longest is None:
        return []
    prefix = database_prefix(spec.ownership.environment, tenant, name, database)
    days, who = longest + spec.margin_days, f"{tenant.namespace}/{name}"
    proviso = f"holds while its schedules fail for at most {spec.margin_days} days in that time"
    rules: list[Rule] = []
    if database.pitr:
        why = f"no operator deletes the logs of {who}; its oldest full backup is kept {longest} days at most; {proviso}"
        rules.append(Rule(f"{tenant.engine}-{tenant.namespace}-{name}-logs", "expire", why, f"{prefix}/{LOGS}/", days))
    # Never where a chain could be: its base would go before what builds on it.
    deletes = tenant.engine in DELETING or database.delete_from_storage
    if not deletes and all(one.type == "full" for one in database.schedules):
        why = (
            f"{who} keeps full backups {longest} days at most and leaves deleting to the bucket, which takes those "
            f"made by hand too; {proviso}"
        )
        rules.append(
            Rule(f"{tenant.engine}-{tenant.namespace}-{name}-backups", "expire", why, f"{prefix}/{BACKUPS}/", days)
        )
    return rules


def longest_kept(schedules: Sequence[Schedule]) -> int | None:
    """Days after which the last backup of these schedules is dropped; None where any is kept for ever.

    A count keeps a backup until that many more were made, so its age is the count times the longest gap, plus a day for
    the time that a backup takes. A schedule that does not run drops nothing: its backups stay.
    """
    if not schedules:
        return None
    ages: list[int] = []
    chain = max((longest_gap(one.cron) for one in schedules if one.type == "full"), default=timedelta(0))
    for schedule in schedules:
        partial = schedule.type != "full"
        if partial and schedule.keep is None:
            # It goes with the full backup that it builds on.
            continue
        if schedule.keep is None or not schedule.enabled:
            return None
        # What others build on stays as long as the last of them.
        age = longest_gap(schedule.cron) * schedule.keep + (chain if partial else timedelta(0))
        ages.append(ceil(age / timedelta(days=1)) + 1)
    return max(ages) if ages else None


@lru_cache(maxsize=1_024)  # Databases of a platform have few schedules between them, and each takes its time.
def longest_gap(cron: str) -> timedelta:
    """The longest time between two runs."""
    runs = croniter(cron, _ANCHOR)
    before: datetime = runs.get_next(datetime)
    longest = timedelta(0)
    for _ in range(_LOOKED_AT):
        after: datetime = runs.get_next(datetime)
        longest, before = max(longest, after - before), after
        if after - _ANCHOR > timedelta(days=4 * 366):
            break
    return longest


def user_rules(spec: BucketSpec) -> tuple[Rule, ...]:
    """The user's own rules, in the same words."""
    return tuple(
        Rule(one.name, "expire", "asked for in extra_rules", one.prefix, one.expire_days)
        if one.expire_days
        else Rule(
            one.name,
            "transition",
            "asked for in extra_rules",
            one.prefix,
            one.transition_days or 0,
            one.storage_class or "",
        )
        for one in spec.extra_rules
    )


def in_words(rule: Rule) -> str:
    """One line on a rule: what it does, to what, and why."""
    of = f"below {rule.prefix}" if rule.prefix else "in the whole bucket"
    does = {
        "abort_uploads": f"unfinished uploads {of} are removed after {rule.days} days",
        "expire_noncurrent": f"old versions {of} are removed after {rule.days} days",
        "expire_markers": f"delete markers {of} are removed once nothing is behind them",
        "expire": f"objects {of} are deleted at an age of {rule.days} days",
        "transition": f"objects {of} change to {rule.storage_class} at an age of {rule.days} days",
    }[rule.action]
    return f"{rule.name}: {does}: {rule.why}"
