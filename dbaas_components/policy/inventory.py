"""All resources that are checked together, and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

import yaml

from dbaas_components.errors import Problem, SpecError
from dbaas_components.evaluate import Graph, Resource
from dbaas_components.policy.item import Item, as_mapping

STACK_TYPE: Final = "pulumi:pulumi:Stack"


@dataclass(frozen=True, slots=True)
class Inventory:
    """The resources, and for databases (`namespace/name`) what they promise: how much a disaster may cost at most.

    The promise is the argument `slo.rpo`, which stands nowhere in the objects; without it the rule about it is silent.
    """

    items: tuple[Item, ...]
    objectives: Mapping[str, timedelta] = field(default_factory=dict[str, timedelta])

    def of_type(self, *types: str) -> Iterator[Item]:
        """The resources of these full types."""
        return (item for item in self.items if item.type in types)

    def of_kind(self, kind: str) -> Iterator[Item]:
        """The resources of this kind: `NetworkPolicy`."""
        return (item for item in self.items if item.kind == kind)


def from_graph(graph: Graph, objectives: Mapping[str, timedelta] | None = None) -> Inventory:
    """What a program would register, its exports included; components have no properties to check and are left out."""
    items = [
        Item(
            type=resource.type,
            name=resource.name,
            properties=resource.inputs,
            urn=resource.urn,
            place=_declared(resource, graph),
            protect=resource.protect,
            retain_on_delete=resource.retain_on_delete,
            inputs_from=resource.property_dependencies,
        )
        for resource in graph
        if resource.custom and not resource.read
    ]
    exports = Item(type=STACK_TYPE, name=graph.stack_name, properties=graph.exports, urn=graph.stack.urn)
    return Inventory((*items, exports), objectives or {})


def _declared(resource: Resource, graph: Graph) -> str:
    """Where the program itself declares it: the place of the outermost component that it is a part of."""
    here = resource
    while here.parent is not None and here.parent != graph.stack.urn and here.parent in graph:
        here = graph[here.parent]
    return here.place


def from_folder(folder: Path) -> Inventory:
    """Every manifest in the YAML files of a folder, such as one that `dbaas render` wrote.

    Files that hold no manifest, such as a chart's values, are left out. Raises `SpecError` where a file cannot be read
    or is not YAML, and where the folder holds no manifest at all: an empty check must not look like a good one.
    """
    items: list[Item] = []
    for path in sorted(file for ending in ("*.yaml", "*.yml") for file in folder.rglob(ending)):
        items += (from_manifest(document, str(path.relative_to(folder))) for document in _documents(path))
    if not items:
        message = "holds no Kubernetes manifest in any .yaml or .yml file; name a folder that `dbaas render` wrote"
        raise SpecError(str(folder), [Problem("", message)])
    return Inventory(tuple(items))


def _documents(path: Path) -> Iterable[Mapping[str, Any]]:
    try:
        documents: list[object] = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(str(path), [Problem("", f"cannot be read ({error}); make it readable UTF-8 text")]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SpecError(str(path), [Problem("", f"is not YAML ({error}); correct it")]) from None
    for document in documents:
        fields = as_mapping(document)
        if fields.get("kind") == "List":
            yield from (cast("Mapping[str, Any]", item) for item in fields.get("items") or ())
        elif isinstance(fields.get("apiVersion"), str) and isinstance(fields.get("kind"), str):
            yield fields


def from_manifest(document: Mapping[str, Any], place: str = "") -> Item:
    """A manifest as a resource; what only Pulumi knows stays unknown."""
    metadata = as_mapping(document.get("metadata"))
    api_version = str(document.get("apiVersion"))
    group = api_version if "/" in api_version else f"core/{api_version}"
    return Item(
        type=f"kubernetes:{group}:{document.get('kind')}",
        name=str(metadata.get("name") or metadata.get("generateName") or ""),
        properties=document,
        place=place,
    )


def from_examples(documents: Iterable[Mapping[str, Any]]) -> Inventory:
    """The fragments of a rule's example; see `Examples`. Options that are left out are as Pulumi's defaults: off."""
    items: list[Item] = []
    objectives: dict[str, timedelta] = {}
    for document in documents:
        options = as_mapping(document.get("options"))
        if "type" in document and "apiVersion" not in document:
            bare = Item(document["type"], document["name"], as_mapping(document.get("properties")))
        else:
            bare = from_manifest({key: value for key, value in document.items() if key != "options"})
        protect, retain = bool(options.get("protect")), bool(options.get("retain_on_delete"))
        item = replace(bare, protect=protect, retain_on_delete=retain)
        items.append(item)
        if "rpo_hours" in options:
            objectives[item.address] = timedelta(hours=options["rpo_hours"])
    return Inventory(tuple(items), objectives)
