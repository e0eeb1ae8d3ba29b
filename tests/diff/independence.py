"""A second set of pairs, labelled by another hand before the tables of effects were seen: programs and what they mean.

Each side is a program: the file's `base` with the side's arguments over it (`null` takes one away), or a list
of components under `base` and `head`. `edit` writes values that no argument has, as an older version of a chart.

A label holds for its field and all below. Of an object other than the only database it begins with kind and name:
`Secret orders-key: stringData`. What has no label must be harmless.

`set` writes fields of the databases' custom resources, `drop` takes all objects of a kind away, `gone` everything. A
component may name another as its `parent`; `make: Resource` is an object of any provider, by its `type`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes
import yaml

import dbaas_components
from dbaas_components.diff import side
from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change, compare
from dbaas_components.diff.document import Document, read_document
from dbaas_components.evaluate import evaluate

FOLDER = Path(__file__).parent / "independent"
THIRD = Path(__file__).parent / "third"
FOURTH = Path(__file__).parent / "fourth"
DATABASES = {"PerconaXtraDBCluster", "PerconaServerMySQL", "PerconaServerMongoDB", "PerconaPGCluster"}


@dataclass(frozen=True)
class Independent:
    """Two programs and the classes that a person gave to what lies between them."""

    name: str
    entry: Mapping[str, Any]
    shared: Mapping[str, Any] | None
    """Arguments of the database that both sides have, or None where the sides are lists of components."""

    @property
    def labels(self) -> Mapping[str, Effect]:
        return {path: Effect.of(slug) for path, slug in self.entry["expect"].items()}

    def documents(self) -> tuple[Document, Document]:
        base, head = self._side("base"), self._side("head")
        if self.entry.get("gone"):
            head["resources"] = []
        return read_document(base), read_document(head)

    def _side(self, key: str) -> dict[str, Any]:
        if self.shared is not None:
            arguments = {**self.shared, **self.entry.get(key, {})}
            arguments = {name: value for name, value in arguments.items() if value is not None}
            components = [{"make": "ManagedDatabase", "name": "orders", "args": arguments}]
        else:
            components = self.entry[key]
        document = json.loads(_document(json.dumps(components)))
        for kinds, values in self._edits(key):
            _edit(document, kinds, values)
        dropped = self.entry.get("drop", {}).get(key, ())
        document["resources"] = [one for one in document["resources"] if _kind(one) not in dropped]
        return document

    def _edits(self, key: str) -> Iterator[tuple[Set[str], Mapping[str, Any]]]:
        if key in self.entry.get("set", {}):
            yield DATABASES, self.entry["set"][key]
        for kind, values in self.entry.get("edit", {}).get(key, {}).items():
            yield {kind}, values


def independent_pairs(folder: Path = FOLDER) -> Iterator[Independent]:
    for path in sorted(folder.glob("*.yaml")):
        content = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        for entry in content["pairs"]:
            yield Independent(f"{path.stem}: {entry['id']}", entry, content.get("base"))


def judged(pair: Independent) -> tuple[list[str], list[str]]:
    """Lines that miss a loss of data or a replacement, and all that are classed otherwise than labelled."""
    missed: list[str] = []
    wrong: list[str] = []
    changes = compare(*pair.documents())
    covered: set[int] = set()
    for label, effect in pair.labels.items():
        lines = [one for one in changes if _belongs(one, label)]
        covered |= {id(one) for one in lines}
        found = max((one.effect for one in lines), default=Effect.NO_EFFECT)
        if found != effect:
            wrong.append(f"{pair.name}: {label or 'whole'} is {found.slug}, labelled {effect.slug}")
            if found < effect >= Effect.REPLACE:
                missed.append(wrong[-1])
    wrong += [
        f"{pair.name}: {_whole_path(one)} is {one.effect.slug}, and nobody expects anything there"
        for one in changes
        if id(one) not in covered and one.effect > Effect.ONLINE
    ]
    return missed, wrong


def _belongs(change: Change, label: str) -> bool:
    if not label:
        return not change.path and change.kind.startswith("Percona")
    return change.path.startswith(label) or _whole_path(change).startswith(label)


def _whole_path(change: Change) -> str:
    return f"{change.kind} {change.object_name}" + (f": {change.path}" if change.path else "")


@cache
def _document(components: str) -> str:
    """The graph of components, both as JSON: most pairs have a side in common."""
    graph = evaluate(lambda: _register(json.loads(components)))
    return json.dumps(side.document_of(graph, "dev"))


def _register(components: list[dict[str, Any]]) -> None:
    providers: dict[str, pulumi.ProviderResource] = {}
    made: dict[str, pulumi.Resource] = {}
    for one in components:
        arguments = copy.deepcopy(one["args"])
        if one["make"] == "Provider":
            providers[one["name"]] = pulumi_kubernetes.Provider(one["name"], **arguments)
            continue
        for region in arguments.get("regions", {}).values():
            region["provider"] = providers[region["provider"]]
        options = dict(one.get("options", {}))
        if "aliases" in options:
            options["aliases"] = [pulumi.Alias(name=name) for name in options["aliases"]]
        if "provider" in options:
            options["providers"] = [providers[options.pop("provider")]]
        if "parent" in options:
            options["parent"] = made[options["parent"]]
        if one["make"] == "Resource":
            made[one["name"]] = pulumi.CustomResource(
                one["type"], one["name"], arguments, pulumi.ResourceOptions(**options)
            )
            continue
        component = getattr(dbaas_components, one["make"])
        made[one["name"]] = component(one["name"], arguments, pulumi.ResourceOptions(**options))


def _edit(document: dict[str, Any], kinds: Set[str], fields: Mapping[str, Any]) -> None:
    found = [one for one in document["resources"] if _kind(one) in kinds]
    assert found, kinds
    for resource in found:
        for path, value in fields.items():
            at: Any = resource["inputs"]
            *steps, last = path.split(".")
            for step in steps:
                at = at[int(step)] if step.isdigit() else at.setdefault(step, {})
            if value is None:
                del at[last]
            else:
                at[last] = copy.deepcopy(value)


def _kind(resource: Mapping[str, Any]) -> str:
    return resource["type"].rpartition(":")[2]
