"""A platform that failed half-way: what was made stays, the sentence says the way out, and the next `up` goes on."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes
import pytest

from dbaas_components import Platform
from embedded.control_plane import Running
from tests.api.objects import ApiServer
from tests.engine.provider_stack import ProviderStack

pytestmark = pytest.mark.engine

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}


def test_an_operator_in_our_place_stops_its_part_alone_and_the_next_up_goes_on(
    tmp_path: Path, engine: Path, own_control_plane: Running
) -> None:
    server, mark = ApiServer(own_control_plane.kubeconfig), uuid.uuid4().hex[:8]
    home, shop = server.new_namespace(f"home-{mark}"), f"shop-{mark}"
    path = f"/apis/apps/v1/namespaces/{home}/deployments"
    labels = {"app": "operator"}
    pod = {"containers": [{"name": "operator", "image": "percona/percona-server-mysql-operator:1.1.0"}]}
    older = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "ps-operator"},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }

    def program() -> None:
        provider = pulumi_kubernetes.Provider("cluster", kubeconfig=str(own_control_plane.kubeconfig))
        parts: Any = {
            "ownership": OWNERSHIP,
            "priority_classes": False,
            "namespaces": [{"name": shop, "deletion_protection": False}],
            "operators": {
                "engines": ["ps"],
                "create_namespaces": False,
                "installations": [{"namespace": home, "watch_namespaces": [home]}],
            },
        }
        Platform("main", parts, pulumi.ResourceOptions(providers=[provider]))

    stack = ProviderStack(tmp_path, engine, own_control_plane.kubeconfig)
    # It comes after the preview, so that the update is stopped with parts of the platform made.
    stack.preview(program)
    server.create(path, older)
    _, output = stack.failure("up", program)
    said = " ".join(output.split())
    assert f"the operator of ps, 1.1.0, is there already as Deployment {home}/ps-operator" in said
    assert f"run `kubectl delete deployment ps-operator --namespace {home}`" in said
    assert "Traceback" not in output
    # Its rights come before it, and are made by then.
    made = {name for name, one in stack.resources().items() if one["custom"] and name.startswith("main-")}
    assert f"main-operators-{home}-ps-role" in made
    assert f"main-operators-{home}-ps-gate" not in made
    server.call("DELETE", f"{path}/ps-operator")
    told, _ = stack.up(program)
    assert {told.steps[name] for name in made} == {"same"}
    assert told.steps[f"main-operators-{home}-ps"] == told.steps[f"main-operators-{home}-ps-gate"] == "create"
    assert server.call("GET", f"{path}/ps-operator")["spec"]["replicas"] == 2
    told, _ = stack.up(program)
    assert set(told.steps.values()) == {"same"}
    stack.destroy(program)
