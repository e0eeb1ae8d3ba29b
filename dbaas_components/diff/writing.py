"""A report in the form that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from dbaas_components.diff.report.json_form import json_report
from dbaas_components.diff.report.junit import junit
from dbaas_components.diff.report.markdown import markdown_report
from dbaas_components.diff.report.model import Report
from dbaas_components.diff.report.terminal import terminal


def _terminal(report: Report) -> str:
    return "".join(f"{line.plain}\n" for line in terminal(report))


FORMATS: Final[Mapping[str, Callable[[Report], str]]] = MappingProxyType(
    {"terminal": _terminal, "markdown": markdown_report, "json": json_report, "junit": junit}
)
"""Every form by its name."""


def written(report: Report, form: str) -> str:
    """The whole report as text."""
    return FORMATS[form](report)
