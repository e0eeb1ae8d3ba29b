"""The labelled pairs of graphs: read from YAML, evaluated, changed as they say."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dbaas_components import ManagedDatabase
from dbaas_components.diff import side
from dbaas_components.diff.document import Document, read_document
from dbaas_components.evaluate import evaluate

FOLDER = Path(__file__).parent / "pairs"
_URN = "urn:pulumi:dev::project::"


@dataclass(frozen=True)
class Pair:
    """Two graphs and the classes that a person gave to their differences."""

    name: str
    engine: str
    entry: Mapping[str, Any]
    base_args: Mapping[str, Any]

    @property
    def expected(self) -> Mapping[str, str]:
        return self.entry["expect"]

    def documents(self) -> tuple[Document, Document]:
        base_args = {**self.base_args, **self.entry.get("base", {})}
        base_args = {key: value for key, value in base_args.items() if value is not None}
        base = copy.deepcopy(_graph(yaml.safe_dump(base_args)))
        _change(base, self.entry.get("base_set", {}), ())
        head = copy.deepcopy(_graph(yaml.safe_dump({**base_args, **self.entry.get("head", {})})))
        _change(head, {**self.entry.get("base_set", {}), **self.entry.get("set", {})}, self.entry.get("remove", ()))
        _database(base).update(self.entry.get("base_options", {}))
        if self.entry.get("gone"):
            head["resources"] = []
        for document, key in ((base, "base"), (head, "head")):
            document["resources"] += _objects(self.entry.get("objects", {}), key)
        return read_document(base), read_document(head)


def pairs() -> Iterator[Pair]:
    for path in sorted(FOLDER.glob("*.yaml")):
        content = yaml.safe_load(path.read_text())
        for entry in content["pairs"]:
            yield Pair(f"{path.stem}: {entry['id']}", path.stem, entry, content["base"])


@cache
def _graph(args: str) -> dict[str, Any]:
    graph = evaluate(lambda: ManagedDatabase("orders", yaml.safe_load(args)))
    return side.document_of(graph, "dev")


def _database(document: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in document["resources"] if one["urn"].endswith("orders-database"))


def _objects(entry: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    if key not in entry:
        return []
    token = entry.get("type", f"kubernetes:any/v1:{entry['kind']}")
    inputs = {"kind": entry["kind"], "metadata": {"name": "op", "namespace": "shop"}, **entry[key]}
    if "type" in entry:
        inputs = dict(entry[key])
    return [{"urn": f"{_URN}{token}::op", "type": token, "name": "op", "inputs": inputs, **entry.get("options", {})}]


def _change(document: dict[str, Any], values: Mapping[str, Any], removed: Any) -> None:
    inputs = _database(document)["inputs"]
    for path, value in values.items():
        place, key = _place(inputs, path)
        if value is None:
            place.pop(key, None)
        else:
            place[key] = copy.deepcopy(value)
    for path in removed:
        place, key = _place(inputs, path)
        del place[key]


def _place(inputs: Any, path: str) -> tuple[Any, Any]:
    """The container of a field and its key; an item of a list goes by its name."""
    steps = re.findall(r"\[([^\]]+)\]|([^.\[\]]+(?:\.io/[^.\[]+)?)", path)
    at = inputs
    for index, (item, name) in enumerate(steps):
        key: Any = name
        if item:
            key = next(number for number, one in enumerate(at) if one.get("name") == item)
        if index == len(steps) - 1:
            return at, key
        at = at[key] if item else at.setdefault(key, {})
    raise AssertionError(path)
