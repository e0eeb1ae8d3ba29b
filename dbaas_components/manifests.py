"""Plain Kubernetes manifests from an evaluated program, for GitOps: in apply order, secrets as references only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, cast

from dbaas_components.errors import Problem, SpecError
from dbaas_components.evaluate import Graph, Resource, Secret, Unknown
from dbaas_components.kubernetes_yaml import kubernetes_yaml
from dbaas_components.render_layout import (
    NOT_WRITTEN,
    PROVIDER,
    RELEASE,
    STAGES,
    cluster_folders,
    folder_of,
    release_of,
)

_SECRET_FIELDS = ("data", "stringData")
# What the provider itself unfolds or merges on an `up`: nothing but the provider knows which objects come of it.
_UNFOLDED: Final = {
    "helm.sh": "is unfolded by the provider on an `up`; register a release of the chart instead",
    "yaml": "is unfolded by the provider on an `up`; register the file's objects themselves instead",
    "kustomize": "is unfolded by the provider on an `up`; register the objects of `kubectl kustomize` instead",
}
# File systems allow 255 bytes.
_FILE_NAME_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object's file: its path (`<region>/<stage>/<number>-<kind>-<name>.yaml`) and its YAML text."""

    path: PurePosixPath
    text: str


@dataclass(frozen=True, slots=True)
class ChartInstallation:
    """One Helm release: its file of values, and the command that installs it with them."""

    path: PurePosixPath
    text: str
    command: tuple[str, ...]
    """What to run in the output folder."""
    release: Mapping[str, Any]
    """Name, chart, version and the like, under the names of Pulumi's provider; without its values."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Every manifest in apply order, and the Secrets that must exist beforehand as `namespace/name/key`."""

    manifests: tuple[Manifest, ...]
    required_secrets: tuple[str, ...]
    charts: tuple[ChartInstallation, ...] = ()
    """Helm releases in the order in which to install them."""
    elsewhere: tuple[str, ...] = ()
    """Names of the resources that are none of Kubernetes, such as buckets: only an `up` makes them."""


def render(graph: Graph) -> Rendered:
    """The manifests of every Kubernetes object in the graph.

    A Secret is not written: its keys are listed as references instead, and someone has to make it. What the program
    only looks up (`.get`) is there already.

    Raises `SpecError` naming each other object that holds a secret or a value that is known only after an `up`, each
    without a name of its own, and each resource of the Kubernetes provider that is no single object: charts that the
    provider unfolds, YAML files, Kustomize folders, lists and patches. A Helm release becomes its values and the
    command that installs it.
    """
    problems = [
        Problem(resource.name, reason)
        for resource in graph.resources
        if resource.type != RELEASE and (reason := _not_an_object(resource, graph)) is not None
    ]
    if problems:
        raise SpecError("render", problems)
    manifests: list[Manifest] = []
    required: list[str] = []
    counters: dict[tuple[str, str], int] = {}
    regions = _regions(graph)
    for resource in _in_apply_order(graph):
        secret = _is_secret_object(resource)
        found = [*(_unknown_keys(resource) if secret else _unwritable(resource.inputs, "")), *_unnamed(resource)]
        if found:
            problems += [Problem(f"{resource.name}.{path}", reason) for path, reason in found]
            continue
        if secret:
            required += _references(resource)
            continue
        document = {key: value for key, value in resource.inputs.items() if key not in NOT_WRITTEN}
        place = (_region(resource, regions), STAGES[_stage(resource)])
        counters[place] = counters.get(place, 0) + 1
        manifests.append(Manifest(_path(place, counters[place], document), _yaml(document)))
    charts, chart_problems = _charts(graph, regions)
    problems += chart_problems
    if problems:
        raise SpecError("render", problems)
    return Rendered(tuple(manifests), tuple(sorted(required)), tuple(charts), _elsewhere(graph))


def _elsewhere(graph: Graph) -> tuple[str, ...]:
    ours = ("kubernetes:", "pulumi:")
    return tuple(
        resource.name
        for resource in graph.in_order()
        if resource.custom and not resource.read and not resource.type.startswith(ours)
    )


def _charts(graph: Graph, regions: Mapping[str, str]) -> tuple[list[ChartInstallation], list[Problem]]:
    found: list[ChartInstallation] = []
    problems: list[Problem] = []
    for resource in graph.in_order():
        if resource.type != RELEASE:
            continue
        told = {key: value for key, value in resource.inputs.items() if key not in {"resourceNames", "manifest"}}
        if wrong := list(_unwritable(told, "")):
            problems += [Problem(f"{resource.name}.{path}", reason) for path, reason in wrong]
            continue
        place = PurePosixPath(_region(resource, regions), STAGES[3])
        name = str(told.get("name", resource.name))
        path = place / f"{len(found) + 1:03d}-{re.sub(r'[^a-z0-9.-]', '-', name)}.yaml"
        command = _helm(told, name, path)
        found.append(ChartInstallation(path, _yaml(told.get("values", {})), command, release_of(told, resource.name)))
    # One Kubernetes cluster after the other.
    return sorted(found, key=lambda one: one.path.parts[0]), problems


def _helm(release: Mapping[str, Any], name: str, values: PurePosixPath) -> tuple[str, ...]:
    options = cast("Mapping[str, Any]", release.get("repositoryOpts") or {})
    repository = options.get("repo")
    return (
        *("helm", "upgrade", "--install", name, str(release["chart"])),
        *(("--repo", str(repository)) if repository else ()),
        *(("--version", str(release["version"])) if release.get("version") else ()),
        *("--namespace", str(release.get("namespace", "default"))),
        *(("--skip-crds",) if release.get("skipCrds") else ()),
        *(() if release.get("skipAwait") else ("--wait",)),
        *("--values", str(values)),
    )


