"""`dbaas render`: a stack's plain manifests for GitOps."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dbaas_components.cli.project import engine_config, find_project
from dbaas_components.cli.refusal import Refusal
from dbaas_components.evaluate import evaluate
from dbaas_components.manifests import STAGES, Rendered, render

_MARK = ".dbaas-render"
_REQUIRED_SECRETS = "required-secrets.txt"


def render_command(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Name of the stack: Pulumi.<stack>.yaml.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder to write to; one of an earlier render is replaced.")
    ],
    project: Annotated[
        Path, typer.Option("--project", help="Folder of the Pulumi project.", show_default="here")
    ] = Path(),
) -> None:
    """Write the stack's objects as plain manifests, in apply order. Needs no engine, no cluster and no secret."""
    found = find_project(project)
    config, secret_keys = engine_config(found.config(stack))
    graph = evaluate(found.program, project=found.name, stack=stack, config=config, secret_config=secret_keys)
    rendered = render(graph)
    write(rendered, output)
    _tell(rendered, output)


def write(rendered: Rendered, output: Path) -> None:
    """Writes the manifests to `output`, all of them or none.

    They are written beside it first and moved there at the end. Raises `Refusal` where `output` holds files that no
    render wrote: they would be lost.
    """
    if output.exists() and (not output.is_dir() or (any(output.iterdir()) and not (output / _MARK).is_file())):
        raise Refusal(f"{output} holds files that no render wrote; choose an empty or a new folder")
    unfinished = output.with_name(f"{output.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for manifest in rendered.manifests:
        path = unfinished / manifest.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(manifest.text)
    unfinished.mkdir(parents=True, exist_ok=True)
    (unfinished / _MARK).write_text("written by dbaas render; the next render replaces this folder\n")
    if rendered.required_secrets:
        (unfinished / _REQUIRED_SECRETS).write_text("".join(f"{name}\n" for name in rendered.required_secrets))
    if output.exists():
        shutil.rmtree(output)
    unfinished.replace(output)


def _tell(rendered: Rendered, output: Path) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{len(rendered.manifests)} manifests in {output}; apply them in this order:", markup=False)
    for region in sorted({manifest.path.parts[0] for manifest in rendered.manifests}):
        stages = {manifest.path.parts[1] for manifest in rendered.manifests if manifest.path.parts[0] == region}
        for stage in (stage for stage in STAGES if stage in stages):
            console.print(f"  kubectl apply --server-side -f {output / region / stage}", markup=False)
            if stage == STAGES[0]:
                wait = "kubectl wait --for condition=Established --timeout 60s"
                console.print(f"  {wait} -f {output / region / stage}", markup=False)
    if rendered.required_secrets:
        console.print(f"Secrets that must exist first: {output / _REQUIRED_SECRETS}", markup=False)
