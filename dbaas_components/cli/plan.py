"""`dbaas plan`: what an `up` of a stack would make, in order, with its gates."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer
from rich.console import Console

from dbaas_components.bootstrap.definition_sources import (
    cached_definitions,
    definitions_beside,
    missing_definitions,
    software_files,
)
from dbaas_components.cli.project import engine_config, find_project
from dbaas_components.cli.tables import add_row, output, print_table, table
from dbaas_components.evaluate import evaluate
from dbaas_components.planning import Step, steps

_DEFINITIONS: Final = "dbaas:custom_resource_definitions"
_REGIONS: Final = "dbaas:regions"


def plan_command(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Name of the stack: Pulumi.<stack>.yaml.")],
    project: Annotated[
        Path, typer.Option("--project", help="Folder of the Pulumi project.", show_default="here")
    ] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what an `up` of the stack would make, in order, with its gates. Needs no engine, cluster or credentials."""
    found = find_project(project)
    given = found.config(stack)
    left_out = leave_definitions_out(given, found.folder)
    config, secret_keys = engine_config(given)
    graph = evaluate(found.program, project=found.name, stack=stack, config=config, secret_config=secret_keys)
    planned = steps(graph)
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(step) for step in planned], indent=2))
    else:
        _tell(output(), stack, planned)
    if left_out:
        typer.echo(left_out, err=True)


def leave_definitions_out(
    config: dict[str, Any], project: Path, done: str = "Planned", by: str = "a plan"
) -> str | None:
    """Has the stack planned without the definitions that an `up` would have to fetch first, and says so; None where
    they are on this machine, or no part of the stack. `done` and `by` say what else than a plan leaves them out."""
    given: object = config.get(_DEFINITIONS) or {}
    if _REGIONS not in config or not isinstance(given, dict):
        return None  # No stack of this library's own, or one that its program refuses.
    settings = cast("dict[str, Any]", given)
    if settings.get("folder") is not None or settings.get("install") is False or definitions_beside(project):
        return None
    software = settings.get("software")
    more = software_files(cast("list[str]", software) if isinstance(software, list) else [])
    missing = missing_definitions(cached_definitions(), more)
    if not missing:
        return None
    config[_DEFINITIONS] = {**settings, "install": False}
    return (
        f"{done} without definitions: {len(missing)} files of them are not on this machine, and {by} fetches "
        f"nothing. An up fetches them first, into {cached_definitions()}, or takes them from the folder that "
        f"{_DEFINITIONS}.folder names."
    )


def _tell(console: Console, stack: str, planned: Sequence[Step]) -> None:
    rows = table("step", "region", "component", "kind", "makes", "after", "then")
    for step in planned:
        cells = (step.region, step.name, step.kind, _makes(step), _numbers(step.after), "; ".join(step.gates))
        add_row(rows, str(step.number), *cells)
    print_table(console, rows)
    total = sum((Counter(step.makes) for step in planned), Counter[str]())
    charts = sum(len(step.charts) for step in planned)
    console.print(
        f"\n{stack}: {len(planned)} steps, {total.total()} objects and resources, {charts} charts; "
        f"{sum(step.protected for step in planned)} are protected, {sum(step.kept for step in planned)} are kept when "
        "they leave the program. A destroy goes the other way.",
        markup=False,
    )


def _makes(step: Step) -> str:
    counted = [f"{count} {kind}" if count > 1 else kind for kind, count in step.makes.items()]
    return ", ".join([*(f"chart {chart}" for chart in step.charts), *counted])


def _numbers(after: tuple[int, ...]) -> str:
    return ", ".join(map(str, after))
