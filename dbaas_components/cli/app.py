"""The `dbaas` command's frame: its commands, and what a person sees when one refuses."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

import pulumi
import typer
from rich.console import Console

from dbaas_components.cli.adopt import adopt_command
from dbaas_components.cli.catalog import catalog_command
from dbaas_components.cli.check import check_command
from dbaas_components.cli.diff import diff_command
from dbaas_components.cli.dr import dr_app
from dbaas_components.cli.drift import drift_command
from dbaas_components.cli.explain import explain_command
from dbaas_components.cli.plan import plan_command
from dbaas_components.cli.preview import preview_command
from dbaas_components.cli.project import find_project
from dbaas_components.cli.refusal import Refusal
from dbaas_components.cli.render import render_command
from dbaas_components.cli.rotate_password import rotate_password_command
from dbaas_components.cli.schema import schema_command
from dbaas_components.errors import SpecError

_Arguments = ParamSpec("_Arguments")


def build_app() -> typer.Typer:
    """The command with all its subcommands; those of a checkout's `embedded` folder where there is one."""
    app = typer.Typer(
        name="dbaas",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    # Typer makes an app of a single command, as in the wheel, that command itself: `dbaas render` would not be known.
    # With a callback the commands keep their names.
    app.callback()(_dbaas)
    commands: dict[str, Callable[..., None]] = {
        "plan": plan_command,
        "check": check_command,
        "diff": diff_command,
        "preview": preview_command,
        "drift": drift_command,
        "render": render_command,
        "explain": explain_command,
        "catalog": catalog_command,
        "schema": schema_command,
        "adopt": adopt_command,
        "rotate-password": rotate_password_command,
    }
    # Only a checkout has the parts that make a bare machine enough; the wheel works with the user's own.
    _prefer_checkout()
    if importlib.util.find_spec("embedded") is not None:
        commands |= importlib.import_module("embedded.commands").COMMANDS
    for name, command in commands.items():
        app.command(name)(_without_traceback(command))
    app.add_typer(dr_app(_without_traceback), name="dr")
    return app


def _dbaas() -> None:
    """Databases on Kubernetes, from a Pulumi program."""


def _prefer_checkout() -> None:
    """Makes the project's own `embedded` and `stacks` importable when the command runs inside its own checkout.

    In no other folder: a pull request that is being judged could bring an `embedded` of its own, and would run here.
    """
    try:
        folder = find_project(Path.cwd()).folder
    except SpecError:
        return  # Not in a project; the command itself says so if it needs one.
    if folder.resolve() != Path(__file__).resolve().parents[2]:
        return
    if (folder / "embedded" / "commands.py").is_file() and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _without_traceback(command: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """The command with its refusals told in one message, and with the documented exit codes."""

    @functools.wraps(command)
    def told(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        # Whoever ends us otherwise than by Ctrl-C also wants the engine to stop in order and not to run on alone.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        try:
            command(*args, **kwargs)
        # A RunError, as SpecError is one, is a program's way to end with a message alone. Any other error of a program
        # is a bug in it, which its traceback helps to find.
        except (pulumi.RunError, Refusal) as error:
            console.print(f"error: {error}", style="red", markup=False)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            console.print("interrupted; the same command goes on from here", markup=False)
            raise typer.Exit(130) from None

    return told
