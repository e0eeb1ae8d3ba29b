"""The steps of an `up`, worked out from a graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
from typer.testing import CliRunner

from dbaas_components.bootstrap import definition_sources
from dbaas_components.bootstrap.definition_sources import definitions_beside
from dbaas_components.cli import plan
from dbaas_components.cli.app import build_app
from dbaas_components.evaluate import evaluate
from dbaas_components.labels import GATE
from dbaas_components.planning import steps


class Part(pulumi.ComponentResource):
    def __init__(self, name: str, kind: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"dbaas:index:{kind}", name, {}, opts)


def thing(name: str, parent: pulumi.Resource, *after: pulumi.Resource, **metadata: object) -> pulumi.Resource:
    body: dict[str, object] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}
    return pulumi.CustomResource(
        "kubernetes:core/v1:ConfigMap", name, body, pulumi.ResourceOptions(parent=parent, depends_on=list(after))
    )


def planned(program: object):
    return {step.name: step for step in steps(evaluate(program))}  # type: ignore[arg-type]


def test_a_component_is_one_step_and_waits_for_those_whose_objects_it_needs() -> None:
    def program() -> None:
        first, second, third = Part("first", "First"), Part("second", "Second"), Part("third", "Third")
        made = thing("a", first)
        also = thing("b", second, made)
        thing("c", third, made, also)

    found = planned(program)
    assert [(step.number, step.kind) for step in found.values()] == [(1, "First"), (2, "Second"), (3, "Third")]
    assert found["second"].after == (1,)
    # It waits for the first too, and the second has waited for that one already.
    assert found["third"].after == (2,)


def test_the_parts_of_a_platform_are_steps_of_their_own() -> None:
    def program() -> None:
        platform = Part("platform", "Platform")
        inside = Part("inside", "Vault", pulumi.ResourceOptions(parent=platform))
        thing("a", inside)

    assert [(name, step.kind) for name, step in planned(program).items()] == [("inside", "Vault")]


def test_what_a_component_itself_waits_for_holds_up_all_that_is_in_it() -> None:
    def program() -> None:
        first = Part("first", "First")
        made = thing("z", first)
        late = Part("late", "Late", pulumi.ResourceOptions(depends_on=[made]))
        thing("a", late)

    assert planned(program)["late"].after == (1,)


def test_a_step_tells_its_charts_gates_and_what_is_protected() -> None:
    def program() -> None:
        part = Part("part", "Vault")
        thing("gate", part, annotations={GATE: "the server is unsealed"})
        pulumi.CustomResource(
            "kubernetes:helm.sh/v3:Release",
            "release",
            {"chart": "oci://example.com/charts/vault", "version": "1.0"},
            pulumi.ResourceOptions(parent=part, protect=True, retain_on_delete=True),
        )

    step = planned(program)["part"]
    assert (step.charts, step.gates, step.makes) == (("vault 1.0",), ("the server is unsealed",), {"ConfigMap": 1})
    assert (step.protected, step.kept) == (1, 1)


@pytest.mark.slow
def test_the_verb_prints_a_line_for_each_step_and_refuses_an_unknown_stack() -> None:
    if definitions_beside(Path(__file__).resolve().parents[2]) is None:
        pytest.skip("the official CRDs are not beside the project, where its stacks look for them")
    result = CliRunner().invoke(build_app(), ["plan", "--stack", "dev"])
    assert result.exit_code == 0
    assert "ManagedDatabase" in result.stdout
    assert "A destroy goes the other way." in result.stdout
    refused = CliRunner().invoke(build_app(), ["plan", "--stack", "nowhere"])
    assert refused.exit_code == 1


@pytest.mark.slow
def test_a_stack_is_planned_without_definitions_where_none_are_here_and_nothing_is_fetched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fetched(*_: object, **__: object) -> None:
        pytest.fail("a plan has fetched something")

    monkeypatch.setattr(definition_sources.urllib.request, "urlopen", fetched)
    monkeypatch.setattr(plan, "definitions_beside", lambda _project: None)
    monkeypatch.setattr(plan, "cached_definitions", lambda: tmp_path / "nothing")
    result = CliRunner().invoke(build_app(), ["plan", "--stack", "dev"])
    assert result.exit_code == 0, result.output
    assert "ManagedDatabase" in result.stdout
    assert "CustomResourceDefinitions" not in result.stdout
    assert "Planned without definitions: 10 files of them are not on this machine" in result.stderr


def test_definitions_that_are_named_or_no_part_of_the_stack_are_left_as_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(plan, "cached_definitions", lambda: tmp_path / "nothing")
    settings = "dbaas:custom_resource_definitions"
    for left in (
        {"dbaas:regions": [], settings: {"folder": "crds"}},
        {"dbaas:regions": [], settings: {"install": False}},
        {"team:size": "small"},
    ):
        before = dict(left)
        assert plan.leave_definitions_out(left, tmp_path) is None
        assert left == before
    config: dict[str, Any] = {"dbaas:regions": []}
    assert "4 files of them" in (plan.leave_definitions_out(config, tmp_path) or "")
    assert config[settings] == {"install": False}
