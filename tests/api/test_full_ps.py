"""The real API server with the official definitions judges what rich specifications of ps become."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.databases.composition import compose
from dbaas_components.databases.spec import parse_database
from embedded.control_plane import Running
from tests.api.objects import ApiServer
from tests.api.test_custom_resources import accepted, pruned, refusal
from tests.unit.ps.examples import FULL

pytestmark = pytest.mark.api

_RESTORES = "perconaservermysqlrestores"


@pytest.fixture(scope="module")
def server(control_plane: Running, crds_folder: Path | None) -> ApiServer:
    """The shared control plane with the official definitions of the PS operator."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    server = ApiServer(control_plane.kubeconfig)
    wanted = ("perconaservermysqls.ps.percona.com", f"{_RESTORES}.ps.percona.com")
    server.install([found for found in read_bundle(crds_folder) if found["metadata"]["name"] in wanted])
    return server


@pytest.fixture(scope="module")
def namespace(server: ApiServer) -> str:
    return server.new_namespace(f"full-ps-{uuid.uuid4().hex[:8]}")


def composed(shape: str, namespace: str, **more: Any) -> list[dict[str, Any]]:
    return compose(parse_database("orders", {**FULL[shape], "namespace": namespace, **more})).manifests()


@pytest.mark.parametrize("shape", FULL)
def test_a_fully_specified_database_is_accepted_and_stored_unchanged(server, namespace, shape):
    (database,) = [one for one in composed(shape, namespace) if one["kind"] == "PerconaServerMySQL"]
    stored = accepted(server, "ps", namespace, database)
    assert pruned(database["spec"], stored["spec"]) == []
    for key in ("labels", "annotations", "finalizers"):
        assert pruned(database["metadata"].get(key), stored["metadata"].get(key)) == []


@pytest.mark.parametrize("shape", [shape for shape, args in FULL.items() if "data_source" in args])
def test_the_restore_that_a_database_starts_with_is_accepted_and_stored_unchanged(server, namespace, shape):
    (restore,) = [one for one in composed(shape, namespace) if one["kind"] == "PerconaServerMySQLRestore"]
    collection = f"/apis/ps.percona.com/v1/namespaces/{namespace}/{_RESTORES}"
    server.create(collection, restore, dryRun="All")
    stored = server.apply(f"{collection}/{restore['metadata']['name']}", restore, dryRun="All")
    assert pruned(restore["spec"], stored["spec"]) == []


def test_the_definition_refuses_what_our_rules_refuse(server, namespace):
    """The rules are ours because the operator has them: without ours, its own would speak."""
    (group,) = [one for one in composed("group-router", namespace) if one["kind"] == "PerconaServerMySQL"]
    group["spec"]["mysql"]["clusterType"] = "async"
    assert "'proxy.router.enabled' must be disabled" in refusal(server, "ps", namespace, group)
    (replicas,) = [one for one in composed("async-haproxy", namespace) if one["kind"] == "PerconaServerMySQL"]
    replicas["spec"]["orchestrator"]["size"] = 4
    assert "Orchestrator size must be 3 or greater and odd" in refusal(server, "ps", namespace, replicas)
    replicas["spec"]["orchestrator"] = {"enabled": False}
    assert "'orchestrator.enabled' must be true" in refusal(server, "ps", namespace, replicas)
    (full,) = [one for one in composed("group-haproxy", namespace) if one["kind"] == "PerconaServerMySQL"]
    full["spec"]["backup"]["pitr"]["binlogServer"]["size"] = 2
    assert "binlogServer size cannot be more than 1" in refusal(server, "ps", namespace, full)
