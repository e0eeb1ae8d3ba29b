"""`dbaas diff`: what a change of the program does to the databases, before anything is applied."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from dbaas_components.bootstrap.definition_sources import cached_definitions, definitions_beside
from dbaas_components.cli.refusal import Refusal
from dbaas_components.cli.written_report import write_report
from dbaas_components.cost.prices import PriceError, read_prices
from dbaas_components.diff.failures import DiffError
from dbaas_components.diff.running import Options, report_or_failure, save
from dbaas_components.diff.writing import FORMATS


def diff_command(
    base: Annotated[
        str, typer.Argument(help="What there is: a git revision, a folder (of a project or a render) or a saved graph.")
    ],
    head: Annotated[
        str | None, typer.Argument(help="What is wanted; the project's folder as it stands unless named.")
    ] = None,
    stack: Annotated[str | None, typer.Option("--stack", "-s", help="Name of the stack: Pulumi.<stack>.yaml.")] = None,
    project: Annotated[
        Path, typer.Option("--project", help="Folder of the Pulumi project, for revisions.", show_default="here")
    ] = Path(),
    form: Annotated[str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.")] = "terminal",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write the report to.")] = None,
    gate: Annotated[
        Path | None, typer.Option("--gate", help="Policy of what is allowed; default: .dbaas/gate.yaml of BASE.")
    ] = None,
    save_to: Annotated[
        Path | None, typer.Option("--save", help="Save the graph of BASE to this file and compare nothing.")
    ] = None,
    seconds: Annotated[float, typer.Option("--timeout", min=1, help="Seconds that each side may take.")] = 120.0,
    python: Annotated[
        str, typer.Option("--python", help="Interpreter that evaluates both sides.", show_default="this one")
    ] = sys.executable,
    definitions: Annotated[
        Path | None,
        typer.Option(
            "--definitions",
            help="Folder with the operators' definitions, for a program that installs them and has no network here; "
            "default: ../shared/crds, else those fetched before.",
        ),
    ] = None,
    readable: Annotated[
        list[Path] | None,
        typer.Option(
            "--readable",
            exists=True,
            help="Folder that both programs may read too, such as charts kept beside the project; repeatable.",
        ),
    ] = None,
    prices: Annotated[
        str | None, typer.Option("--prices", help="Price table: a YAML file, or an example (aws, gcp).")
    ] = None,
    without_isolation: Annotated[
        bool,
        typer.Option(
            "--without-isolation",
            help="Run both programs although this machine cannot cut them off from network and files.",
        ),
    ] = False,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="Keep graphs of sides that do not change.")] = True,
) -> None:
    """Show what changes from BASE to HEAD, in words of databases. Needs no engine, cluster, login or secret.

    Exits with 0 if the gate lets the change through, 1 if a side cannot be evaluated, 2 for wrong usage; refused, with
    10 and the worst refused class: 11 online, 12 rolling restart, 13 failover, 14 one-way, 15 less protection, 16
    replace, 17 data loss; with 10 alone for what is no change, such as an approval that matches none.
    """
    if form not in FORMATS:
        raise typer.BadParameter(f'"{form}" is none of {", ".join(FORMATS)}', param_hint="--format")
    try:
        table = read_prices(prices) if prices is not None else None
        options = Options(
            stack,
            project,
            gate,
            seconds,
            python,
            cache,
            definitions or _definitions(project),
            table,
            without_isolation,
            tuple(readable or ()),
        )
        if save_to is not None:
            save(base, save_to, options)
            return
        report = report_or_failure(base, head if head is not None else str(project), options)
    except (DiffError, PriceError) as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        raise Refusal(f"{error.filename or output}: {error.strerror or error}") from None
    if report.failure:
        # A person at a terminal has the message alone; who asked for a report of a form gets one.
        if form != "terminal" or output is not None:
            write_report(report, form, output)
        raise Refusal(report.failure)
    write_report(report, form, output)
    if not report.passed:
        raise typer.Exit(report.exit_code)


def _definitions(project: Path) -> Path | None:
    folder = definitions_beside(project.resolve()) or cached_definitions()
    return folder if folder.is_dir() else None
