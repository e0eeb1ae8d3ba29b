"""`dbaas drift`: what somebody changed by hand in the clusters, against the program."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, cast

import pulumi
import typer
from rich.console import Console

from dbaas_components.cli.project import Project, engine_config, find_project, read_yaml
from dbaas_components.cli.written_report import print_text
from dbaas_components.databases.live import connect
from dbaas_components.diff import side
from dbaas_components.diff.document import SECRET, Document, Saved, read_document
from dbaas_components.drift.cluster import Cluster, DriftError, LiveCluster
from dbaas_components.drift.looking import find_drift
from dbaas_components.drift.report import FORMATS
from dbaas_components.evaluate import EvaluationError, evaluate

_CANNOT_TELL = 2


def drift_command(
    stack: Annotated[str | None, typer.Option("--stack", "-s", help="Name of the stack: Pulumi.<stack>.yaml.")] = None,
    project: Annotated[
        Path, typer.Option("--project", help="Folder of the Pulumi project.", show_default="here")
    ] = Path(),
    context: Annotated[
        str | None, typer.Option("--context", help="Context of the kubeconfig; default: what the program names.")
    ] = None,
    kubeconfig: Annotated[
        Path | None, typer.Option("--kubeconfig", help="Kubeconfig; default: what the program names.")
    ] = None,
    region: Annotated[str | None, typer.Option("--region", help="Look at the objects of this provider alone.")] = None,
    form: Annotated[str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.")] = "terminal",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write the report to.")] = None,
) -> None:
    """Compare the clusters with the program, without what operators own. Changes nothing.

    Exits with 0 where nothing was changed by hand, 1 where something was, 2 where that cannot be told.
    """
    if form not in FORMATS:
        raise typer.BadParameter(f'"{form}" is none of {", ".join(FORMATS)}', param_hint="--format")
    try:
        found = find_project(project)
        document = _of_region(_evaluated(found, stack or _only_stack(found)), region)
        drift = find_drift(document, _clusters(document, context, kubeconfig))
        text = FORMATS[form](drift)
        if output is not None:
            output.write_text(text, encoding="utf-8")
        elif form == "terminal":
            print_text(text)
        else:
            typer.echo(text, nl=False)
    # Whoever asks for drift in a script must not take "it cannot be told" for drift.
    except (DriftError, pulumi.RunError, EvaluationError) as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"{error.filename or output}: {error.strerror or error}")
    else:
        if drift.found:
            raise typer.Exit(1)


def _refuse(message: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"error: {message}", style="red", markup=False)
    raise typer.Exit(_CANNOT_TELL)


def _only_stack(project: Project) -> str:
    if len(project.stacks) == 1:
        return project.stacks[0]
    raise DriftError(f"no stack is named, and {project.folder} has {', '.join(project.stacks) or 'none'}; use --stack")


def _evaluated(project: Project, stack: str) -> Document:
    """The program's graph with its secrets: the API server has to be asked about the very object."""
    values = project.config(stack)
    # What `dbaas up` added for this machine: the kubeconfigs of its own control planes, the definitions' folder.
    used = project.folder / ".dbaas" / stack / "workspace" / f"Pulumi.{stack}.yaml"
    if used.is_file():
        added: Any = read_yaml(used).get("config")
        values |= {
            key: value
            for key, value in cast("Mapping[str, Any]", added or {}).items()
            if key in ("dbaas:regions", "dbaas:custom_resource_definitions")
        }
    config, secret_keys = engine_config(values)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            graph = evaluate(
                project.program, project=project.name, stack=stack, config=config, secret_config=secret_keys
            )
    except (pulumi.RunError, EvaluationError):
        raise
    except Exception:  # noqa: BLE001 - a program may raise whatever it likes
        # A bug in the program, which its traceback helps to find; it must not end with the code that means drift.
        traceback.print_exc()
        raise DriftError("the program fails, so that there is nothing to compare with") from None
    return read_document(side.document_of(graph, stack))


def _of_region(document: Document, region: str | None) -> Document:
    if region is None:
        return document
    names = sorted({one.name for one in document.resources if one.type == "pulumi:providers:kubernetes"})
    if region not in names:
        raise DriftError(f'the program has no provider "{region}"; it has {", ".join(names) or "none"}')
    kept = tuple(
        one
        for one in document.resources
        if not one.custom
        or one.type.startswith("pulumi:")
        or (one.provider in document.by_urn and document.by_urn[one.provider].name == region)
    )
    return Document(document.project, document.stack, kept, document.versions)


def _clusters(document: Document, context: str | None, kubeconfig: Path | None) -> Callable[[Saved], Cluster]:
    used = {one.provider for one in document.resources if one.type.startswith("kubernetes:")}
    if (context or kubeconfig) and len(used) > 1:
        raise DriftError(
            "the program uses several clusters; name one of them with --region beside --context or --kubeconfig"
        )
    known: dict[str, Cluster] = {}

    def of(resource: Saved) -> Cluster:
        if resource.provider not in known:
            if context or kubeconfig:
                known[resource.provider] = LiveCluster(connect(context, kubeconfig), "the Kubernetes cluster")
            else:
                provider = document.by_urn.get(resource.provider)
                known[resource.provider] = _named(provider)
        return known[resource.provider]

    return of


def _named(provider: Saved | None) -> Cluster:
    """The cluster that a provider of the program is for; without one, that of the surroundings."""
    inputs: Mapping[str, Any] = provider.inputs if provider is not None else dict[str, Any]()
    what = f"the cluster of provider {provider.name}" if provider is not None else "the current Kubernetes cluster"
    given: Any = inputs.get("kubeconfig")
    context: Any = inputs.get("context")
    if isinstance(given, Mapping):
        given = cast("Mapping[str, Any]", given).get(SECRET)
    name = context if isinstance(context, str) else None
    if inputs.get("kubeconfig") is None:
        return LiveCluster(connect(name, None), what)
    if not isinstance(given, str) or given == "[secret]":
        raise DriftError(f"{what}: its kubeconfig is known to the engine alone; name it with --kubeconfig")
    if "\n" not in given and "{" not in given:
        return LiveCluster(connect(name, Path(given).expanduser()), what)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        # Readable for the user alone, and gone as soon as the client has read it.
        file.write(given)
        file.flush()
        return LiveCluster(connect(name, Path(file.name)), what)
