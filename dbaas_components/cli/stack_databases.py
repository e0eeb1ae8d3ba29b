"""The databases of a stack, found by running its program in-process."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from dbaas_components.cli.project import engine_config, find_project
from dbaas_components.cli.refusal import Refusal
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.registered import RegisteredDatabase, registered_databases
from dbaas_components.errors import one_of
from dbaas_components.evaluate import Graph, Resource, evaluate
from dbaas_components.kubernetes_objects import type_token

_PROVIDER: Final = "pulumi:providers:kubernetes"


def find_databases(name: str, stack: str | None, folder: Path) -> tuple[list[RegisteredDatabase], Graph]:
    """The databases of that name that the stack's program registers, one for each region that has it, and its graph.

    Raises `Refusal` where there is none, naming those that are there; `SpecError` for an unknown project or stack.
    """
    project = find_project(folder)
    chosen = stack or _only_stack(project.stacks)
    config, secret_keys = engine_config(project.config(chosen))
    with registered_databases() as databases:
        graph = evaluate(project.program, project=project.name, stack=chosen, config=config, secret_config=secret_keys)
    found = [one for one in databases if name in (one.spec.name, one.name)]
    if not found:
        names = {one.spec.name for one in databases}
        fix = one_of(name, names) if names else "its program registers none"
        raise Refusal(f'"{name}" is not a database of stack {chosen}; {fix}')
    return found, graph


def custom_resource(database: RegisteredDatabase, graph: Graph) -> Resource:
    """The database's custom resource in the graph."""
    engine = ENGINES[database.spec.engine]
    token = type_token(engine.api_version, engine.kind)
    return next(
        one
        for one in graph.resources
        if one.type == token
        and one.name == f"{database.name}-database"
        and (not database.spec.namespace or one.inputs["metadata"].get("namespace") == database.spec.namespace)
    )


def cluster_settings(resource: Resource, graph: Graph) -> tuple[str | None, Path | None]:
    """Context and kubeconfig of the Kubernetes cluster that an object goes to; None for the ambient one.

    Raises `Refusal` where the program has a kubeconfig's content, or something that is not known, in place of a path.
    """
    urn = resource.provider or ""
    providers = [one for one in graph.resources if one.type == _PROVIDER and urn.startswith(one.urn)]
    inputs: dict[str, Any] = dict(providers[0].inputs) if providers else {}
    context, kubeconfig = inputs.get("context"), inputs.get("kubeconfig")
    for value in (context, kubeconfig):
        if value is not None and (not isinstance(value, str) or "\n" in value or value.lstrip().startswith("{")):
            raise Refusal("the program does not say which kubeconfig file it uses; name it with --kubeconfig")
    return context, Path(kubeconfig).expanduser() if kubeconfig else None


def _only_stack(stacks: list[str]) -> str:
    if len(stacks) == 1:
        return stacks[0]
    there = f"this project has {', '.join(stacks)}" if stacks else "this project has no Pulumi.<stack>.yaml"
    raise Refusal(f"no stack is named, and {there}; name one with --stack")
