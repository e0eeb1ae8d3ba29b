"""The real API server, holding the official definitions, judges MongoDB databases with every field set."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.databases.composition import compose
from dbaas_components.databases.spec import parse_database
from embedded.control_plane import Running
from tests.api.objects import ApiServer, Refused
from tests.api.test_custom_resources import accepted, path_of, pruned
from tests.unit.psmdb.examples import FULL

pytestmark = pytest.mark.api


@pytest.fixture(scope="module")
def server(control_plane: Running, crds_folder: Path | None) -> ApiServer:
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    server = ApiServer(control_plane.kubeconfig)
    (certificates,) = (crds_folder / "cert-manager").glob("*/cert-manager.io_certificates.yaml")
    server.install([*read_bundle(crds_folder, ["psmdb"]), yaml.safe_load(certificates.read_text())])
    return server


@pytest.fixture(scope="module")
def namespace(server: ApiServer) -> str:
    return server.new_namespace(f"psmdb-{uuid.uuid4().hex[:8]}")


def manifests(shape: str, namespace: str) -> list[dict[str, Any]]:
    return compose(parse_database("orders", {**FULL[shape], "namespace": namespace})).manifests()


@pytest.mark.parametrize("shape", FULL)
def test_the_api_server_takes_every_field_of_a_full_specification(server, namespace, shape):
    (database,) = [one for one in manifests(shape, namespace) if one["kind"] == "PerconaServerMongoDB"]
    assert pruned(database["spec"], accepted(server, "psmdb", namespace, database)["spec"]) == []


def test_a_misspelt_field_of_a_full_specification_is_refused(server, namespace):
    (database,) = [one for one in manifests("replica-set", namespace) if one["kind"] == "PerconaServerMongoDB"]
    database["spec"]["backup"]["storages"]["private"]["minio"]["endpointURL"] = "x"
    path = path_of("psmdb", namespace).rpartition("/")[0]
    with pytest.raises(Refused, match="endpointURL"):
        server.create(path, database, dryRun="All")


@pytest.mark.parametrize(
    ("kind", "shape", "collection"),
    [
        ("PerconaServerMongoDBRestore", "restored", "psmdb.percona.com/v1/{}/perconaservermongodbrestores"),
        ("Certificate", "replica-set", "cert-manager.io/v1/{}/certificates"),
        ("NetworkPolicy", "replica-set", "networking.k8s.io/v1/{}/networkpolicies"),
    ],
)
def test_the_api_server_takes_the_objects_around_it(server, namespace, kind, shape, collection):
    (found,) = [one for one in manifests(shape, namespace) if one["kind"] == kind]
    path = f"/apis/{collection.format(f'namespaces/{namespace}')}"
    assert pruned(found["spec"], server.create(path, found, dryRun="All")["spec"]) == []
