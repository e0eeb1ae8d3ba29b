"""`CustomResourceDefinitions` as it is registered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from dbaas_components import CustomResourceDefinitions, ManagedDatabase, SpecError
from dbaas_components.databases.custom_resources.definitions import write_definitions
from dbaas_components.databases.engines import ENGINES
from dbaas_components.evaluate import Graph, evaluate

NAMES = sorted(engine.definition_name for engine in ENGINES.values())


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> str:
    write_definitions(tmp_path / "crds")
    return str(tmp_path / "crds")


def definitions(args: Any) -> Graph:
    return evaluate(lambda: CustomResourceDefinitions("crds", args))


def test_every_definition_is_a_child_named_after_it(folder):
    graph = definitions({"folder": folder})
    component = graph.one("CustomResourceDefinitions")
    assert component.type == "dbaas:index:CustomResourceDefinitions"
    children = graph.children(component)
    assert sorted(child.name for child in children) == [f"crds-{name}" for name in NAMES]
    assert {child.type for child in children} == {"kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"}


def test_definitions_stay_when_they_leave_the_program(folder):
    assert all(child.retain_on_delete for child in definitions({"folder": folder}).all("CustomResourceDefinition"))


def test_definitions_that_somebody_else_applied_are_taken_over(folder):
    for child in definitions({"folder": folder}).all("CustomResourceDefinition"):
        assert child.inputs["metadata"]["annotations"]["pulumi.com/patchForce"] == "true"


def test_one_engine_alone_can_be_chosen(folder):
    (child,) = definitions({"folder": folder, "engines": ["pg"]}).all("CustomResourceDefinition")
    assert child.inputs["metadata"]["name"] == ENGINES["pg"].definition_name


def test_one_gate_stands_for_all_definitions(folder):
    def program() -> None:
        crds = CustomResourceDefinitions("crds", {"folder": folder})
        ManagedDatabase(
            "orders", {"engine": "pxc", "namespace": "shop"}, pulumi.ResourceOptions(depends_on=[crds.gate])
        )
        pulumi.export("ready", crds.ready)

    graph = evaluate(program)
    children = graph.all("CustomResourceDefinition")
    (gate,) = graph.one("ManagedDatabase").dependencies
    assert {resource.urn for resource in children} <= {
        gate,
        *(resource.urn for resource in graph.dependency_closure(gate)),
    }
    assert graph.exports["ready"] == NAMES


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "folder: is required and was not given; write the path of a folder of definitions"),
        ({"folder": 3}, "folder: 3 is not text; write the path of a folder of definitions"),
        ({"folder": "/nowhere"}, 'folder: "/nowhere" is not a folder; give one laid out as'),
        (
            {"folder": "/nowhere", "engine": ["pg"]},
            "engine: is not a known key; choose engines, folder, software or take_over; did you mean",
        ),
        ({"folder": "/nowhere", "engines": "pg"}, 'engines: "pg" is not a list; write one such as'),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_registered(args, message):
    with pytest.raises(SpecError, match=r"^custom resource definitions: ") as caught:
        definitions(args)
    assert message in str(caught.value)
