"""`dbaas explain`: every value that holds for a database, and who chose it."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from dbaas_components.cli.project import read_yaml
from dbaas_components.cli.refusal import Refusal
from dbaas_components.cli.stack_databases import find_databases
from dbaas_components.cli.tables import add_row, output, print_table, shown_value, table
from dbaas_components.databases.explanation import Explanation, explain


def explain_command(
    database: Annotated[
        str | None, typer.Argument(metavar="DB", help="Name of the database; with --file only if the file has none.")
    ] = None,
    stack: Annotated[
        str | None, typer.Option("--stack", "-s", help="Name of the stack; default: the only one there is.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="A YAML file with one database's arguments, instead of a stack.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    project: Annotated[
        Path, typer.Option("--project", help="Folder of the Pulumi project.", show_default="here")
    ] = Path(),
) -> None:
    """Show every value that holds for a database and where it came from. Needs no engine, no cluster and no secret."""
    if file is not None:
        if stack is not None:
            raise typer.BadParameter("give either --stack or --file")
        arguments = read_yaml(file)
        if database is None and not isinstance(arguments.get("name"), str):
            raise Refusal(f"{file} names no database; add `name`, or say it: dbaas explain NAME --file {file}")
        found = [explain(database or str(arguments["name"]), arguments)]
    else:
        if database is None:
            raise typer.BadParameter("name a database, or give --file")
        found = [explain(one.name, one.arguments) for one in find_databases(database, stack, project)[0]]
    if as_json:
        documents: list[dict[str, Any]] = [one.document() for one in found]
        typer.echo(json.dumps(documents[0] if len(documents) == 1 else documents, indent=2, ensure_ascii=False))
        return
    console = output()
    for index, explanation in enumerate(found):
        if index:
            console.print()
        _tell(console, explanation)


def _tell(console: Console, explanation: Explanation) -> None:
    title = f"{explanation.name}: {explanation.engine}, operator {explanation.operator_version}"
    console.print(title, style="bold", markup=False)
    # One table for all groups, so that the columns stay where they are.
    # The longest column last: piped, one list of schedules would push the others out of sight.
    rows = table("value", "from", "is")
    for group, values in groupby(explanation.said, key=lambda value: value.group):
        rows.add_row("")
        rows.add_row(Text(group, style="bold"))
        for one in values:
            add_row(rows, f"  {one.path}", one.source, shown_value(one.value))
    print_table(console, rows)
    console.print("\nConnections", style="bold", markup=False)
    rows = table("  what", "where")
    for purpose, address in explanation.connections.endpoints.items():
        add_row(rows, f"  {purpose}", address)
    for purpose, uri in explanation.connections.uris.items():
        add_row(rows, f"  uri {purpose}", uri)
    add_row(rows, "  password", f"{explanation.connections.credentials} (namespace/Secret/key)")
    add_row(rows, "  authority", f"{explanation.connections.ca} (namespace/Secret/key)")
    print_table(console, rows)
    if explanation.overrides:
        console.print("\nOff the paved road: overrides of the custom resource", style="bold yellow", markup=False)
        rows = table("  field", "is")
        for path, value in explanation.overrides.items():
            add_row(rows, f"  {path}", "taken away" if value is None else shown_value(value))
        print_table(console, rows)
    for note in explanation.notes:
        console.print(f"\nnote: {note}", markup=False)
    if explanation.empty:
        console.print(f"\nNothing is set for: {', '.join(explanation.empty)}", markup=False)
