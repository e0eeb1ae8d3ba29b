"""`dbaas schema`: JSON Schema of a database's arguments."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from dbaas_components.databases.argument_schema import argument_schema


def schema_command(
    engine: Annotated[
        str | None, typer.Option("--engine", "-e", help="Only the fields and words that this engine can do.")
    ] = None,
) -> None:
    """Print JSON Schema (2020-12) of a database's arguments, for editors and forms."""
    typer.echo(json.dumps(argument_schema(engine), indent=2, ensure_ascii=False))
