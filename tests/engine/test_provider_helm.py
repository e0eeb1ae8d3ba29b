"""Helm and other overlays under the stand-in provider and the real engine: refused, or recorded where asked."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s
import pytest

from embedded.control_plane import Running
from tests.engine.provider_stack import Program, ProviderStack

pytestmark = pytest.mark.engine


def release(version: str = "1.3.0") -> None:
    made = k8s.helm.v3.Release(
        "pmm",
        chart="pmm",
        version=version,
        namespace="monitoring",
        repository_opts={"repo": "https://percona.github.io/percona-helm-charts"},
        values={"secret": {"password": pulumi.Output.secret("correct-horse-battery")}},
    )
    pulumi.export("status", made.status["status"])


def chart() -> None:
    k8s.helm.v4.Chart("pmm", chart="pmm", version="1.3.0", values={"a": pulumi.Output.secret("correct-horse-battery")})


def yaml_group() -> None:
    k8s.yaml.v2.ConfigGroup("group", yaml="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}")


def old_yaml() -> None:
    k8s.yaml.ConfigGroup("group", yaml=["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}"])


@pytest.mark.parametrize("program", [release, chart, yaml_group, old_yaml])
def test_what_the_stand_in_cannot_do_is_refused_with_what_to_do(
    tmp_path: Path, engine: Path, control_plane: Running, program: Program
) -> None:
    _, output = ProviderStack(tmp_path, engine, control_plane.kubeconfig).failure("preview", program)
    assert "install the official Kubernetes provider" in output


def test_a_release_is_recorded_and_says_so_where_the_stack_asks_for_it(
    tmp_path: Path, engine: Path, control_plane: Running
) -> None:
    stack = ProviderStack(tmp_path, engine, control_plane.kubeconfig, DBAAS_RECORD_HELM_RELEASES="true")
    told, result = stack.up(release)
    assert [line for line in told.messages if line.startswith("pmm 1.3.0: recorded, not installed")]
    assert result.outputs["status"].value == "recorded, not installed"
    recorded = stack.resources()["pmm"]
    assert recorded["id"] == f"monitoring/{recorded['inputs']['name']}"
    assert "correct-horse-battery" not in stack.stored()
    told, _ = stack.up(release)
    assert told.steps["pmm"] == "same"
    told, _ = stack.up(lambda: release("1.4.0"))
    assert told.steps["pmm"] == "update"
    assert told.changed_paths("pmm") == {"version"}
    stack.refresh(lambda: release("1.4.0"))
    stack.destroy()
    assert not stack.resources()


def test_a_chart_is_recorded_and_says_so_where_the_stack_asks_for_it(
    tmp_path: Path, engine: Path, control_plane: Running
) -> None:
    stack = ProviderStack(tmp_path, engine, control_plane.kubeconfig, DBAAS_RECORD_HELM_RELEASES="true")
    told, _ = stack.up(chart)
    assert [line for line in told.messages if "recorded, not installed" in line]
    assert stack.resources()["pmm"]["type"] == "kubernetes:helm.sh/v4:Chart"
    assert "correct-horse-battery" not in stack.stored()
    stack.destroy()
