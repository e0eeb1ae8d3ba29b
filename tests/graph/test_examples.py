"""Every program in examples/ runs, registers what it says, and is listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.sizes import PROFILES
from dbaas_components.evaluate import evaluate
from dbaas_components.labels import ENGINE, PROFILE

FOLDER = Path(__file__).resolve().parents[2] / "examples"
EXAMPLES = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
KINDS = [engine.kind for engine in ENGINES.values()]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs_and_tells_where_to_connect(example):
    graph = evaluate(FOLDER / example)
    databases = graph.all("ManagedDatabase")
    assert databases
    for database in databases:
        leaves = [resource for resource in graph if resource.parent == database.urn]
        assert [leaf for leaf in leaves if leaf.inputs["kind"] in KINDS]
    assert graph.exports
    assert graph.secret_values() == []


def test_the_examples_show_every_engine_and_every_profile():
    seen: set[str] = set()
    for example in EXAMPLES:
        for leaf in evaluate(FOLDER / example):
            labels = leaf.inputs.get("metadata", {}).get("labels", {})
            seen |= {labels.get(ENGINE, ""), labels.get(PROFILE, "")}
    assert {*ENGINES, *PROFILES} <= seen


def test_the_list_names_every_example_with_its_engine_and_profile():
    rows = re.findall(r"^\| \[([\w-]+)\]\(\1/__main__\.py\) \|", (FOLDER / "README.md").read_text(), flags=re.MULTILINE)
    assert sorted(rows) == EXAMPLES
    assert len(EXAMPLES) >= 10
