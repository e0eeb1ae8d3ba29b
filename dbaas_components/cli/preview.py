"""`dbaas preview`: what the engine itself means to do, in the words of databases."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

from dbaas_components.cli.project import Project, find_project
from dbaas_components.cli.refusal import Refusal
from dbaas_components.cli.written_report import write_report
from dbaas_components.cost.prices import PriceError, read_prices
from dbaas_components.diff.failures import DiffError
from dbaas_components.diff.preview.running import Output, build_report, recorded, run_engine, run_own
from dbaas_components.diff.writing import FORMATS
from dbaas_components.errors import SpecError


def preview_command(
    stack: Annotated[str | None, typer.Option("--stack", "-s", help="Name of the stack: Pulumi.<stack>.yaml.")] = None,
    project: Annotated[
        Path, typer.Option("--project", help="Folder of the Pulumi project.", show_default="here")
    ] = Path(),
    form: Annotated[str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.")] = "terminal",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write the report to.")] = None,
    gate: Annotated[
        Path | None, typer.Option("--gate", help="Policy of what is allowed; default: .dbaas/gate.yaml of the project.")
    ] = None,
    recording: Annotated[
        str | None,
        typer.Option("--from", help="Output of `pulumi preview --json --show-sames` to read, - for standard input."),
    ] = None,
    events: Annotated[
        Path | None, typer.Option("--events", help="Event log of the same preview: has what policies say.")
    ] = None,
    policy_pack: Annotated[
        list[Path] | None, typer.Option("--policy-pack", help="Folder of a Pulumi policy pack; may be repeated.")
    ] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Let the engine look at what there is first.")] = False,
    engine: Annotated[str, typer.Option("--engine", help="The engine's program.")] = "pulumi",
    seconds: Annotated[float, typer.Option("--timeout", min=1, help="Seconds that the engine may take.")] = 1800.0,
    prices: Annotated[
        str | None, typer.Option("--prices", help="Price table: a YAML file, or an example (aws, gcp).")
    ] = None,
) -> None:
    """Run the engine's preview and tell it in words of databases. Needs what `pulumi preview` needs.

    Exits with 0 if the gate lets the change through, 1 if there is no preview to read, 2 for wrong usage; refused, with
    10 and the number of the worst refused class as `dbaas diff` does, 10 alone also for a preview that is incomplete.
    """
    if form not in FORMATS:
        raise typer.BadParameter(f'"{form}" is none of {", ".join(FORMATS)}', param_hint="--format")
    try:
        table = read_prices(prices) if prices is not None else None
        if recording is not None:
            text = sys.stdin.read() if recording == "-" else None
            found = recorded(None if recording == "-" else Path(recording), text, events)
            folder = _folder(project)
        else:
            described = find_project(project)
            folder, name = described.folder, stack or _only_stack(described)
            stack = name
            described.stack_settings(name)
            found = _run(described, name, engine, seconds, policy_pack or [], refresh)
        report, _ = build_report(found, folder, gate, table, stack or "")
        write_report(report, form, output)
    except (DiffError, PriceError) as error:
        raise Refusal(str(error)) from None
    if not report.passed:
        raise typer.Exit(report.exit_code)


def _folder(project: Path) -> Path:
    try:
        return find_project(project).folder
    except SpecError:
        return project  # A recorded preview can be read where no project is.


def _only_stack(project: Project) -> str:
    if len(project.stacks) == 1:
        return project.stacks[0]
    raise Refusal(f"no stack is named, and {project.folder} has {', '.join(project.stacks) or 'none'}; use --stack")


def _run(project: Project, stack: str, engine: str, seconds: float, packs: list[Path], refresh: bool) -> Output:
    if engine == "pulumi" and _is_own(project):
        with _refusals():
            return run_own(project, stack, packs, refresh)
    return run_engine(project.folder, stack, engine, seconds, packs, refresh)


def _is_own(project: Project) -> bool:
    """Whether it is the checkout whose program `dbaas up` runs, with parts of its own."""
    if importlib.util.find_spec("embedded") is None or importlib.util.find_spec("stacks") is None:
        return False
    return project.folder == importlib.import_module("stacks.settings").PROJECT_FOLDER


def _refusals() -> AbstractContextManager[None]:
    commands: Any = importlib.import_module("embedded.commands")
    return commands.refusals()
