"""The report for programs; `docs/diff.schema.json` is its schema."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from dbaas_components.cost.costs import Cost, Costs
from dbaas_components.diff.compare import Change
from dbaas_components.diff.report.escaping import value_text
from dbaas_components.diff.report.model import Report, Side
from dbaas_components.diff.report.sentences import expected, happens, undone

FORMAT: Final = "dbaas-diff/1"


def json_report(report: Report) -> str:
    """The whole report as JSON, in a stable order. Values are text, cut to one line; secrets are never in it."""
    return json.dumps(as_values(report), indent=2, ensure_ascii=True) + "\n"


def as_values(report: Report) -> dict[str, Any]:
    """The same as plain values."""
    refused = {id(one) for one in report.refused}
    values: dict[str, Any] = {
        "format": FORMAT,
        "stack": report.stack,
        "base": _side(report.base),
        "head": _side(report.head),
        "verdict": {
            "passed": report.passed,
            "exit_code": report.exit_code,
            "worst": None if report.failure else report.worst.slug,
            "counts": {effect.slug: count for effect, count in report.counts().items()},
            "policy": report.gate or None,
            "problems": list(report.problems),
        },
        "changes": [_change(one, report, id(one) in refused) for one in report.changes],
        "notes": list(report.notes),
    }
    if report.failure:
        values["failure"] = report.failure
    if report.engine is not None:
        values["engine"] = {name: list(texts) for name, texts in asdict(report.engine).items()}
    if report.costs is not None:
        values["costs"] = _costs(report.costs)
    return values


def _costs(costs: Costs) -> dict[str, Any]:
    before, after = costs.total
    return {
        "currency": costs.currency,
        "table": costs.table,
        "example": costs.example,
        "before": round(before, 2),
        "after": round(after, 2),
        "tenants": [
            {"tenant": name or None, "before": round(old, 2), "after": round(new, 2)}
            for name, (old, new) in sorted(costs.tenants.items())
        ],
        "databases": [
            {
                "tenant": line.owner.tenant or None,
                "database": line.owner.database,
                "namespace": line.owner.namespace or None,
                "region": line.owner.region or None,
                "before": _parts(line.before),
                "after": _parts(line.after),
                "notes": list(line.notes),
            }
            for line in costs.databases
        ],
        "notes": list(costs.notes),
    }


def _parts(cost: Cost | None) -> dict[str, float] | None:
    if cost is None:
        return None
    return {name: round(value, 2) for name, value in (*asdict(cost).items(), ("total", cost.total))}


def _side(side: Side) -> dict[str, Any]:
    return {
        "name": side.name,
        "origin": side.origin,
        "versions": dict(side.versions),
        "isolation": list(side.isolation),
        "cached": side.cached,
    }


def _change(change: Change, report: Report, refused: bool) -> dict[str, Any]:
    owner = change.owner
    return {
        "tenant": owner.tenant or None,
        "database": owner.database or None,
        "namespace": owner.namespace or None,
        "region": owner.region or None,
        "class": change.effect.slug,
        "kind": change.kind,
        "object": change.object_name,
        "path": change.path or None,
        "word": change.word,
        "old": None if change.old is None else value_text(change.old),
        "new": None if change.new is None else value_text(change.new),
        "happens": happens(change),
        "takes": expected(change) or None,
        "undo": undone(change) or None,
        "pods": list(change.pods),
        "order": change.order or None,
        "source": change.source or None,
        "listed": change.listed,
        "refused": refused,
        "approval": report.approved_by(change) or None,
        "urn": change.urn,
    }
