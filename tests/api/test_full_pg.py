"""PostgreSQL databases that use every field, judged by the real API server with the official definitions."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.databases.composition import compose
from dbaas_components.databases.pg import ENGINE
from dbaas_components.databases.spec import parse_database
from embedded.control_plane import Running
from tests.api.objects import ApiServer, Refused
from tests.unit.pg.examples import FULL

pytestmark = pytest.mark.api

_COLLECTIONS = {
    "PerconaPGCluster": f"/apis/{ENGINE.api_version}/namespaces/{{}}/{ENGINE.plural}",
    "Certificate": "/apis/cert-manager.io/v1/namespaces/{}/certificates",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
}


@pytest.fixture(scope="module")
def server(control_plane: Running, crds_folder: Path | None) -> ApiServer:
    """The shared control plane with the official definitions of PostgreSQL and of certificates."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    server = ApiServer(control_plane.kubeconfig)
    (database,) = [found for found in read_bundle(crds_folder) if found["metadata"]["name"] == ENGINE.definition_name]
    (certificates,) = (crds_folder / "cert-manager").glob("*/cert-manager.io_certificates.yaml")
    server.install([database, yaml.safe_load(certificates.read_text())])
    return server


@pytest.fixture(scope="module")
def namespace(server: ApiServer) -> str:
    return server.new_namespace(f"full-pg-{uuid.uuid4().hex[:8]}")


def lost(sent: Any, kept: Any, path: str = "") -> list[str]:
    """The paths that the server dropped or changed."""
    if isinstance(sent, dict):
        return [
            found
            for key, value in sent.items()
            for found in (lost(value, kept[key], f"{path}.{key}") if key in kept else [f"{path}.{key}"])
        ]
    if isinstance(sent, list) and len(sent) == len(kept):
        pairs = enumerate(zip(sent, kept, strict=True))
        return [found for index, (one, other) in pairs for found in lost(one, other, f"{path}[{index}]")]
    return [] if sent == kept else [f"{path}: {sent!r} became {kept!r}"]


@pytest.mark.parametrize("name", FULL)
def test_every_object_of_a_fully_specified_database_is_accepted_unchanged(server, namespace, name):
    spec = parse_database("orders", {**FULL[name], "namespace": namespace})
    manifests = compose(spec).manifests()
    assert {manifest["kind"] for manifest in manifests} >= {"PerconaPGCluster"}
    for manifest in manifests:
        collection = _COLLECTIONS[manifest["kind"]].format(namespace)
        created = server.create(collection, manifest, dryRun="All")
        applied = server.apply(f"{collection}/{manifest['metadata']['name']}", manifest, dryRun="All")
        assert lost(manifest, created) == []
        assert lost(manifest, applied) == []


def test_the_definition_refuses_what_the_rules_of_this_library_refuse(server, namespace):
    """So that a rule that the operator drops is noticed."""
    spec = parse_database("orders", {"engine": "pg", "namespace": namespace})
    for path, value in (
        (("users", 0, "options"), "CREATEDB; DROP TABLE x"),
        (("users", 0, "name"), "Not_A_Name"),
        (("backups", "pgbackrest", "repos", 0, "name"), "main"),
        (("backups", "pgbackrest", "repos"), []),
        (("instances", 0, "replicas"), 0),
    ):
        manifest = ENGINE.render(spec)
        here: Any = manifest["spec"]
        for part in path[:-1]:
            here = here[part]
        here[path[-1]] = value
        with pytest.raises(Refused, match=str(path[-1]) if path[-1] != "repos" else "repository must be configured"):
            server.create(_COLLECTIONS["PerconaPGCluster"].format(namespace), manifest, dryRun="All")
