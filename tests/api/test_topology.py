"""What a topology makes is judged by the real API server: databases and ClusterSet by the official definitions."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.databases.composition import compose
from dbaas_components.databases.spec import parse_database
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import plan
from embedded.control_plane import ControlPlane, Running
from tests.api.judge import Judge
from tests.api.objects import ApiServer
from tests.unit.topology.definitions import SHARED_SECRETS
from tests.unit.topology.examples import EXAMPLES, example

pytestmark = pytest.mark.api

ISSUER = {"name": "common", "kind": "Issuer"}
VARIANTS: dict[str, dict[str, Any]] = {
    **{name: {} for name in EXAMPLES},
    "pxc-channels with an issuer, a seed and a network": {
        "trust": {"issuer": ISSUER},
        "regions": {"us": {"seed": {"backup": "first"}}},
        "database": {"network": {}},
        "traffic": {"service": {}},
    },
    "ps-cluster_set with a seed": {
        "cluster_set": {"recovery": "incremental"},
        "regions": {"us": {"seed": {"backup": "first"}}},
        "traffic": {"external_dns": {"name": "orders.example.com"}},
    },
    "psmdb-replica_set with an issuer and votes": {"trust": {"issuer": ISSUER}, "external_members": {"votes": 1}},
}


def objects(name: str, namespace: str, region: str, changes: dict[str, Any]) -> list[dict[str, Any]]:
    given = example(name.split(" ", maxsplit=1)[0], **changes)
    given["database"] = {**given["database"], "namespace": namespace}
    planned = plan(parse_topology("orders", given), region)
    database = compose(parse_database("orders", planned.arguments)).manifests()
    return [*(one.manifest for one in planned.before), *database, *(one.manifest for one in planned.after)]


@pytest.fixture(scope="module")
def judge(control_plane: Running, crds_folder: Path | None) -> Judge:
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    server = ApiServer(control_plane.kubeconfig)
    (certificates,) = (crds_folder / "cert-manager").glob("*/cert-manager.io_certificates.yaml")
    server.install([*read_bundle(crds_folder), yaml.safe_load(certificates.read_text())])
    return Judge(server)


@pytest.fixture(scope="module")
def namespace(control_plane: Running) -> str:
    return ApiServer(control_plane.kubeconfig).new_namespace(f"topology-{uuid.uuid4().hex[:8]}")


@pytest.mark.parametrize("primary", ["eu", "us"])
@pytest.mark.parametrize("name", VARIANTS)
def test_the_api_server_takes_everything_that_a_site_consists_of(judge, namespace, name, primary):
    kinds: set[str] = set()
    for region in ("eu", "us"):
        for manifest in objects(name, namespace, region, {**VARIANTS[name], "primary_region": primary}):
            if manifest["kind"] in {"PushSecret", "ExternalSecret"}:
                continue  # No official definition is at hand; see below.
            kinds.add(manifest["kind"])
            assert judge.problems(manifest) == []
    assert any(kind.startswith("Percona") for kind in kinds)
    assert ("PerconaServerMySQLClusterSet" in kinds) == name.startswith("ps-")


def test_the_judge_refuses_a_misspelt_role_field(judge, namespace):
    manifests = objects("pg-both", namespace, "us", {})
    (database,) = [one for one in manifests if one["kind"] == "PerconaPGCluster"]
    wrong = copy.deepcopy(database)
    wrong["spec"]["standby"]["enable"] = True
    assert judge.problems(wrong)


def test_the_shared_secrets_are_of_the_form_that_external_secrets_takes(
    new_control_plane: Callable[[str], ControlPlane],
):
    server = ApiServer(new_control_plane("topology").start().kubeconfig)
    server.install(SHARED_SECRETS)
    judge = Judge(server)
    server.new_namespace("shop")
    seen: set[str] = set()
    for name in EXAMPLES:
        for region in ("eu", "us"):
            for manifest in objects(name, "shop", region, {}):
                if manifest["kind"] in {"PushSecret", "ExternalSecret"}:
                    seen.add(manifest["kind"])
                    assert judge.problems(manifest) == []
    assert seen == {"PushSecret", "ExternalSecret"}
