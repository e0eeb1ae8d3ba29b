"""Runs the rules over resources, with waivers, and says what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dbaas_components.evaluate import Graph
from dbaas_components.policy.inventory import Inventory, from_graph
from dbaas_components.policy.item import Item
from dbaas_components.policy.rule import Rule, Severity, Violation
from dbaas_components.policy.rules import RULES
from dbaas_components.policy.waivers import Waiver


@dataclass(frozen=True, slots=True)
class Finding:
    """One resource breaks one rule; `waiver` is the exception that was agreed on, if there is one."""

    rule: Rule
    item: Item
    violation: Violation
    waiver: Waiver | None = None

    @property
    def gates(self) -> bool:
        """Whether it stops what is checked."""
        return self.waiver is None and self.rule.severity is Severity.ERROR

    def __str__(self) -> str:
        where = f"{self.item.kind} {self.item.address}"
        path = f" {self.violation.path}" if self.violation.path else ""
        return f"{self.rule.severity} {self.rule.id}: {where}:{path} {self.violation.message}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. `waiver_problems` are errors too: an exception that is over, or that nothing needs."""

    findings: tuple[Finding, ...]
    waiver_problems: tuple[str, ...]
    rules: tuple[Rule, ...]
    checked: int
    """How many resources were looked at."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that stop what is checked."""
        return tuple(finding for finding in self.findings if finding.gates)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that are only told."""
        severity = Severity.WARNING
        return tuple(one for one in self.findings if one.waiver is None and one.rule.severity is severity)

    @property
    def waived(self) -> tuple[Finding, ...]:
        """Findings that a waiver excuses."""
        return tuple(finding for finding in self.findings if finding.waiver is not None)

    @property
    def passed(self) -> bool:
        """Whether nothing stops what is checked."""
        return not self.errors and not self.waiver_problems


class PolicyError(AssertionError):
    """A graph breaks rules; the message lists them, each with its fix."""


def check(
    inventory: Inventory,
    *,
    rules: Iterable[Rule] = RULES,
    waivers: Iterable[Waiver] = (),
    stack: str = "",
    today: date | None = None,
) -> Report:
    """Every rule over every resource. `today` (default: now, in UTC) decides which waivers are over."""
    day, chosen = today or datetime.now(UTC).date(), tuple(rules)
    counting = [waiver for waiver in waivers if waiver.stack in ("", stack)]
    in_force = [waiver for waiver in counting if waiver.expires >= day]
    findings: list[Finding] = []
    for rule in chosen:
        for item, violation in rule.violations(inventory):
            excused = (one for one in in_force if one.rule == rule.id and one.resource == item.address)
            findings.append(Finding(rule, item, violation, next(excused, None)))
    # By identity: one that is there twice is equal to the one that is used.
    used = {id(finding.waiver) for finding in findings}
    problems = [
        f"{one}: the waiver is over since {one.expires}; mend it, or agree anew"
        for one in counting
        if one.expires < day
    ]
    problems += [f"{one}: the waiver excuses nothing; remove it" for one in in_force if id(one) not in used]
    return Report(tuple(findings), tuple(problems), chosen, len(inventory.items))


def assert_policy(
    graph: Graph,
    *,
    waivers: Iterable[Waiver] = (),
    objectives: Mapping[str, timedelta] | None = None,
    rules: Iterable[Rule] = RULES,
    today: date | None = None,
) -> None:
    """For tests: raises `PolicyError`, an assertion that failed, if a program breaks a rule of severity error.

    `objectives` holds how much of a database (`namespace/name`) a disaster may cost at most. A graph of which nothing
    can be checked fails too: its test would be worth nothing.
    """
    inventory = from_graph(graph, objectives)
    if len(inventory.items) == 1:
        raise PolicyError("the graph holds no resource to check; evaluate the program with the stack's configuration")
    report = check(inventory, rules=rules, waivers=waivers, stack=graph.stack_name, today=today)
    if not report.passed:
        lines = [f"  {finding}\n    fix: {finding.rule.fix}" for finding in report.errors]
        lines += [f"  {problem}" for problem in report.waiver_problems]
        raise PolicyError("\n".join([f"{len(lines)} breaches of policy:", *lines]))
