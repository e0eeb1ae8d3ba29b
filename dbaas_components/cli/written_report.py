"""Writes a report of changes to a file, a terminal or a pipe."""

from __future__ import annotations

import sys
from pathlib import Path

import typer
from rich.console import Console

from dbaas_components.cli.refusal import Refusal
from dbaas_components.diff.report.model import Report
from dbaas_components.diff.writing import written


def write_report(report: Report, form: str, output: Path | None) -> None:
    """Writes the report in one of `FORMATS`. Raises `Refusal` where the file cannot be written."""
    text = written(report, form)
    if output is not None:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise Refusal(f"{error.filename or output}: {error.strerror or error}") from None
    elif form == "terminal":
        print_text(text)
    else:
        typer.echo(text, nl=False)


def print_text(text: str) -> None:
    """Prints a report for a person; its control characters are escaped already."""
    from rich.text import Text

    Console(highlight=False, soft_wrap=True).print(Text.from_ansi(text) if sys.stdout.isatty() else Text(text), end="")
