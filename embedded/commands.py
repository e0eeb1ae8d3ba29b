"""The subcommands of `dbaas` that a checkout adds: up, down, clean, doctor.

The rooms they call are imported when a command runs: `dbaas render` needs none of them, nor the packages they use.
"""

from __future__ import annotations

import contextlib
import errno
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from dbaas_components.cli.project import Project, find_project
from dbaas_components.cli.refusal import Refusal
from embedded.progress import ConsoleReport, elapsed

if TYPE_CHECKING:
    from embedded.parts.choice import Choice

StackOption = Annotated[str, typer.Option("--stack", "-s", help="Name of the stack: Pulumi.<stack>.yaml.")]
ProjectOption = Annotated[Path, typer.Option("--project", help="Folder of the Pulumi project.", show_default="here")]


def up(stack: StackOption = "dev", project: ProjectOption = Path()) -> None:
    """Bring the stack to what its settings say, getting or building what this machine lacks."""
    found = _own_project(project)
    started = time.monotonic()
    with refusals():
        from embedded import operations
        from embedded.table import database_table

        outcome = operations.up(found, stack, _report())
        table, notes = database_table(outcome.exports.get("databases", {}), outcome.clusters)
    console = _console()
    console.print(table)
    for note in notes:
        console.print(note, markup=False, soft_wrap=True)
    what = _counted(outcome.changes) if outcome.changed else "no change"
    console.print(f"stack {stack}: {what}, in {elapsed(time.monotonic() - started)}")


def down(stack: StackOption = "dev", project: ProjectOption = Path()) -> None:
    """Destroy what the stack made, in the reverse order, and stop what `up` started."""
    found = _own_project(project)
    with refusals():
        from embedded import operations

        changes = operations.down(found, stack, _report())
    _console().print(f"stack {stack}: {_counted(changes) if changes else 'nothing was there'}")


def clean(stack: StackOption = "dev", project: ProjectOption = Path()) -> None:
    """Destroy the stack and forget everything local of it: control planes, state, passphrase."""
    found = _own_project(project)
    with refusals():
        from embedded import operations

        operations.clean(found, stack, _report())
    _console().print(f"stack {stack}: forgotten")


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
    found = _own_project(project)
    with refusals():
        from embedded.doctor import examine
        from embedded.parts.attempts import forget_failures

        if retry_downloads:
            forget_failures()
        choices, broken = examine(found, stack)
    if as_json:
        print(json.dumps([asdict(choice) for choice in choices], default=str, indent=2))
    else:
        _print_choices(choices)
    raise typer.Exit(1 if broken else 0)


COMMANDS = {"up": up, "down": down, "clean": clean, "doctor": doctor}
"""What a checkout adds to the `dbaas` command."""


def _own_project(folder: Path) -> Project:
    """The project, if it is the one that these commands belong to: they run its program, in this process."""
    from stacks.settings import PROJECT_FOLDER

    found = find_project(folder)
    if found.folder != PROJECT_FOLDER:
        raise Refusal(f"{found.folder} is another project than {PROJECT_FOLDER}; use `pulumi` there")
    return found


def _console() -> Console:
    """Standard output; wide where it is no terminal, since a log or a pipe has no edge to fold at."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=max(console.width, 200))


def _report() -> ConsoleReport:
    return ConsoleReport(Console(stderr=True))


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Turns every refusal of the embedded rooms into the one that the command line prints without a traceback."""
    from embedded.control_plane import ControlPlaneError
    from embedded.engine_errors import EngineFailure
    from embedded.go_toolchain import BuildError
    from embedded.parts.choice import PartError

    try:
        yield
    except (BuildError, ControlPlaneError, EngineFailure, PartError) as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        place = error.filename or "the cache or the checkout"
        raise Refusal(f"no space is left on the disk that holds {place}; free some, then run it again") from None


def _counted(changes: Mapping[str, int]) -> str:
    words = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced", "same": "unchanged"}
    return ", ".join(f"{count} {words.get(operation, operation)}" for operation, count in sorted(changes.items()))


def _print_choices(choices: list[Choice]) -> None:
    console = _console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("part", "choice", "version", "from", "state", "what mends it"):
        table.add_column(title, overflow="fold")
    for choice in choices:
        state = "ready" if choice.ready else "missing"
        table.add_row(choice.part, choice.what, choice.version, choice.origin, state, choice.remedy or "-")
    console.print(table)
    for choice in choices:
        for note in choice.notes:
            console.print(f"{choice.part}: {note}", markup=False, soft_wrap=True)
