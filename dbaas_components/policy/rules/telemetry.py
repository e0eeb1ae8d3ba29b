"""That somebody sees what goes on, and can find out afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dbaas_components.policy.databases import is_critical, is_engine, is_guarded
from dbaas_components.policy.fragments import database, examples
from dbaas_components.policy.inventory import Inventory
from dbaas_components.policy.item import Item
from dbaas_components.policy.rule import Rule, Severity, Violation


def _monitored(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.at("spec.pmm.enabled") is not True:
        yield Violation("spec.pmm.enabled", "is not true: nobody sees it slow down or fill up")


def _logs_kept(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.at("spec.logcollector.enabled") is False:
        yield Violation("spec.logcollector.enabled", "is false: the log of a server that fell is gone with its pod")


def _audited(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.at("spec.extensions.builtin.pg_audit") is False:
        yield Violation("spec.extensions.builtin.pg_audit", "is false: who changed what can never be found out")


RULES: Final = (
    Rule(
        id="telemetry/monitored",
        severity=Severity.WARNING,
        reason="an outage announces itself days before in what nobody looks at",
        fix="write `observability.pmm`, with the PMM server of the platform",
        applies=is_guarded,
        check=_monitored,
        examples=examples(database("pxc", {"pmm": {"enabled": True}}), database("pxc", {"pmm": {"enabled": False}})),
    ),
    Rule(
        id="telemetry/logs-kept",
        severity=Severity.WARNING,
        reason="why a server fell stands in the log of the server that fell",
        fix="leave the log collector on",
        applies=is_engine("pxc", "psmdb"),
        check=_logs_kept,
        examples=examples(
            database("pxc", {"logcollector": {"enabled": True}}), database("pxc", {"logcollector": {"enabled": False}})
        ),
    ),
    Rule(
        id="telemetry/audited",
        severity=Severity.WARNING,
        reason="whoever has to answer for critical data is asked who changed it",
        fix="leave `audit` on",
        applies=lambda item: is_critical(item) and item.kind == "PerconaPGCluster",
        check=_audited,
        examples=examples(
            database("pg", {"extensions": {"builtin": {"pg_audit": True}}}, profile="critical"),
            database("pg", {"extensions": {"builtin": {"pg_audit": False}}}, profile="critical"),
        ),
    ),
)
