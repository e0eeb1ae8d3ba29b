"""The subcommands of `dbaas` that a checkout adds: up, down, clean, doctor."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dbaas_components.cli.project import find_project
from dbaas_components.cli.refusal import Refusal
from embedded import operations
from embedded.builds import BuildError
from embedded.doctor import examine
from embedded.engine_errors import EngineFailure
from embedded.parts.attempts import forget_failures
from embedded.parts.choice import PartError
from embedded.progress import ConsoleReport, elapsed
from embedded.table import database_table

StackOption = Annotated[str, typer.Option("--stack", "-s", help="Name of the stack: Pulumi.<stack>.yaml.")]
ProjectOption = Annotated[Path, typer.Option("--project", help="Folder of the Pulumi project.", show_default="here")]


def add_commands(app: typer.Typer) -> None:
    """Adds this checkout's commands to the `dbaas` command."""
    app.command("up")(up)
    app.command("down")(down)
    app.command("clean")(clean)
    app.command("doctor")(doctor)


def up(stack: StackOption = "dev", project: ProjectOption = Path()) -> None:
    """Bring the stack to what its settings say, getting or building what this machine lacks."""
    found = find_project(project)
    started = time.monotonic()
    with _refusals():
        outcome = operations.up(found, stack, _report())
        console = Console(soft_wrap=False)
        table, notes = database_table(outcome.exports.get("databases", {}), outcome.clusters)
    console.print(table)
    for note in notes:
        console.print(note, markup=False, highlight=False)
    what = "no change" if not outcome.changed else _counted(outcome.changes)
    console.print(f"stack {stack}: {what}, in {elapsed(time.monotonic() - started)}", highlight=False)


def down(stack: StackOption = "dev", project: ProjectOption = Path()) -> None:
    """Destroy what the stack made, in the reverse order, and stop what `up` started."""
    found = find_project(project)
    with _refusals():
        changes = operations.down(found, stack, _report())
    Console().print(f"stack {stack}: {_counted(changes) if changes else 'nothing was there'}", highlight=False)


def clean(stack: StackOption = "dev", project: ProjectOption = Path()) -> None:
    """Destroy the stack and forget everything local of it: control planes, state, passphrase."""
    found = find_project(project)
    with _refusals():
        operations.clean(found, stack, _report())
    Console().print(f"stack {stack}: forgotten", highlight=False)


def doctor(
    stack: StackOption = "dev",
    project: ProjectOption = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    retry_downloads: Annotated[
        bool, typer.Option("--retry-downloads", help="Try again downloads that failed within the last day.")
    ] = False,
) -> None:
    """Show which parts would be used, their versions, where they come from, and what mends a missing one.

    Exits with 1 if a part is missing that `make up` could not get by itself.
    """
    if retry_downloads:
        forget_failures()
    found = find_project(project)
    with _refusals():
        choices, broken = examine(found, stack)
    if as_json:
        print(json.dumps([asdict(choice) for choice in choices], default=str, indent=2))
    else:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("part", "choice", "version", "from", "state", "what mends it"):
            table.add_column(title, overflow="fold")
        console = Console()
        for choice in choices:
            state = "ready" if choice.ready else "missing"
            table.add_row(choice.part, choice.what, choice.version, choice.origin, state, choice.remedy or "-")
        console.print(table)
        for choice in choices:
            for note in choice.notes:
                console.print(f"{choice.part}: {note}", markup=False, highlight=False)
    raise typer.Exit(1 if broken else 0)


def _report() -> ConsoleReport:
    return ConsoleReport(Console(stderr=True))


class _refusals:
    """Turns every refusal of the embedded rooms into the one that the command line prints without a traceback."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, BuildError | PartError | EngineFailure):
            raise Refusal(str(error)) from None
        if isinstance(error, OSError) and error.errno == 28:
            raise Refusal(
                f"no space is left on the disk that holds {error.filename or 'the cache'}; free some"
            ) from None


def _counted(changes: dict[str, int]) -> str:
    words = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced", "same": "unchanged"}
    return ", ".join(f"{count} {words.get(operation, operation)}" for operation, count in sorted(changes.items()))
