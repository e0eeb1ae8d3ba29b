"""Whether a rule may stand: rules are tried on a simulated bucket before any cloud sees them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from dbaas_components.bootstrap.buckets.cloud_words import transition_problem
from dbaas_components.bootstrap.buckets.engines import Tool
from dbaas_components.bootstrap.buckets.layout import APART, database_prefix
from dbaas_components.bootstrap.buckets.lifecycle import Rule, derived_rules, user_rules
from dbaas_components.bootstrap.buckets.simulation import YEAR, Broken, Bucket, simulate
from dbaas_components.errors import Problem

if TYPE_CHECKING:
    from dbaas_components.bootstrap.buckets.spec import BucketSpec, KeptDatabase, Tenant

BEGIN: Final = date(2026, 1, 1)
"""The day that simulations begin on: a fixed one, so that the same arguments are always judged alike."""
ARCHIVES: Final = frozenset({"GLACIER", "DEEP_ARCHIVE", "ARCHIVE"})
"""Classes that current objects never change to."""
OUTAGE: Final = 60
"""Day from which on scheduled backups fail in the hard case."""
LONGEST: Final = 1_100
"""Age in days up to which a rule on databases' objects can be tried."""


@dataclass(frozen=True, slots=True)
class Place:
    """A database in the bucket."""

    tenant: Tenant
    name: str
    database: KeptDatabase
    prefix: str

    @property
    def told(self) -> str:
        """`namespace/name`."""
        return f"{self.tenant.namespace}/{self.name}"

    def touched_by(self, rule: Rule) -> bool:
        """Whether a rule holds for any of its objects."""
        own = f"{self.prefix}/"
        return own.startswith(rule.prefix) or rule.prefix.startswith(own)

    def tool(self, failing: Sequence[date] = ()) -> Tool:
        """A model of what its engine's tools do, who take two days to delete."""
        return Tool(self.tenant.engine, self.prefix, self.database, failing=failing, late_days=2)


def places(spec: BucketSpec) -> list[Place]:
    """All databases."""
    environment = spec.ownership.environment
    return [
        Place(tenant, name, database, database_prefix(environment, tenant, name, database))
        for tenant in spec.tenants
        for name, database in tenant.databases.items()
    ]


def broken_by(
    spec: BucketSpec,
    rules: Sequence[Rule],
    *,
    begin: date = BEGIN,
    days: int = YEAR,
    failing: Callable[[Place], Sequence[date]] = lambda _: (),
    of: Callable[[Place], bool] = lambda _: True,
) -> Broken | None:
    """The first promise of any database that these rules break. `failing` says when whose scheduled backups fail."""
    tools = [(place.told, place.tool(failing(place))) for place in places(spec) if of(place)]
    return simulate(Bucket(rules, immutable_days=spec.immutable_days), tools, begin, days=days)


def outage(spec: BucketSpec, begin: date) -> Callable[[Place], Sequence[date]]:
    """The longest failure of scheduled backups through which every promise still has to hold.

    For pg and psmdb it never ends: without rules on their objects nothing takes the last good backup. For pxc and ps it
    lasts `margin_days`, as the rules derived for them say.
    """

    def of(place: Place) -> Sequence[date]:
        lasts = spec.margin_days if place.tenant.engine in APART else LONGEST + 2 * YEAR
        return range_of(begin + timedelta(days=OUTAGE), lasts)

    return of


def range_of(begin: date, days: int) -> Sequence[date]:
    """So many days from one on."""
    return [begin + timedelta(days=number) for number in range(days)]


def rule_problems(spec: BucketSpec, *, begin: date = BEGIN) -> list[Problem]:
    """What is wrong with the user's own rules, each on its own, and how it would show."""
    problems: list[Problem] = []
    derived = derived_rules(spec)
    taken = {rule.name for rule in derived}
    for index, rule in enumerate(user_rules(spec)):
        path = f"extra_rules[{index}]"
        if rule.name in taken:
            message = f'"{rule.name}" is the name of another rule of this bucket; choose another'
            problems.append(Problem(f"{path}.name", message))
        taken.add(rule.name)
        if found := _problem(spec, rule, derived, begin):
            problems.append(Problem(path, found))
        elif rule.action == "transition" and (
            refused := transition_problem(spec.provider, rule.storage_class, rule.days)
        ):
            problems.append(Problem(f"{path}.{refused[0]}", refused[1]))
    return problems


def _problem(spec: BucketSpec, rule: Rule, derived: Sequence[Rule], begin: date) -> str | None:
    touched = _different([place for place in places(spec) if place.touched_by(rule)], rule)
    if rule.storage_class.upper() in ARCHIVES and touched:
        return (
            f"{rule.storage_class} is an archive, and a restore of {touched[0].told} cannot wait for hours, nor pay "
            "for reading early; leave the rule out, or copy backups to a bucket of their own"
        )
    if not touched or rule.action != "expire":
        return None
    if rule.days > LONGEST:
        return f"{rule.days} days are more than can be tried on {touched[0].told}; write {LONGEST} at most"
    days = max(YEAR, rule.days + OUTAGE + 40)
    rules = (*derived, rule)
    if broken := broken_by(spec, rules, begin=begin, days=days, of=touched.__contains__):
        return _told(spec, rule, broken, begin, "")
    failing = outage(spec, begin)
    if broken := broken_by(spec, rules, begin=begin, days=days, failing=failing, of=touched.__contains__):
        since = begin + timedelta(days=OUTAGE)
        return _told(spec, rule, broken, begin, f" where scheduled backups fail from {since} on", failing)
    return None


def _different(found: Sequence[Place], rule: Rule) -> list[Place]:
    """One of each kind: databases that are backed up alike, and that the rule holds for alike, end alike."""
    kinds: dict[tuple[str, str, str], Place] = {}
    for place in found:
        within = rule.prefix.removeprefix(place.prefix) if rule.prefix.startswith(place.prefix) else ""
        database = place.database.model_copy(update={"incarnation": 1})
        kinds.setdefault((place.tenant.engine, within, database.model_dump_json()), place)
    return list(kinds.values())


def _told(
    spec: BucketSpec,
    rule: Rule,
    broken: Broken,
    begin: date,
    when: str,
    failing: Callable[[Place], Sequence[date]] = lambda _: (),
) -> str:
    until = promised_until(spec, broken, begin, failing)
    kept = f"kept until {until}" if until else "kept until newer ones are made"
    of = f" below {rule.prefix}" if rule.prefix else ""
    return (
        f"{broken.what} of {broken.database}, {kept}, would be gone on {broken.day}{when}, because the rule deletes "
        f"objects{of} at an age of {rule.days} days; leave it out, or give it a prefix that no database writes to"
    )


def promised_until(
    spec: BucketSpec, broken: Broken, begin: date, failing: Callable[[Place], Sequence[date]] = lambda _: ()
) -> date | None:
    """The day on which retention itself would have dropped what was broken; None where it would not for a year."""
    (place,) = [one for one in places(spec) if broken.name.startswith(f"{one.prefix}/")]
    tool = place.tool(failing(place))
    for day in range_of(begin, (broken.day - begin).days + YEAR):
        tool.of_day(day)
        if day >= broken.day and not _still(tool, broken):
            return day
    return None


def _still(tool: Tool, broken: Broken) -> bool:
    kind, _, on = broken.what.partition(" of ")
    if kind == "logs":
        return any(one.at.date() <= date.fromisoformat(on) for one in tool.promised)
    return any(one.kind == kind and one.at.date() == date.fromisoformat(on) for one in tool.promised)
