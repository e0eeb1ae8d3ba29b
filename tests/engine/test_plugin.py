"""The component provider in the real engine: its schema, and a component that it constructs for a program."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest

from embedded.control_plane import Running
from tests.engine.provider_stack import Program, ProviderStack

pytestmark = [pytest.mark.engine, pytest.mark.api]

PROJECT = Path(__file__).resolve().parents[2]


def write_plugin(folder: Path) -> Path:
    """What the engine makes of `plugin/` with Pulumi's language plugin for Python, which the built engine has not."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pulumi-resource-dbaas"
    run = f"exec {shlex.quote(sys.executable)} -u {shlex.quote(str(PROJECT / 'plugin' / '__main__.py'))}"
    path.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(PROJECT))}\nexport PYTHONPATH\n{run} "$@"\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def stack(tmp_path: Path, engine: Path, control_plane: Running) -> ProviderStack:
    stack = ProviderStack(tmp_path, engine, control_plane.kubeconfig)
    write_plugin(tmp_path / "engine" / "bin")
    return stack


class Remote(pulumi.ComponentResource):
    """A component as programs in other languages ask for it."""

    write_endpoint: pulumi.Output[str]

    def __init__(self, name: str, properties: dict[str, Any]) -> None:
        outputs = dict.fromkeys(("writeEndpoint", "credentials"))
        super().__init__("dbaas:index:ManagedDatabase", name, {**outputs, **properties}, None, remote=True)


def ordering(**properties: Any) -> Program:
    def program() -> None:
        asked = {"engine": "pxc", "namespace": "shop", "replicas": 5, "storage": {"size": "7Gi"}, **properties}
        Remote("orders", asked)

    return program


def test_the_engine_reads_the_schema(engine: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PULUMI_HOME": str(tmp_path / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    command = [str(engine), "package", "get-schema", str(write_plugin(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=150)
    assert done.returncode == 0, done.stderr
    schema = json.loads(done.stdout)
    assert schema["name"] == "dbaas"
    assert schema["resources"]["dbaas:index:ManagedDatabase"]["isComponent"] is True


def test_a_component_is_constructed_with_everything_below_it(stack: ProviderStack) -> None:
    told = stack.preview(ordering())
    assert told.steps["orders"] == "create"
    assert told.steps["orders-database"] == "create"
    created = next(
        event.resource_pre_event.metadata
        for event in told.events
        if event.resource_pre_event and event.resource_pre_event.metadata.urn.endswith("::orders-database")
    )
    assert created.new is not None
    assert created.new.inputs is not None
    spec = created.new.inputs["spec"]
    assert spec["pxc"]["size"] == 5
    assert spec["pxc"]["volumeSpec"]["persistentVolumeClaim"]["resources"]["requests"]["storage"] == "7Gi"
    assert created.new.protect is True


def test_wrong_arguments_are_refused_in_the_librarys_own_words_without_a_traceback(stack: ProviderStack) -> None:
    told, output = stack.failure("preview", ordering(engine="oracle", replicas=2.5))
    said = "\n".join([*told.messages, output])
    assert '"oracle" is not an engine; choose pg, ps, psmdb or pxc' in said
    assert "2.5 is not a whole number" in said
    assert "parsing.py" not in said
