"""`dbaas rotate-password`: a new password for one user."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dbaas_components.cli.refusal import Refusal
from dbaas_components.cli.stack_databases import cluster_settings, custom_resource, find_databases
from dbaas_components.databases.live import connect, engine_of_word, find_custom_resource, read_custom_resource
from dbaas_components.databases.rotation import password_of, rotate_password, running_specification
from dbaas_components.databases.spec import DatabaseSpec


def rotate_password_command(
    database: Annotated[
        str, typer.Argument(metavar="DB", help="Name of the database; or, with --namespace, KIND/NAME.")
    ],
    user: Annotated[str, typer.Option("--user", "-u", help="The user who gets a new password.")],
    stack: Annotated[
        str | None, typer.Option("--stack", "-s", help="Name of the stack; default: the only one there is.")
    ] = None,
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", help="Namespace it runs in, instead of a stack.")
    ] = None,
    context: Annotated[
        str | None, typer.Option("--context", help="Context of the kubeconfig; default: the stack's, else the current.")
    ] = None,
    kubeconfig: Annotated[
        Path | None, typer.Option("--kubeconfig", help="Kubeconfig; default: the stack's, else $KUBECONFIG.")
    ] = None,
    project: Annotated[
        Path, typer.Option("--project", help="Folder of the Pulumi project.", show_default="here")
    ] = Path(),
) -> None:
    """Give one user a new password: one key of its Secret changes, the operator does the rest. Never shows it."""
    if stack is not None and namespace is not None:
        raise typer.BadParameter("give either --stack or --namespace")
    if namespace is None:
        spec, context, kubeconfig = _of_stack(database, stack, project, context, kubeconfig)
        # Before anything is asked of the cluster: a user that is not there is refused without one.
        password_of(spec, user)
        client = connect(context, kubeconfig)
    else:
        client = connect(context, kubeconfig)
        kind, _, name = database.rpartition("/")
        manifest = (
            read_custom_resource(client, engine_of_word(kind), namespace, name)
            if kind
            else find_custom_resource(client, namespace, name)
        )
        spec = running_specification(manifest)
    rotated = rotate_password(client, spec, user)
    console = Console(highlight=False, soft_wrap=True)
    done = "emptied, and the operator makes a new one" if rotated.made_by_operator else "has a new value"
    console.print(f"key {rotated.key} of Secret {rotated.secret} {done}", markup=False)
    console.print("the operator changes the password in the database; it has to be running", markup=False)


def _of_stack(
    database: str, stack: str | None, project: Path, context: str | None, kubeconfig: Path | None
) -> tuple[DatabaseSpec, str | None, Path | None]:
    """The specification of a stack's database, with its namespace, and the Kubernetes cluster it runs in."""
    found, graph = find_databases(database, stack, project)
    if len(found) > 1:
        raise Refusal(f'"{database}" is a database of several regions; name one with --namespace and --context')
    (one,) = found
    resource = custom_resource(one, graph)
    if context is None and kubeconfig is None:
        context, kubeconfig = cluster_settings(resource, graph)
    namespace = resource.inputs["metadata"].get("namespace")
    if not isinstance(namespace, str):
        raise Refusal(f'the namespace of "{database}" is known only after an `up`; name it with --namespace')
    return one.spec.model_copy(update={"namespace": namespace}), context, kubeconfig
