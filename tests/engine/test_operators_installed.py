"""Operators that run already, found by the real engine's hooks in a real API server."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes
import pytest

from dbaas_components.bootstrap.operators.component import Operators
from embedded.control_plane import Running
from tests.api.objects import ApiServer
from tests.engine.provider_stack import ProviderStack

pytestmark = pytest.mark.engine

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}


@pytest.fixture
def server(control_plane: Running) -> ApiServer:
    return ApiServer(control_plane.kubeconfig)


@pytest.fixture
def theirs(server: ApiServer) -> Iterator[str]:
    """An operator of pxc that somebody else installed and that watches every namespace; the path of its Deployment."""
    namespace = server.new_namespace(f"theirs-{uuid.uuid4().hex[:8]}")
    labels = {"app": "operator"}
    container = {
        "name": "operator",
        "image": "percona/percona-xtradb-cluster-operator:1.19.0",
        "env": [{"name": "WATCH_NAMESPACE", "value": ""}],
    }
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    server.create(
        path,
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "pxc"},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        },
    )
    yield f"{path}/pxc"
    if server.call("GET", path)["items"]:
        server.call("DELETE", f"{path}/pxc")


@pytest.fixture
def stack(tmp_path: Path, engine: Path, control_plane: Running) -> ProviderStack:
    return ProviderStack(tmp_path, engine, control_plane.kubeconfig, DBAAS_RECORD_HELM_RELEASES="true")


@pytest.fixture
def operators(control_plane: Running) -> Callable[..., Callable[[], None]]:
    """Programs that install operators in a namespace of this test's own."""
    own = f"operators-{uuid.uuid4().hex[:8]}"

    def program(*engines: str, **args: Any) -> Callable[[], None]:
        def body() -> None:
            provider = pulumi_kubernetes.Provider("cluster", kubeconfig=str(control_plane.kubeconfig))
            given: Any = {"ownership": OWNERSHIP, "engines": engines, "installations": [{"namespace": own}], **args}
            Operators("operators", given, pulumi.ResourceOptions(providers=[provider]))

        return body

    return program


def test_one_that_would_fight_with_ours_stops_the_preview_and_the_way_out_works(stack, operators, theirs, server):
    namespace = theirs.split("/")[5]
    sentence = f"an operator of pxc, 1.19.0, runs already as Deployment {namespace}/pxc and would watch every namespace"
    _, output = stack.failure("preview", operators("pxc"))
    assert sentence in " ".join(output.split())
    assert "Traceback" not in output
    _, output = stack.failure("up", operators("pxc"))
    assert sentence in " ".join(output.split())
    server.call("DELETE", theirs)
    told, _ = stack.up(operators("pxc"))
    assert "create" in told.steps.values()
    assert "not looked" not in told.text
    told, _ = stack.up(operators("pxc"))
    assert set(told.steps.values()) == {"same"}
    stack.destroy()


def test_another_engine_is_installed_beside_it_and_never_downgraded(stack, operators, theirs, server):
    stack.up(operators("ps"))
    deployment = next(one for one in stack.resources().values() if one["type"] == "kubernetes:apps/v1:Deployment")
    namespace, name = deployment["id"].split("/")
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
    newer = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "percona/x:1"}]
    newer[0]["value"] = "docker.io/percona/percona-server-mysql-operator:9.0.0"
    server.call("PATCH", path, body=newer, type="application/json-patch+json")
    _, output = stack.failure("preview", operators("ps", replicas=3))
    assert "is 9.0.0, newer than 1.2.0, which this library pins" in " ".join(output.split())
    stack.destroy()


def test_it_can_be_told_not_to_look(stack, operators, theirs):
    stack.up(operators("pxc", check_installed=False))
    stack.destroy()
