"""A second set of pairs, labelled by another hand before the tables of effects were seen: programs and what they mean.

Each side is a program: the file's `base` with the side's arguments over it (`null` takes one away), or a list
of components under `base` and `head`. `edit` writes values that no argument has, as an older version of a chart.

A label holds for its field and all below. Of an object other than the only database it begins with kind and name:
`Secret orders-key: stringData`. What has no label must be harmless.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
        document = side.document_of(evaluate(lambda: _register(components)), "dev")
        _edit(document, self.entry.get("edit", {}).get(key, {}), self.entry.get("drop", {}).get(key, ()))
        return document


def independent_pairs() -> Iterator[Independent]:
    for path in sorted(FOLDER.glob("*.yaml")):
        content = yaml.safe_load(path.read_text())
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


def _register(components: list[dict[str, Any]]) -> None:
    providers: dict[str, pulumi.ProviderResource] = {}
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
        getattr(dbaas_components, one["make"])(one["name"], arguments, pulumi.ResourceOptions(**options))


def _edit(document: dict[str, Any], values: Mapping[str, Mapping[str, Any]], dropped: Any) -> None:
    document["resources"] = [one for one in document["resources"] if _kind(one) not in dropped]
    for kind, fields in values.items():
        found = [one for one in document["resources"] if _kind(one) == kind]
        assert found, kind
        for resource in found:
            for path, value in fields.items():
                at: Any = resource["inputs"]
                *steps, last = path.split(".")
                for step in steps:
                    at = at[int(step)] if step.isdigit() else at[step]
                at[last] = value


def _kind(resource: Mapping[str, Any]) -> str:
    return resource["type"].rpartition(":")[2]
