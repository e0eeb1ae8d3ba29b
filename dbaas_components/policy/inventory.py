"""All resources that are checked together, and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

from dbaas_components.errors import Problem, SpecError
from dbaas_components.evaluate import Graph, Resource
from dbaas_components.policy.item import Item, as_mapping
from dbaas_components.policy.reading import Reader, ReadError, yaml_files

STACK_TYPE: Final = "pulumi:pulumi:Stack"
_MOST_PROBLEMS: Final = 20


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

    Files that hold no manifest, such as a chart's values, are left out. Raises `SpecError` with every file that cannot
    be read, is a link, too large or not plain YAML, and where the folder holds no manifest at all: an empty check must
    not look like a good one.
    """
    items: list[Item] = []
    problems: list[Problem] = []
    reader = Reader()
    for path in yaml_files(folder, lambda message: SpecError(str(folder), [Problem("", message)])):
        place = str(path.relative_to(folder))
        try:
            for line, document in reader.documents(path):
                items += (from_manifest(fields, place) for fields in _manifests(document, line))
        except ReadError as error:
            problems.append(Problem(place, str(error)))
    if problems:
        raise SpecError(str(folder), problems[:_MOST_PROBLEMS])
    if not items:
        message = "holds no Kubernetes manifest in any .yaml or .yml file; name a folder that `dbaas render` wrote"
        raise SpecError(str(folder), [Problem("", message)])
    return Inventory(tuple(items))


def _manifests(document: object, line: int) -> Iterator[Mapping[str, Any]]:
    fields = as_mapping(document)
    if fields.get("kind") == "List":
        items: object = fields.get("items") or []
        whole = isinstance(items, list) and all(isinstance(item, Mapping) for item in cast("list[object]", items))
        if not whole:
            raise ReadError(f"has a List without a list of objects in `items` (line {line}); write one")
        yield from cast("list[Mapping[str, Any]]", items)
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