def _in_apply_order(graph: Graph) -> Iterator[Resource]:
    """Kubernetes objects stage by stage, within a stage after what they depend on, otherwise by URN."""
    objects = [resource for resource in graph.resources if _is_object(resource)]
    done: set[str] = set()
    by_urn = {resource.urn: resource for resource in objects}

    def visit(resource: Resource) -> Iterator[Resource]:
        if resource.urn in done:
            return
        done.add(resource.urn)
        for urn in sorted(resource.dependencies):
            if (dependency := by_urn.get(urn)) is not None and _stage(dependency) == _stage(resource):
                yield from visit(dependency)
        yield resource

    for stage in range(3):
        for resource in sorted(objects, key=lambda candidate: candidate.urn):
            if _stage(resource) == stage:
                yield from visit(resource)


def _is_object(resource: Resource) -> bool:
    is_one = resource.type.startswith("kubernetes:") and resource.type != RELEASE
    return resource.custom and not resource.read and is_one


def _not_an_object(resource: Resource, graph: Graph) -> str | None:
    """Why a resource of the Kubernetes provider is no manifest, or None."""
    if resource.read or not resource.type.startswith("kubernetes:"):
        return None
    if not resource.custom:
        # Components of the SDK that ran here have registered their objects; the provider's own have yet to.
        unfolded = any(child.type.startswith("kubernetes:") for child in graph.descendants(resource))
        return None if unfolded else _unfolded(resource)
    kind = resource.inputs.get("kind")
    if not isinstance(kind, str) or not isinstance(resource.inputs.get("apiVersion"), str):
        return _unfolded(resource)
    if resource.kind == f"{kind}Patch":
        return f"is a patch of an object that is not the program's; make the {kind} itself, or patch it by other means"
    if kind.endswith("List") and "items" in resource.inputs:
        return f"is a {kind}, which is no object; register each of its items"
    return None


def _unfolded(resource: Resource) -> str:
    group = resource.type.split(":")[1].partition("/")[0]
    return f"{resource.type} {_UNFOLDED.get(group, 'is no Kubernetes object; leave it out of what is rendered')}"


def _unnamed(resource: Resource) -> Iterator[tuple[str, str]]:
    """Without a name Pulumi makes one up, another on each `up`; `kubectl apply` needs one to find the object again."""
    metadata = resource.inputs.get("metadata")
    if isinstance(metadata, Secret | Unknown):
        return  # Told as what it is.
    name = cast("Mapping[str, object]", metadata).get("name") if isinstance(metadata, Mapping) else None
    if name is None or name == "":
        yield "metadata.name", "was not given; give it a metadata.name"


def _unknown_keys(resource: Resource) -> Iterator[tuple[str, str]]:
    """What stands in the way of naming a Secret and its keys; its values do not matter."""
    yield from _unwritable(resource.inputs.get("metadata"), "metadata")
    for field in _SECRET_FIELDS:
        values = resource.inputs.get(field)
        plain = values.value if isinstance(values, Secret) else values
        if plain is not None and not isinstance(plain, Mapping):
            yield field, "has keys that are known only after an `up`; write a mapping whose keys are plain"


def _stage(resource: Resource) -> int:
    return {"CustomResourceDefinition": 0, "Namespace": 1}.get(str(resource.inputs["kind"]), 2)


def _is_secret_object(resource: Resource) -> bool:
    return resource.type == "kubernetes:core/v1:Secret"


def _references(resource: Resource) -> Iterable[str]:
    metadata = resource.inputs.get("metadata", {})
    where = f"{metadata.get('namespace', 'default')}/{metadata.get('name', resource.name)}"
    for field in _SECRET_FIELDS:
        values = resource.inputs.get(field)
        plain: object = values.value if isinstance(values, Secret) else values
        yield from (f"{where}/{key}" for key in cast("Mapping[str, object]", plain or {}))


def _unwritable(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Secret):
        yield path, "is a secret; a manifest may only refer to a Secret by name, so keep the value in one"
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            yield from _unwritable(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _unwritable(item, f"{path}[{index}]")
    elif not isinstance(value, str | int | float | bool | None):
        yield path, "is known only after an `up`; render programs whose values are plain"


def _regions(graph: Graph) -> dict[str, str]:
    return cluster_folders((one.urn, one.name, one.inputs) for one in graph.resources if one.type == PROVIDER)


def _region(resource: Resource, regions: Mapping[str, str]) -> str:
    return folder_of(resource.provider or "", regions)


def _path(place: tuple[str, str], number: int, document: Mapping[str, Any]) -> PurePosixPath:
    metadata = document.get("metadata", {})
    kind, name = str(document["kind"]).lower(), str(metadata.get("name", "unnamed"))
    namespace = f"{metadata['namespace']}-" if metadata.get("namespace") else ""
    safe = re.sub(r"[^a-z0-9.-]", "-", f"{kind}-{namespace}{name}")
    return PurePosixPath(*place, f"{number:03d}-{safe[:_FILE_NAME_LIMIT]}.yaml")


def _yaml(document: Mapping[str, Any]) -> str:
    # Keys arrive in no order of their own; sorted, two renders of one program are the same to the letter.
    order = {key: index for index, key in enumerate(("apiVersion", "kind", "metadata", "spec"))}
    parts = sorted(document, key=lambda key: (order.get(key, len(order)), key))
    return "".join(kubernetes_yaml({key: document[key]}, sort_keys=True) for key in parts)
