"""Names that fit, and labels that say who answers for a thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dbaas_components.labels import COST_CENTRE, ENVIRONMENT, MAINTENANCE_WINDOW, OWNER
from dbaas_components.policy.databases import engine_of, is_critical, is_database, is_guarded
from dbaas_components.policy.fragments import database, examples, manifest
from dbaas_components.policy.inventory import Inventory
from dbaas_components.policy.item import Item, value_at
from dbaas_components.policy.rule import Rule, Severity, Violation

# PXC operator 1.20.0 and PSMDB 1.22.0 (with the name of the replica set) refuse longer ones; with PG 3.0.0 and PS
# 1.2.0 the labels of pods would pass Kubernetes' 63 characters.
_LONGEST: Final = {"pg": 30, "ps": 38, "pxc": 22}
_LONGEST_TOGETHER: Final = 50
_LONGEST_SCHEDULE: Final = 57


def _fits(item: Item, _: Inventory) -> Iterator[Violation]:
    name, engine = item.object_name, engine_of(item) or ""
    limit = _LONGEST.get(engine)
    if limit is None:
        sets = [str(value_at(members, "name") or "rs0") for members in item.items("spec.replsets")]
        limit = _LONGEST_TOGETHER - max((len(one) for one in sets), default=len("rs0"))
    if len(name) > limit:
        yield Violation("metadata.name", f"{name} has {len(name)} characters; {limit} are possible")


def _named_schedules(item: Item, _: Inventory) -> Iterator[Violation]:
    for path in ("spec.backup.schedule", "spec.backup.tasks"):
        names = [str(value_at(one, "name")) for one in item.items(path)]
        for number, name in enumerate(names):
            if len(name) > _LONGEST_SCHEDULE:
                yield Violation(
                    f"{path}[{number}].name", f"has {len(name)} characters; {_LONGEST_SCHEDULE} are possible"
                )
            if name in names[:number]:
                yield Violation(f"{path}[{number}].name", f'"{name}" stands there twice: only one of them runs')


def _owner(item: Item, _: Inventory) -> Iterator[Violation]:
    missing = [label for label in (OWNER, ENVIRONMENT) if item.labels.get(label) is None]
    if missing:
        yield Violation("metadata.labels", f"says nothing of {' and '.join(missing)}")


def _payer(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.labels.get(COST_CENTRE) is None:
        yield Violation("metadata.labels", f"says nothing of {COST_CENTRE}")


def _window(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.mapping("metadata.annotations").get(MAINTENANCE_WINDOW) is None:
        yield Violation("metadata.annotations", f"says nothing of {MAINTENANCE_WINDOW}")


def _enforced(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.labels.get("pod-security.kubernetes.io/enforce") in (None, "privileged"):
        yield Violation("metadata.labels", "pod-security.kubernetes.io/enforce is missing or privileged")


def _namespace(labels: dict[str, str]) -> dict[str, object]:
    return {"metadata": {"name": "shop", "labels": labels}}


_OWNED = {OWNER: "payments", ENVIRONMENT: "production"}

RULES: Final = (
    Rule(
        id="naming/fits",
        severity=Severity.ERROR,
        reason="the operator refuses the database, or never gets its pods up, after all else is made",
        fix="shorten the name",
        applies=is_database,
        check=_fits,
        examples=examples(database("pxc", name="orders"), database("pxc", name="orders-of-the-european-shop")),
    ),
    Rule(
        id="naming/schedules",
        severity=Severity.ERROR,
        reason="the operator makes an object of each schedule's name",
        fix="give every schedule a short name of its own",
        applies=is_database,
        check=_named_schedules,
        examples=examples(
            database("pxc", {"backup": {"schedule": [{"name": "daily"}, {"name": "weekly"}]}}),
            database("pxc", {"backup": {"schedule": [{"name": "daily"}, {"name": "daily"}]}}),
        ),
    ),
    Rule(
        id="ownership/owner",
        severity=Severity.ERROR,
        reason="at night somebody has to know whom to call",
        fix="write `owner` and `environment`, or `ownership` for the whole stack",
        applies=is_guarded,
        check=_owner,
        examples=examples(database("pg", labels=_OWNED), database("pg")),
    ),
    Rule(
        id="ownership/cost-centre",
        severity=Severity.WARNING,
        reason="what nobody pays for nobody turns off",
        fix="write `cost_centre`, or `ownership` for the whole stack",
        applies=is_guarded,
        check=_payer,
        examples=examples(database("pg", labels={COST_CENTRE: "4711"}), database("pg")),
    ),
    Rule(
        id="ownership/maintenance-window",
        severity=Severity.WARNING,
        reason="whoever restarts it has to know when that hurts least",
        fix="write `maintenance.window`",
        applies=is_critical,
        check=_window,
        examples=examples(
            database("pg", profile="critical", annotations={MAINTENANCE_WINDOW: "sun 03:00-05:00"}),
            database("pg", profile="critical"),
        ),
    ),
    Rule(
        id="access/pod-security",
        severity=Severity.WARNING,
        reason="without a level every pod in the namespace may take the node",
        fix='label the namespace `pod-security.kubernetes.io/enforce: "baseline"` or `"restricted"`',
        applies=lambda item: item.type == "kubernetes:core/v1:Namespace",
        check=_enforced,
        examples=examples(
            manifest("v1", "Namespace", _namespace({"pod-security.kubernetes.io/enforce": "baseline"})),
            manifest("v1", "Namespace", _namespace({})),
        ),
    ),
)
