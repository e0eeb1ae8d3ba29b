"""Definitions of another owner, found by the real engine's hooks in a real API server of this test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes
import pytest

from dbaas_components.bootstrap.custom_resource_definitions import CustomResourceDefinitions
from dbaas_components.databases.custom_resources.definitions import write_definitions
from dbaas_components.databases.engines import ENGINES
from embedded.control_plane import Running
from tests.api.objects import ApiServer
from tests.engine.provider_stack import ProviderStack

pytestmark = pytest.mark.engine

NAME = ENGINES["pg"].definition_name
PATH = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{NAME}"
MARK = "meta.helm.sh/release-name"


@pytest.fixture
def kubeconfig(own_control_plane: Running) -> Path:
    """Of a control plane of its own: definitions are everybody's."""
    return own_control_plane.kubeconfig


@pytest.fixture
def program(tmp_path: Path, kubeconfig: Path) -> Callable[..., Callable[[], None]]:
    write_definitions(tmp_path / "crds")

    def make(**more: Any) -> Callable[[], None]:
        def body() -> None:
            provider = pulumi_kubernetes.Provider("cluster", kubeconfig=str(kubeconfig))
            args: Any = {"folder": str(tmp_path / "crds"), "engines": ["pg"], **more}
            CustomResourceDefinitions("crds", args, pulumi.ResourceOptions(providers=[provider]))

        return body

    return make


def annotate(server: ApiServer, value: str | None) -> None:
    body = {"metadata": {"annotations": {MARK: value, "meta.helm.sh/release-namespace": value and "ops"}}}
    server.call("PATCH", PATH, body=body, type="application/merge-patch+json")


def test_a_definition_of_a_helm_release_stops_the_preview_and_both_ways_out_work(
    tmp_path: Path, engine: Path, kubeconfig: Path, program: Callable[..., Callable[[], None]]
) -> None:
    server, stack = ApiServer(kubeconfig), ProviderStack(tmp_path, engine, kubeconfig)
    stack.up(program())
    stack.destroy()
    # They are retained, and nobody's: the next stack takes them.
    assert server.call("GET", PATH)["metadata"]["name"] == NAME
    annotate(server, "pg")
    sentence = f"definition {NAME} belongs to Helm release ops/pg, which would set it back"
    for action in ("preview", "up"):
        _, output = stack.failure(action, program())
        assert sentence in " ".join(output.split())
        assert "Traceback" not in output
    stack.up(program(take_over=True))
    stack.destroy()
    annotate(server, None)
    told, _ = stack.up(program())
    assert "create" in told.steps.values()
    assert "not looked" not in told.text
    stack.destroy()
