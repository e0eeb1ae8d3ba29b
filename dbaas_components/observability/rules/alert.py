"""One alert, and how it becomes a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Severity = Literal["critical", "warning"]
"""`critical` wakes somebody, `warning` waits for the morning."""

DEFAULT_RUNBOOKS: Final = "docs/runbooks"
"""Where the runbooks are in this project; set the address at which your people read them."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What is watched, from when on it is told, and in which words."""

    name: str
    """Also the name of its runbook, `<name>.md`."""
    expression: str
    """PromQL that has a result as long as it is so."""
    hold: str
    """How long it has to be so before it is told, in Prometheus' notation: `15m`."""
    severity: Severity
    summary: str
    """One line. `{{ $value }}` is what the expression found."""
    description: str
    """What it means, in one or two sentences."""

    def rule(self, labels: Mapping[str, str], runbooks: str) -> dict[str, Any]:
        """The alerting rule; `labels` are put on the alert beside its severity, `runbooks` is a base address."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.hold,
            "labels": {"severity": self.severity, **labels},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{runbooks.rstrip('/')}/{self.name}.md",
            },
        }
