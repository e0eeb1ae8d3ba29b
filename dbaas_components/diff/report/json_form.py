"""The report for programs; `docs/diff.schema.json` is its schema."""

from __future__ import annotations

import json
from typing import Any, Final

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
    return {
        "format": FORMAT,
        "stack": report.stack,
        "base": _side(report.base),
        "head": _side(report.head),
        "verdict": {
            "passed": report.passed,
            "worst": report.worst.slug,
            "counts": {effect.slug: count for effect, count in report.counts().items()},
            "policy": report.gate or None,
            "problems": list(report.problems),
        },
        "changes": [_change(one, report, id(one) in refused) for one in report.changes],
        "notes": list(report.notes),
    }


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
