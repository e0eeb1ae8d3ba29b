"""`dbaas adopt`: the program that takes a running database over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dbaas_components.cli.project import read_yaml
from dbaas_components.databases.adoption import Adoption, adopt
from dbaas_components.databases.adoption_program import program_text, settings_text
from dbaas_components.databases.live import connect, engine_of_word, read_custom_resource


def adopt_command(
    database: Annotated[
        str | None,
        typer.Argument(metavar="KIND/NAME", help="Kind, plural or short name, and name: pxc/orders. Not with --file."),
    ] = None,
    namespace: Annotated[str | None, typer.Option("--namespace", "-n", help="Namespace it runs in.")] = None,
    context: Annotated[
        str | None, typer.Option("--context", help="Context of the kubeconfig; default: current.")
    ] = None,
    kubeconfig: Annotated[
        Path | None, typer.Option("--kubeconfig", help="Kubeconfig; default: $KUBECONFIG, else ~/.kube/config.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="A file with the custom resource, instead of a cluster.")
    ] = None,
    as_settings: Annotated[
        bool, typer.Option("--yaml", help="Print the entry of a stack's settings instead of a program.")
    ] = False,
) -> None:
    """Print the program that takes a running database over as it is. Changes nothing, here or in the cluster."""
    if (database is None) is (file is None):
        raise typer.BadParameter("give either KIND/NAME or --file")
    if file is not None:
        found = adopt(_in_namespace(read_yaml(file), namespace))
    else:
        kind, _, name = str(database).partition("/")
        if not name:
            raise typer.BadParameter("write KIND/NAME, such as pxc/orders")
        if namespace is None:
            raise typer.BadParameter("name the namespace with --namespace")
        engine = engine_of_word(kind)
        found = adopt(read_custom_resource(connect(context, kubeconfig), engine, namespace, name))
    if as_settings:
        typer.echo(settings_text(found), nl=False)
    else:
        path = str(kubeconfig.resolve()) if kubeconfig else None
        typer.echo(program_text(found, context=context, kubeconfig=path), nl=False)
    _tell(Console(stderr=True, highlight=False, soft_wrap=True), found)


def _in_namespace(manifest: dict[str, object], namespace: str | None) -> dict[str, object]:
    """The custom resource of a file, which often names no namespace, in the one it is applied to."""
    metadata = manifest.get("metadata")
    if namespace is None or not isinstance(metadata, dict) or "namespace" in metadata:
        return manifest
    return {**manifest, "metadata": {**metadata, "namespace": namespace}}  # pyright: ignore[reportUnknownVariableType]


def _tell(console: Console, found: Adoption) -> None:
    """What a person has to know beside the program, on standard error: the program can be put into a file as it is."""

    def say(text: str, style: str | None = None) -> None:
        console.print(text, style=style, markup=False)

    inside = found.fields - len(found.outside)
    say(f"{found.engine.kind} {found.import_id}: {inside} of {found.fields} fields have words of their own")
    if found.outside:
        say(f"off the paved road, by overrides: {', '.join(found.outside)}")
    if found.taken_away:
        say(f"taken away by overrides, as it has none: {', '.join(found.taken_away)}")
    for problem in found.refused:
        say(f"not a value that the specification allows, hence an override: {problem}")
    if found.others:
        say(f"the program makes further objects: {', '.join(found.others)}")
    for problem in found.impossible:
        say(f"refused, take it out of the custom resource first: {problem}", "red")
    say("the first `pulumi up` imports it; the next preview is empty; then leave `adopt` out, and see docs/adopt.md")
