"""`dbaas render`: a stack's plain manifests for GitOps."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console

from dbaas_components.cli.output_folder import replace_files
from dbaas_components.cli.project import engine_config, find_project
from dbaas_components.cli.refusal import Refusal
from dbaas_components.databases.overrides import override_paths
from dbaas_components.databases.registered import RegisteredDatabase, registered_databases
from dbaas_components.evaluate import evaluate
from dbaas_components.manifests import Rendered, render
from dbaas_components.render_layout import CHARTS, REQUIRED_SECRETS, STAGES


def render_command(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Name of the stack: Pulumi.<stack>.yaml.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder to write to; files of an earlier render are replaced, others stay."
        ),
    ],
    project: Annotated[
        Path, typer.Option("--project", help="Folder of the Pulumi project.", show_default="here")
    ] = Path(),
) -> None:
    """Write the stack's objects as plain manifests, in apply order. Needs no engine, no cluster and no secret."""
    found = find_project(project)
    if found.folder.is_relative_to(output.resolve()):
        raise Refusal(f"{output.resolve()} holds the project itself; choose a folder of its own, such as -o rendered")
    config, secret_keys = engine_config(found.config(stack))
    with registered_databases() as databases:
        graph = evaluate(found.program, project=found.name, stack=stack, config=config, secret_config=secret_keys)
    rendered = render(graph)
    write(rendered, output)
    _tell(rendered, output, off_the_paved_road(databases))


def write(rendered: Rendered, output: Path) -> None:
    """Writes the manifests to `output`, and removes there what an earlier render wrote and this one does not.

    Files of others stay as they are. Raises `Refusal`, before anything is written, where one of them is in the way;
    and where `output` cannot be written.
    """
    files = {one.path: one.text for one in (*rendered.manifests, *rendered.charts)}
    if rendered.required_secrets:
        files[REQUIRED_SECRETS] = "".join(f"{name}\n" for name in rendered.required_secrets)
    if rendered.charts:
        # The values alone do not say of which version of which chart they are.
        releases = [{"file": str(chart.path), **chart.release} for chart in rendered.charts]
        files[CHARTS] = yaml.safe_dump(releases, sort_keys=False)
    try:
        replace_files(output, files)
    except OSError as error:
        place = error.filename or output
        raise Refusal(f"{place} cannot be written ({error.strerror or error}); choose another output folder") from None


def off_the_paved_road(databases: Iterable[RegisteredDatabase]) -> list[str]:
    """A line for each database with overrides, with the fields that they set or take away."""
    return [
        f"{database.spec.name}: {', '.join(override_paths(database.spec.overrides))}"
        for database in databases
        if database.spec.overrides
    ]


def _tell(rendered: Rendered, output: Path, overrides: Sequence[str]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{len(rendered.manifests)} manifests in {output}; apply them in this order:", markup=False)
    for region in sorted({manifest.path.parts[0] for manifest in rendered.manifests}):
        stages = {manifest.path.parts[1] for manifest in rendered.manifests if manifest.path.parts[0] == region}
        for stage in (stage for stage in STAGES if stage in stages):
            console.print(f"  kubectl apply --server-side -f {output / region / stage}", markup=False)
            if stage == STAGES[0]:
                wait = "kubectl wait --for condition=Established --timeout 60s"
                console.print(f"  {wait} -f {output / region / stage}", markup=False)
    if rendered.charts:
        console.print(f"Charts, installed in {output}, in this order:", markup=False)
        for chart in rendered.charts:
            console.print(f"  {shlex.join(chart.command)}", markup=False)
    if rendered.elsewhere:
        message = f"Not in the manifests, because only an `up` makes them: {', '.join(rendered.elsewhere)}"
        console.print(message, markup=False)
    if rendered.required_secrets:
        console.print(f"Secrets that must exist first: {output / REQUIRED_SECRETS}", markup=False)
    if overrides:
        console.print("Off the paved road, by overrides:", markup=False)
        for line in overrides:
            console.print(f"  {line}", markup=False)
