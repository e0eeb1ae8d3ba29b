"""The real API server with the official definitions judges what rich specifications of pxc become."""

from __future__ import annotations

import copy
import uuid
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.databases.composition import compose
from dbaas_components.databases.spec import parse_database
from embedded.control_plane import Running
from tests.api.objects import ApiServer, Refused
from tests.api.test_custom_resources import accepted, pruned, refusal
from tests.unit.pxc.examples import FULL

pytestmark = pytest.mark.api

_RESTORES = "perconaxtradbclusterrestores"


@pytest.fixture(scope="module")
def server(control_plane: Running, crds_folder: Path | None) -> ApiServer:
    """The shared control plane with the official definitions of the PXC operator."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    server = ApiServer(control_plane.kubeconfig)
    wanted = ("perconaxtradbclusters.pxc.percona.com", f"{_RESTORES}.pxc.percona.com")
    server.install([found for found in read_bundle(crds_folder) if found["metadata"]["name"] in wanted])
    return server


@pytest.fixture(scope="module")
def namespace(server: ApiServer) -> str:
    return server.new_namespace(f"full-pxc-{uuid.uuid4().hex[:8]}")


def composed(shape: str, kind: str, namespace: str) -> dict[str, Any]:
    manifests = compose(parse_database("orders", {**FULL[shape], "namespace": namespace})).manifests()
    (found,) = [one for one in manifests if one["kind"] == kind]
    return found


@pytest.mark.parametrize("shape", FULL)
def test_a_fully_specified_database_is_accepted_and_stored_unchanged(server, namespace, shape):
    database = composed(shape, "PerconaXtraDBCluster", namespace)
    stored = accepted(server, "pxc", namespace, database)
    assert pruned(database["spec"], stored["spec"]) == []
    for key in ("labels", "annotations", "finalizers"):
        assert pruned(database["metadata"].get(key), stored["metadata"].get(key)) == []


def restores(namespace: str) -> str:
    return f"/apis/pxc.percona.com/v1/namespaces/{namespace}/{_RESTORES}"


@pytest.mark.parametrize("shape", [shape for shape, args in FULL.items() if "data_source" in args])
def test_the_restore_that_a_database_starts_with_is_accepted_and_stored_unchanged(server, namespace, shape):
    restore = composed(shape, "PerconaXtraDBClusterRestore", namespace)
    server.create(restores(namespace), restore, dryRun="All")
    stored = server.apply(f"{restores(namespace)}/{restore['metadata']['name']}", restore, dryRun="All")
    assert pruned(restore["spec"], stored["spec"]) == []


def test_the_definition_refuses_what_our_rules_refuse(server, namespace):
    """The rules are ours because the definition has them: without ours, its own would speak later."""
    database = composed("haproxy", "PerconaXtraDBCluster", namespace)
    internal = copy.deepcopy(database)
    internal["spec"]["haproxy"]["exposePrimary"]["type"] = "ClusterIP"
    assert "'loadBalancerClass' can only be set" in refusal(server, "pxc", namespace, internal)
    database["spec"]["backup"]["storages"]["main"]["s3"]["endpointURL"] = "x"
    assert 'unknown field "spec.backup.storages.main.s3.endpointURL"' in refusal(server, "pxc", namespace, database)
    restore = composed("single", "PerconaXtraDBClusterRestore", namespace)
    restore["spec"]["pitr"]["gtid"] += "-42"
    with pytest.raises(Refused, match="must be a single transaction identifier"):
        server.create(restores(namespace), restore, dryRun="All")
