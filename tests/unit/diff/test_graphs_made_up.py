"""A graph that a program made up itself, to lead its reader astray, is read in bounded time."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.diff.compare import compare
from dbaas_components.diff.document import Document, Saved
from dbaas_components.diff.former import Formers
from dbaas_components.diff.running import Options, build_report

STACK = "urn:pulumi:dev::shop::"
MAP = "kubernetes:core/v1:ConfigMap"


def component(name: str, parent: str = "", *aliases: str) -> Saved:
    above = f"{STACK}x:y:C::{parent}" if parent else ""
    old = tuple(f"{STACK}x:y:Old::{alias}" for alias in aliases)
    return Saved(f"{STACK}x:y:C::{name}", "x:y:C", name, custom=False, parent=above, aliases=old)


def part(name: str, parent: str) -> Saved:
    inputs: dict[str, Any] = {"metadata": {"name": name}}
    return Saved(f"{STACK}{MAP}::{name}", MAP, name, parent=f"{STACK}x:y:C::{parent}", inputs=inputs)


def circle() -> list[Saved]:
    return [component("a", "b"), component("b", "a"), component("self", "self"), part("x", "a"), part("y", "self")]


def deep() -> list[Saved]:
    chain = [component(f"c{number}", f"c{number - 1}" if number else "") for number in range(20_000)]
    return [*reversed(chain), *(part(f"p{number}", f"c{number}") for number in range(0, 20_000, 20))]


def renamed() -> list[Saved]:
    chain = [component(f"c{n}", f"c{n - 1}" if n else "", f"one{n}", f"other{n}") for n in range(60)]
    return [*chain, part("x", "c59")]


@pytest.mark.parametrize("made_up", [circle, pytest.param(deep, marks=pytest.mark.slow), renamed])
def test_no_graph_takes_its_reader_without_end(made_up: Any) -> None:
    head = Document("shop", "dev", tuple(made_up()))
    began = time.monotonic()
    assert {one.kind for one in compare(Document("shop", "dev", ()), head)} == {"ConfigMap"}
    assert {one.kind for one in compare(head, Document("shop", "dev", ()))} == {"ConfigMap"}
    assert time.monotonic() - began < 60, "minutes or for ever without a bound"


def test_a_component_in_a_component_hands_both_former_names_on() -> None:
    chain = (component("new", "", "old"), component("new-inner", "new"), part("new-inner-x", "new-inner"))
    found = Formers(Document("shop", "dev", chain)).of(chain[2])
    assert f"{STACK}x:y:Old$x:y:C${MAP}::old-inner-x" in found


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ([], "spec is a list and no mapping"),
        (None, "spec is null and no mapping"),
        ({"instances": float("nan")}, "spec.instances is nan, which is no number of an object"),
        (
            {"instances": [{"replicas": float("inf")}]},
            "spec.instances[0].replicas is inf, which is no number of an object",
        ),
    ],
)
def test_what_no_api_server_would_take_makes_the_report_incomplete(spec: Any, reason: str, tmp_path: Path) -> None:
    token = "kubernetes:pgv2.percona.com/v2:PerconaPGCluster"
    for name, one in (("base", {"instances": [{"replicas": 3}]}), ("head", spec)):
        inputs = {"metadata": {"name": "orders", "namespace": "shop"}, "spec": one}
        resource = {"urn": f"{STACK}{token}::orders", "type": token, "name": "orders", "inputs": inputs}
        document = {"format": "dbaas-graph/1", "project": "shop", "stack": "dev", "resources": [resource]}
        (tmp_path / name).write_text(json.dumps(document))
    options = Options("dev", tmp_path, None, 10, sys.executable, cache=False)
    report = build_report(str(tmp_path / "base"), str(tmp_path / "head"), options)
    assert not report.passed
    assert report.problems == (f"the report is incomplete: PerconaPGCluster orders: {reason}",)
    assert report.problems[0] in report.verdict_lines[0]
