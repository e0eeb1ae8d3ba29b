"""`dbaas plan`: what an `up` of a stack would make, in order, with its gates."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dbaas_components.cli.project import engine_config, find_project
from dbaas_components.cli.tables import add_row, output, print_table, table
from dbaas_components.evaluate import evaluate
from dbaas_components.planning import Step, steps


def plan_command(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Name of the stack: Pulumi.<stack>.yaml.")],
    project: Annotated[
        Path, typer.Option("--project", help="Folder of the Pulumi project.", show_default="here")
    ] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what an `up` of the stack would make, in order, with its gates. Needs no engine, cluster or credentials."""
    found = find_project(project)
    config, secret_keys = engine_config(found.config(stack))
    graph = evaluate(found.program, project=found.name, stack=stack, config=config, secret_config=secret_keys)
    planned = steps(graph)
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(step) for step in planned], indent=2))
    else:
        _tell(output(), stack, planned)


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
