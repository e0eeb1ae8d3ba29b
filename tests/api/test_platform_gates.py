"""The Job behind a gate, with the very rights that it is given, on a real API server whose controllers run."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.in_cluster import gate, service
from dbaas_components.bootstrap.operators.extras import gate_job
from dbaas_components.bootstrap.operators.rows import OPERATORS
from dbaas_components.bootstrap.operators.spec import OperatorsSpec
from embedded.control_plane import Running
from tests.api.objects import ApiServer
from tests.api.service_accounts import Cluster

pytestmark = pytest.mark.api

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
COLLECTIONS = {
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
}
NAME = "ps-operator"


class Operator:
    """An operator at home in a namespace of its own, whose pods the test plays, and its gate."""

    def __init__(self, control_plane: Running, folder: Path) -> None:
        self.server = ApiServer(control_plane.kubeconfig)
        self.namespace = self.server.new_namespace(f"gate-{uuid.uuid4().hex[:8]}")
        home = {"namespace": self.namespace, "watch_namespaces": [self.namespace]}
        spec = parse_arguments(OperatorsSpec, "operators", {"ownership": OWNERSHIP, "installations": [home]})
        self.gate = gate_job(spec, spec.installations[0], OPERATORS["ps"])
        self.lease = self.gate.leases[0].name
        for one in self.gate.rights():
            self.server.create(COLLECTIONS[one["kind"]].format(self.namespace), one)
        self.cluster = Cluster(control_plane.kubeconfig, self.server, self.namespace, folder)

    def deploy(self, replicas: int) -> None:
        labels = {"app": NAME}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a", "image": "none.invalid/a"}]}}
        manifest = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": NAME, "namespace": self.namespace},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod},
        }
        self.server.apply(f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{NAME}", manifest)

    def hold(self, holder: str) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        manifest = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self.lease, "namespace": self.namespace},
            "spec": {"holderIdentity": holder, "renewTime": now, "leaseDurationSeconds": 15},
        }
        self.server.apply(f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases/{self.lease}", manifest)

    def run(self, wait_seconds: float) -> int:
        told: dict[str, Any] = {**self.gate.job().configuration, "wait_seconds": wait_seconds}
        told["kubernetes"] = self.cluster.settings(self.gate.name)
        file = self.cluster.folder / "configuration.json"
        file.write_text(json.dumps(told))
        return gate.main([str(file)])


@pytest.fixture
def operator(control_plane: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    monkeypatch.setattr(service, "PAUSE_SECONDS", 0.05)
    return Operator(control_plane, tmp_path)


def test_it_opens_when_the_deployment_is_available_and_its_leader_renews(operator: Operator) -> None:
    # Of no pods all are available, which the cluster's own controller says.
    operator.deploy(0)
    over = threading.Event()

    def lead() -> None:
        while not over.wait(0.05):
            operator.hold(f"{NAME}-5d-x_1")

    leader = threading.Thread(target=lead)
    leader.start()
    try:
        assert operator.run(60) == 0
    finally:
        over.set()
        leader.join()


def test_a_deployment_without_its_pods_keeps_it_closed(operator: Operator, caplog: pytest.LogCaptureFixture) -> None:
    operator.deploy(1)
    operator.hold(f"{NAME}-5d-x_1")
    assert operator.run(1) == 1
    assert f"Deployment {operator.namespace}/{NAME} is not ready" in caplog.text


def test_a_lease_that_a_dead_leader_left_keeps_it_closed(operator: Operator, caplog: pytest.LogCaptureFixture) -> None:
    operator.deploy(0)
    operator.hold(f"{NAME}-5d-dead_1")
    # As long as the controller may take on a busy machine to say that no pod is wanted.
    seconds = 1.0
    while operator.run(seconds) == 1 and "was not renewed" not in caplog.text and seconds < 64:
        seconds *= 2
    assert "was not renewed by ps-operator-5d-dead_1 since the first look" in caplog.text
