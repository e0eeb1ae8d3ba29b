"""The real API server, holding the operators' official definitions, judges every custom resource that we render."""

from __future__ import annotations

import copy
import itertools
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.databases.custom_resources.definitions import stand_in_definition
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.sizes import PROFILES, SIZES
from dbaas_components.databases.spec import parse_database
from embedded.control_plane import ControlPlane, Running
from embedded.progress import Silence
from tests.api.objects import ApiServer, Refused

pytestmark = pytest.mark.api

NAMES = sorted(ENGINES)
VERSIONS = [(engine, version) for engine in NAMES for version in ENGINES[engine].versions.series]


def rendered(engine: str, namespace: str, **args: Any) -> dict[str, Any]:
    spec = parse_database("orders", {"engine": engine, "namespace": namespace, **args})
    return ENGINES[engine].render(spec)


def collection_of(engine: str, namespace: str) -> str:
    row = ENGINES[engine]
    return f"/apis/{row.api_version}/namespaces/{namespace}/{row.plural}"


def path_of(engine: str, namespace: str) -> str:
    return f"{collection_of(engine, namespace)}/orders"


def accepted(server: ApiServer, engine: str, namespace: str, manifest: dict[str, Any]) -> Any:
    """The object as the server would store it, judged twice.

    Creation refuses every unknown field. Server-side apply, which is what the provider does, silently drops unknown
    fields of some definitions (pxc 1.20.0 on Kubernetes 1.35), and has rules of its own about lists.
    """
    server.create(collection_of(engine, namespace), manifest, dryRun="All")
    return server.apply(path_of(engine, namespace), manifest, dryRun="All")


def refusal(server: ApiServer, engine: str, namespace: str, manifest: dict[str, Any]) -> str:
    """Why the server refuses to create it; fails if it does not."""
    with pytest.raises(Refused) as caught:
        server.create(collection_of(engine, namespace), manifest, dryRun="All")
    return str(caught.value)


@pytest.fixture(scope="module")
def server(control_plane: Running, crds_folder: Path | None) -> ApiServer:
    """The shared control plane with the official definitions."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    server = ApiServer(control_plane.kubeconfig)
    databases = {engine.definition_name for engine in ENGINES.values()}
    # The other definitions are most of the bundle, and take the server most of its time.
    server.install([found for found in read_bundle(crds_folder) if found["metadata"]["name"] in databases])
    return server


@pytest.fixture(scope="module")
def namespace(server: ApiServer) -> str:
    return server.new_namespace(f"custom-resources-{uuid.uuid4().hex[:8]}")


@pytest.mark.parametrize(("engine", "version"), VERSIONS)
def test_the_api_server_accepts_every_profile_and_size_unchanged(server, namespace, engine, version):
    for profile, size in itertools.product(PROFILES, SIZES[engine]):
        manifest = rendered(engine, namespace, version=version, profile=profile, size=size)
        assert pruned(manifest["spec"], accepted(server, engine, namespace, manifest)["spec"]) == []


def pruned(sent: Any, kept: Any, path: str = "spec") -> list[str]:
    """The paths that the server dropped or changed."""
    if isinstance(sent, dict):
        missing = [f"{path}.{key}" for key in sent if key not in kept]
        both = [key for key in sent if key in kept]
        return missing + [found for key in both for found in pruned(sent[key], kept[key], f"{path}.{key}")]
    if isinstance(sent, list) and len(sent) == len(kept):
        pairs = enumerate(zip(sent, kept, strict=True))
        return [found for index, (one, other) in pairs for found in pruned(one, other, f"{path}[{index}]")]
    return [] if sent == kept else [path]


@pytest.mark.parametrize("engine", NAMES)
def test_every_allowed_count_of_replicas_is_accepted(server, namespace, engine):
    for replicas in ENGINES[engine].replicas.allowed:
        manifest = rendered(engine, namespace, replicas=replicas, storage={"size": "20Gi", "storage_class": "fast"})
        accepted(server, engine, namespace, manifest)


MISSPELT = {
    "pxc": ("pxc", "sise"),
    "ps": ("mysql", "volumespec"),
    "psmdb": ("secrets", "user"),
    "pg": ("backups", "pgBackRest"),
}


@pytest.mark.parametrize("engine", NAMES)
def test_a_misspelt_field_is_refused(server, namespace, engine):
    manifest = rendered(engine, namespace)
    part, field = MISSPELT[engine]
    manifest["spec"][part][field] = "x"
    assert f'unknown field "spec.{part}.{field}"' in refusal(server, engine, namespace, manifest)


def test_the_rules_in_the_operators_definition_are_in_force(server, namespace):
    manifest = rendered("ps", namespace)
    even = copy.deepcopy(manifest)
    even["spec"]["mysql"]["size"] = 4
    assert "an even number of MySQL replicas" in refusal(server, "ps", namespace, even)
    without_flags = rendered("ps", namespace, profile="dev")
    without_flags["spec"]["unsafeFlags"]["mysqlSize"] = False
    assert "unsafeFlags.mysqlSize" in refusal(server, "ps", namespace, without_flags)


def test_a_database_is_stored_and_read_back_as_it_was_sent(server, namespace):
    for engine in NAMES:
        manifest = rendered(engine, namespace)
        server.apply(path_of(engine, namespace), manifest)
        stored = server.call("GET", path_of(engine, namespace))
        assert pruned(manifest["spec"], stored["spec"]) == []
        assert stored["metadata"]["labels"] == manifest["metadata"]["labels"]
        server.call("DELETE", path_of(engine, namespace))


def test_stand_in_definitions_judge_as_the_official_ones_do(new_control_plane: Callable[[str], ControlPlane]):
    """On a control plane of its own: a definition of one name is there only once."""
    server = ApiServer(new_control_plane("stand-ins").start(Silence()).kubeconfig)
    server.install([stand_in_definition(engine) for engine in ENGINES.values()])
    namespace = server.new_namespace("databases")
    for engine, version in VERSIONS:
        for profile in PROFILES:
            manifest = rendered(engine, namespace, version=version, profile=profile)
            assert accepted(server, engine, namespace, manifest)["spec"] == manifest["spec"]
    for engine in NAMES:
        manifest = rendered(engine, namespace)
        part, field = MISSPELT[engine]
        manifest["spec"][part][field] = "x"
        assert f'unknown field "spec.{part}.{field}"' in refusal(server, engine, namespace, manifest)
        del manifest["spec"][part][field]
        del manifest["spec"]["crVersion"]
        assert "spec.crVersion: Required value" in refusal(server, engine, namespace, manifest)
