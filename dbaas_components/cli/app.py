"""The `dbaas` command's frame: its commands, and what a person sees when one refuses."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

import click
import typer
from rich.console import Console

from dbaas_components.cli.project import find_project
from dbaas_components.cli.refusal import Refusal
from dbaas_components.cli.render import render_command
from dbaas_components.errors import SpecError


def build_app() -> typer.Typer:
    """The command with all its subcommands; those of a checkout's `embedded` folder where there is one."""
    app = typer.Typer(
        name="dbaas",
        help="Databases on Kubernetes, from a Pulumi program.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.command("render")(render_command)
    # Only a checkout has the parts that make a bare machine enough; the wheel works with the user's own.
    _prefer_checkout()
    if importlib.util.find_spec("embedded") is not None:
        importlib.import_module("embedded.commands").add_commands(app)
    return app


def _prefer_checkout() -> None:
    """Makes the project's own `embedded` and `stacks` importable when the command runs inside a checkout."""
    try:
        folder = str(find_project(Path.cwd()).folder)
    except SpecError:
        return
    if (Path(folder) / "embedded" / "commands.py").is_file() and folder not in sys.path:
        sys.path.insert(0, folder)


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code; a refusal is one message on standard error."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        result: object = typer.main.get_command(build_app())(arguments, standalone_mode=False)
    except click.exceptions.Abort:
        return _interrupted(console)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except KeyboardInterrupt:
        return _interrupted(console)
    except (SpecError, Refusal) as error:
        return _refused(console, str(error))
    return result if isinstance(result, int) else 0


def _refused(console: Console, message: str) -> int:
    console.print(f"error: {message}", style="red", markup=False)
    return 1


def _interrupted(console: Console) -> int:
    console.print("interrupted; the same command goes on from here", markup=False)
    return 130
