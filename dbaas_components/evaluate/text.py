"""A graph as text: the same for the same program, on every run and every machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

import yaml

from dbaas_components.evaluate.resource import Alias, Resource
from dbaas_components.evaluate.values import UNKNOWN, Asset, Reference, Secret, mapped

if TYPE_CHECKING:
    from dbaas_components.evaluate.graph import Graph


def snapshot(graph: Graph, *, versions: bool = False) -> str:
    """The graph as YAML: resources by URN, keys sorted, whole numbers as such, only options that are not the default.

    A secret is `[secret]`, what is not known yet `[unknown]`. A custom resource's outputs are left out unless they were
    answered, since they repeat its inputs. The provider's version follows the installed SDK and would change every
    snapshot with it: `versions=True` shows it.
    """
    document = {
        "project": graph.project,
        "stack": graph.stack_name,
        "resources": [_resource(resource, graph, versions) for resource in graph.resources],
        "exports": _plain(graph.exports),
    }
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=10**6, allow_unicode=True)


def _resource(resource: Resource, graph: Graph, versions: bool) -> dict[str, Any]:
    options = resource.options()
    if not versions:
        options.pop("version", None)
    entry: dict[str, Any] = {"urn": resource.urn}
    if resource.read:
        entry["read"] = resource.id
    if resource.parent != graph.stack.urn:
        entry["parent"] = resource.parent
    entry |= {
        "inputs": resource.inputs,
        "outputs": resource.given_outputs,
        "dependencies": resource.dependencies,
        "options": {name: options[name] for name in sorted(options)},
    }
    return {key: _plain(value) for key, value in entry.items() if value not in ({}, ())}


def _plain(value: Any) -> Any:
    return _sorted(mapped(value, _leaf))


def _leaf(value: Any) -> Any:
    if isinstance(value, Secret) or value is UNKNOWN:
        return repr(value)
    if isinstance(value, Reference):
        return {"resource": value.urn}
    if isinstance(value, Alias):
        return {key: item for key, item in asdict(value).items() if item}
    if isinstance(value, Asset):
        return {value.kind: _plain(value.content)}
    return value


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {key: _sorted(fields[key]) for key in sorted(fields)}
    if isinstance(value, list):
        return [_sorted(item) for item in cast("list[Any]", value)]
    return value


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as such, and nothing as a reference to something before it."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _text(dumper: Any, value: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)
