"""The real engine, given the same program, holds the same identities and options as the evaluated graph."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pulumi
import pulumi.automation as auto
import pytest
from pulumi import ResourceOptions

from dbaas_components.evaluate import DuplicateUrnError, Resource, evaluate

pytestmark = pytest.mark.engine


class Part(pulumi.ComponentResource):
    def __init__(self, name: str, opts: ResourceOptions | None = None) -> None:
        super().__init__("test:index:Part", name, None, opts)
        self.register_outputs({})


class Whole(pulumi.ComponentResource):
    def __init__(self, name: str, opts: ResourceOptions | None = None) -> None:
        super().__init__("test:index:Whole", name, None, opts)
        self.part = Part(f"{name}-part", ResourceOptions(parent=self))
        value = {"replicas": 3, "password": pulumi.Output.secret("hunter2")}
        self.leaf = stash(f"{name}-leaf", value, parent=self.part, ignore_changes=["input"])
        self.register_outputs({"size": 3})


def stash(name: str, value: Any, **opts: Any) -> pulumi.Stash:
    """A leaf that the engine keeps by itself, so that no provider is needed."""
    return pulumi.Stash(name, ResourceOptions(**opts), input=value)


def program() -> None:
    plain = Whole("plain")
    kept = Whole("kept", ResourceOptions(protect=True, retain_on_delete=True))
    owner = stash("owner", "x", depends_on=[plain, kept.leaf])
    Whole("owned", ResourceOptions(deleted_with=owner))
    stash("under-a-leaf", owner.output, parent=owner, additional_secret_outputs=["output"])
    stash("free", "y", parent=kept, protect=False, retain_on_delete=False)
    pulumi.export("answer", 42)
    pulumi.export("secret", pulumi.Output.secret("hunter2"))


def stack_of(body: Any, engine: Path, folder: Path) -> auto.Stack:
    (folder / "state").mkdir()
    return auto.create_stack(
        "dev",
        project_name="project",
        program=body,
        opts=auto.LocalWorkspaceOptions(
            project_settings=auto.ProjectSettings(
                name="project", runtime="python", backend=auto.ProjectBackend(f"file://{folder / 'state'}")
            ),
            pulumi_home=str(folder / "home"),
            env_vars={
                "PATH": f"{engine.parent}{os.pathsep}{os.environ['PATH']}",
                "PULUMI_CONFIG_PASSPHRASE": "for this test alone",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
            },
        ),
    )


@pytest.fixture(scope="module")
def state(engine: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: pytest.MonkeyPatch) -> Any:
    """What the engine wrote down after running the program: its resources by URN."""
    monkeypatch_module.setenv("PATH", f"{engine.parent}{os.pathsep}{os.environ['PATH']}")
    stack = stack_of(program, engine, tmp_path_factory.mktemp("engine"))
    stack.up()
    resources: list[dict[str, Any]] = (stack.export_stack().deployment or {})["resources"]
    return {resource["urn"]: resource for resource in resources if not _default_provider(resource)}


def _default_provider(resource: dict[str, Any]) -> bool:
    return resource["type"].startswith("pulumi:providers:") and resource["urn"].rpartition("::")[2].startswith(
        "default"
    )


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_urns_are_those_of_the_engine(state):
    graph = evaluate(program)
    assert sorted(state) == sorted([graph.stack.urn, *(resource.urn for resource in graph)])


def _as_in_state(resource: Resource) -> dict[str, Any]:
    """The resource in the words of the engine's state."""
    return {
        "custom": resource.custom,
        "type": resource.type,
        "parent": resource.parent,
        "protect": resource.protect,
        "retainOnDelete": resource.retain_on_delete,
        "deletedWith": resource.deleted_with,
        "dependencies": list(resource.dependencies),
        "ignoreChanges": list(resource.ignore_changes),
        "propertyDependencies": {key: list(urns) for key, urns in resource.property_dependencies.items()},
        "additionalSecretOutputs": list(resource.additional_secret_outputs),
    }


def _from_state(resource: dict[str, Any]) -> dict[str, Any]:
    found = resource.get("propertyDependencies") or {}
    return {
        "custom": resource["custom"],
        "type": resource["type"],
        "parent": resource.get("parent"),
        "protect": resource.get("protect", False),
        "retainOnDelete": resource.get("retainOnDelete", False),
        "deletedWith": resource.get("deletedWith"),
        "dependencies": sorted(resource.get("dependencies") or []),
        "ignoreChanges": resource.get("ignoreChanges", []),
        "propertyDependencies": {key: sorted(urns) for key, urns in found.items() if urns},
        "additionalSecretOutputs": resource.get("additionalSecretOutputs", []),
    }


def test_parents_dependencies_and_options_are_those_of_the_engine(state):
    graph = evaluate(program)
    for resource in (graph.stack, *graph):
        assert _as_in_state(resource) == _from_state(state[resource.urn]), resource.urn


def test_exports_and_what_is_secret_are_those_of_the_engine(state):
    graph = evaluate(program)
    outputs = state[graph.stack.urn]["outputs"]
    assert outputs["answer"] == graph.exports["answer"] == 42
    # The SDK exports the state with secrets readable; what was encrypted carries its plain text under this key.
    secret = [name for name, value in outputs.items() if isinstance(value, dict) and "plaintext" in value]
    assert tuple(secret) == graph.secret_exports == ("secret",)
    leaf = graph.one("Stash", "plain-leaf")
    assert "plaintext" in state[leaf.urn]["inputs"]["input"]["password"]
    assert leaf.secret_paths == ("input.password",)
    assert leaf.inputs["input"]["replicas"] == 3


def test_the_engine_refuses_a_duplicate_in_the_same_words(engine, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{engine.parent}{os.pathsep}{os.environ['PATH']}")

    def twice() -> None:
        stash("same", 1)
        stash("same", 2)

    with pytest.raises(DuplicateUrnError) as ours:
        evaluate(twice)
    with pytest.raises(auto.CommandError) as theirs:
        stack_of(twice, engine, tmp_path).preview()
    assert str(ours.value).splitlines()[0] in str(theirs.value)
