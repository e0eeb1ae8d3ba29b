"""The program that waits for workloads, leases and definitions, before a stand-in for the API server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.bootstrap.in_cluster import gate, service
from dbaas_components.bootstrap.in_cluster.gate import not_ready

LEASE = "apis/coordination.k8s.io/v1/namespaces/a/leases/one.example.com"
WORKLOAD = "apis/apps/v1/namespaces/a/deployments/operator"
DEFINITION = "apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com"
AVAILABLE = {
    "metadata": {"generation": 2},
    "spec": {"replicas": 2},
    "status": {"observedGeneration": 2, "conditions": [{"type": "Available", "status": "True"}]},
}
VERSIONED = {"metadata": {"labels": {"version": "v2.0.0"}}}


def held(*renewals: str, holder: str = "operator-7c-abc_1") -> Iterator[dict[str, Any]]:
    for one in renewals:
        yield {"metadata": {}, "spec": {"holderIdentity": holder, "renewTime": one}}


class Cluster:
    """Answers of the API server, one after the other; the last one stays."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, Any]]] = {
            WORKLOAD: [(200, AVAILABLE)],
            LEASE: [(200, one) for one in held("1", "2")],
            DEFINITION: [(200, VERSIONED)],
        }

    def call(self, _method: str, path: str, _body: Any = None) -> tuple[int, Any]:
        found = self.answers[path]
        return found.pop(0) if len(found) > 1 else found[0]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    made = Cluster()
    monkeypatch.setattr(gate, "KubernetesApi", lambda _settings: made)
    monkeypatch.setattr(service, "PAUSE_SECONDS", 0.001)
    return made


def run(folder: Path, wait_seconds: float = 30) -> int:
    told = {
        "kubernetes": {},
        "shows": "the operator leads",
        "wait_seconds": wait_seconds,
        "workloads": [{"kind": "Deployment", "namespace": "a", "name": "operator"}],
        "leases": [{"namespace": "a", "name": "one.example.com", "holder": "operator-"}],
        "definitions": [{"name": "things.example.com", "label": "version", "value": "v2.0.0"}],
    }
    file = folder / "configuration.json"
    file.write_text(json.dumps(told))
    return gate.main([str(file)])


def test_it_ends_when_everything_is_as_it_must_be(cluster, tmp_path):
    assert run(tmp_path) == 0


def test_it_waits_for_what_is_not_there_yet(cluster, tmp_path):
    for path, answers in cluster.answers.items():
        cluster.answers[path] = [(404, None), (403, None), *answers]
    assert run(tmp_path) == 0
    assert all(len(answers) == 1 for answers in cluster.answers.values())


@pytest.mark.parametrize(
    ("path", "answer", "sentence"),
    [
        (WORKLOAD, (404, None), "Deployment a/operator is not there"),
        (
            WORKLOAD,
            (200, {**AVAILABLE, "status": {"observedGeneration": 2, "readyReplicas": 1}}),
            "is not ready: 1 of 2 pods",
        ),
        (LEASE, (200, next(held("1", holder=""))), "is held by nobody, and not by a pod of operator"),
        (LEASE, (200, next(held("1", holder="other_1"))), "is held by other_1, and not by a pod of operator"),
        (LEASE, (200, next(held("1"))), "was not renewed by operator-7c-abc_1 since the first look"),
        (
            DEFINITION,
            (200, {"metadata": {"labels": {"version": "v1.9.0"}}}),
            "definition things.example.com is of v1.9.0 and its operator of v2.0.0",
        ),
        (DEFINITION, (200, {"metadata": {}}), "is of no version that it says"),
        (DEFINITION, (403, None), "must be allowed to get it"),
        (DEFINITION, (410, None), "Kubernetes answers 410"),
    ],
)
def test_what_is_missing_is_told_in_one_sentence(cluster, tmp_path, caplog, path, answer, sentence):
    cluster.answers[path] = [answer]
    assert run(tmp_path, wait_seconds=0.05) == 1
    (error,) = [one.message for one in caplog.records if one.levelname == "ERROR"]
    assert sentence in error


@pytest.mark.parametrize(
    ("kind", "status", "lacks"),
    [
        ("StatefulSet", {"observedGeneration": 2, "readyReplicas": 3, "updatedReplicas": 3}, None),
        ("StatefulSet", {"observedGeneration": 2, "readyReplicas": 3, "updatedReplicas": 1}, "1 of 3 pods"),
        ("StatefulSet", {"observedGeneration": 2}, "0 of 3 pods"),
        ("StatefulSet", {"observedGeneration": 1, "readyReplicas": 3}, "its controller has not seen the last change"),
        (
            "DaemonSet",
            {"observedGeneration": 2, "desiredNumberScheduled": 2, "numberReady": 2, "updatedNumberScheduled": 2},
            None,
        ),
        (
            "DaemonSet",
            {"observedGeneration": 2, "desiredNumberScheduled": 2, "numberReady": 1, "updatedNumberScheduled": 2},
            "1 of 2 pods",
        ),
    ],
)
def test_a_workload_is_ready_when_all_its_pods_are(kind, status, lacks):
    assert not_ready(kind, {"metadata": {"generation": 2}, "spec": {"replicas": 3}, "status": status}) == lacks
