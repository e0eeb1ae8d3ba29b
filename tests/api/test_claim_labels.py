"""Owner labels on volume claims, by the Job's program with the very rights that it is given before a real API server.

No operator runs here: the claims bear the labels that Kubernetes copies from their StatefulSets.
"""

from __future__ import annotations

import json
import logging
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.claim_labels import ClaimLabels, ClaimLabelsSpec, labelling_job, rights
from dbaas_components.bootstrap.in_cluster import claim_labels, service
from dbaas_components.databases.custom_resources.definitions import write_definitions
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from dbaas_components.evaluate import evaluate
from dbaas_components.labels import COST_CENTRE, OWNER
from embedded.control_plane import ControlPlane, Running
from tests.api.objects import ApiServer
from tests.api.test_platform_jobs import Cluster, create

pytestmark = pytest.mark.api

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
MANAGERS = {"pxc": "percona-xtradb-cluster-operator", "ps": "percona-server-mysql-operator"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, need_control_plane: None) -> Any:
    """A control plane of its own: the program looks into every namespace."""
    control_plane = ControlPlane("claim-labels", tmp_path_factory.mktemp("claim-labels") / "control-plane")
    try:
        yield control_plane.start()
    finally:
        control_plane.forget()


@pytest.fixture
def cluster(running: Running, tmp_path: Path) -> Cluster:
    server = ApiServer(running.kubeconfig)
    return Cluster(running.kubeconfig, server, server.new_namespace(f"claims-{uuid.uuid4().hex[:8]}"), tmp_path)


def run(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(service, "PAUSE_SECONDS", 0.02)
    spec = parse_arguments(ClaimLabelsSpec, "labels", {"ownership": OWNERSHIP, "namespace": cluster.namespace})
    name = f"labels-{cluster.namespace}"
    for manifest in rights(spec, name):
        create(cluster.server, manifest)
    job = labelling_job(spec, name)
    file = cluster.folder / "configuration.json"
    file.write_text(json.dumps({**job.configuration, "kubernetes": cluster.settings(name)}))
    return claim_labels.main([str(file)])


def claim(cluster: Cluster, name: str, database: str, manager: str) -> str:
    labels = {"app.kubernetes.io/instance": database, "app.kubernetes.io/managed-by": manager}
    manifest = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": cluster.namespace, "labels": labels},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    create(cluster.server, manifest)
    return name


def labels_of(cluster: Cluster, name: str) -> dict[str, str]:
    path = f"/api/v1/namespaces/{cluster.namespace}/persistentvolumeclaims/{name}"
    return cluster.server.call("GET", path)["metadata"]["labels"]


def test_a_cluster_without_such_databases_is_none_of_its_business(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert run(cluster, monkeypatch) == 0
    assert "no such kind here" in caplog.text


def test_claims_of_both_engines_get_what_their_database_says_and_others_nothing(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO)
    write_definitions(tmp_path / "crds")
    definitions = [
        one
        for engine in MANAGERS
        for file in (tmp_path / "crds" / engine).rglob("*.yaml")
        for one in yaml.safe_load_all(file.read_text())
    ]
    cluster.server.install(definitions)
    for engine in MANAGERS:
        args = {"engine": engine, "namespace": cluster.namespace, "owner": "shop-team", "cost_centre": f"cc-{engine}"}
        manifest = ENGINES[engine].render(parse_database(f"orders-{engine}", args))
        path = f"/apis/{ENGINES[engine].api_version}/namespaces/{cluster.namespace}/{ENGINES[engine].plural}"
        cluster.server.create(path, manifest)
    ours = {engine: claim(cluster, f"data-{engine}", f"orders-{engine}", MANAGERS[engine]) for engine in MANAGERS}
    others = [claim(cluster, "other", "billing", MANAGERS["pxc"]), claim(cluster, "foreign", "orders-pxc", "somebody")]
    assert run(cluster, monkeypatch) == 0
    assert "claims labelled: 2" in caplog.text
    for engine, name in ours.items():
        found = labels_of(cluster, name)
        assert (found[OWNER], found[COST_CENTRE]) == ("shop-team", f"cc-{engine}")
        assert found["app.kubernetes.io/instance"] == f"orders-{engine}"
    assert all(OWNER not in labels_of(cluster, name) for name in others)
    caplog.clear()
    configuration = str(cluster.folder / "configuration.json")
    assert claim_labels.main([configuration]) == 0
    assert "claims labelled: 0" in caplog.text


def test_the_component_makes_its_rights_before_its_job() -> None:
    graph = evaluate(lambda: ClaimLabels("claim-labels", {"ownership": OWNERSHIP}))  # type: ignore[arg-type]
    job = graph.one("CronJob")
    before = {one.kind for one in graph.dependency_closure(job)}
    assert {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "ConfigMap"} <= before
    assert all(one.inputs["metadata"]["labels"][OWNER] == "dba" for one in graph if one.type.startswith("kubernetes:"))
