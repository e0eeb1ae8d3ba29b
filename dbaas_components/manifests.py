"""Plain Kubernetes manifests from an evaluated program, for GitOps: in apply order, secrets as references only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, cast

import yaml

from dbaas_components.errors import Problem, SpecError
from dbaas_components.evaluate import Graph, Resource, Secret

# What must exist before what: definitions before the objects of their kinds, namespaces before what is in them.
STAGES: Final = ("1-definitions", "2-namespaces", "3-objects")
_PROVIDER = "pulumi:providers:kubernetes"
_NOT_FROM_A_PROGRAM = ("id", "urn")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object's file: its path (`<region>/<stage>/<number>-<kind>-<name>.yaml`) and its YAML text."""

    path: PurePosixPath
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """Every manifest in apply order, and the Secrets that must exist beforehand as `namespace/name/key`."""

    manifests: tuple[Manifest, ...]
    required_secrets: tuple[str, ...]


def render(graph: Graph) -> Rendered:
    """The manifests of every Kubernetes object in the graph.

    A Secret whose values are secret is not written: its keys are listed as references instead, and someone has to make
    it. Raises `SpecError` naming each other object that holds a secret or a value that is known only after an `up`.
    """
    problems: list[Problem] = []
    manifests: list[Manifest] = []
    required: list[str] = []
    counters: dict[tuple[str, str], int] = {}
    for resource in _in_apply_order(graph):
        if _is_secret_object(resource):
            required += _references(resource)
            continue
        if found := list(_unwritable(resource.inputs, "")):
            problems += [Problem(f"{resource.name}.{path}", reason) for path, reason in found]
            continue
        document = {key: value for key, value in resource.inputs.items() if key not in _NOT_FROM_A_PROGRAM}
        place = (_region(resource), STAGES[_stage(resource)])
        counters[place] = counters.get(place, 0) + 1
        manifests.append(Manifest(_path(place, counters[place], document), _yaml(document)))
    if problems:
        raise SpecError("render", problems)
    return Rendered(tuple(manifests), tuple(sorted(required)))


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

    for stage in range(len(STAGES)):
        for resource in sorted(objects, key=lambda candidate: candidate.urn):
            if _stage(resource) == stage:
                yield from visit(resource)


def _is_object(resource: Resource) -> bool:
    return resource.custom and resource.type.startswith("kubernetes:") and "kind" in resource.inputs


def _stage(resource: Resource) -> int:
    return {"CustomResourceDefinition": 0, "Namespace": 1}.get(str(resource.inputs["kind"]), 2)


def _is_secret_object(resource: Resource) -> bool:
    return resource.type == "kubernetes:core/v1:Secret"


def _references(resource: Resource) -> Iterable[str]:
    metadata = resource.inputs.get("metadata", {})
    where = f"{metadata.get('namespace', 'default')}/{metadata.get('name', resource.name)}"
    for field in ("data", "stringData"):
        values = resource.inputs.get(field, {})
        plain = values.value if isinstance(values, Secret) else values
        yield from (f"{where}/{key}" for key in plain)


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


def _region(resource: Resource) -> str:
    """The name of the provider that the object is applied with; one provider is one Kubernetes cluster."""
    provider = resource.provider
    if not provider:
        return "default"
    urn = provider.rpartition("::")[0] if provider.count("::") > 3 else provider
    return urn.rpartition("::")[2] if _PROVIDER in urn else "default"


def _path(place: tuple[str, str], number: int, document: Mapping[str, Any]) -> PurePosixPath:
    metadata = document.get("metadata", {})
    kind, name = str(document["kind"]).lower(), str(metadata.get("name", "unnamed"))
    namespace = f"{metadata['namespace']}-" if metadata.get("namespace") else ""
    safe = re.sub(r"[^a-z0-9.-]", "-", f"{kind}-{namespace}{name}")
    return PurePosixPath(*place, f"{number:03d}-{safe}.yaml")


def _yaml(document: Mapping[str, Any]) -> str:
    # Keys arrive in no order of their own; sorted, two renders of one program are the same to the letter.
    order = {key: index for index, key in enumerate(("apiVersion", "kind", "metadata", "spec"))}
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    parts = sorted(document, key=lambda key: (order.get(key, len(order)), key))
    return "".join(yaml.dump({key: document[key]}, Dumper=dumper, default_flow_style=False, width=120) for key in parts)
