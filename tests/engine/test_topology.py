"""Topologies on the real engine and two control planes: a failover is no change, a lost region holds nobody back.

What the failover tool writes comes by server-side apply under a name of its own, as the tool does it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest

from dbaas_components import KubernetesObject
from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.databases.engines import ENGINES
from dbaas_components.dr.topology.component import DatabaseTopology
from dbaas_components.dr.topology.design import RoleField, nested
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import site_roles
from embedded.control_plane import ControlPlane, Running
from tests.api.objects import ApiServer
from tests.engine.provider_stack import ProviderStack
from tests.unit.topology.definitions import SHARED_SECRETS
from tests.unit.topology.examples import example

pytestmark = pytest.mark.engine

TOOL = "dbaas-dr"
REGIONS = ("eu", "us")
CASES = ("pxc-channels", "ps-cluster_set", "psmdb-replica_set", "pg-both")
CLUSTER_SET = "/apis/ps.percona.com/v1/namespaces/{}/perconaservermysqlclustersets/orders"


@pytest.fixture(scope="module")
def planes(
    tmp_path_factory: pytest.TempPathFactory, need_control_plane: None, crds_folder: Path | None
) -> Iterator[dict[str, Running]]:
    """A control plane for each of two regions, with the official definitions."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    made = [ControlPlane(f"topology-{region}", tmp_path_factory.mktemp(region) / "plane") for region in REGIONS]
    try:
        running = {region: plane.start() for region, plane in zip(REGIONS, made, strict=True)}
        for one in running.values():
            ApiServer(one.kubeconfig).install([*read_bundle(crds_folder), *SHARED_SECRETS])
        yield running
    finally:
        for plane in made:
            plane.forget()


def program(
    planes: dict[str, Running], name: str, namespace: str, present: tuple[str, ...] = REGIONS, **changes: Any
) -> Callable[[], None]:
    # Read now: a region that is lost has no answer later, and its file is all that a provider needs.
    contents = {region: planes[region].kubeconfig.read_text() for region in present}

    def body() -> None:
        given = arguments(name, namespace, **changes)
        for region in present:
            provider = k8s.Provider(region, kubeconfig=contents[region])
            metadata = {"name": namespace, "annotations": {"pulumi.com/skipAwait": "true"}}
            manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
            place = KubernetesObject(f"{region}-namespace", manifest, pulumi.ResourceOptions(provider=provider))
            given["regions"][region] |= {"provider": provider, "depends_on": [place]}
        topology: Any = {**given, "regions_present": list(present)}
        DatabaseTopology("orders", topology)

    return body


def arguments(name: str, namespace: str, **changes: Any) -> dict[str, Any]:
    # Without External Secrets' own controller nothing ever becomes ready.
    fixed = {"database": {"namespace": namespace, "deletion_protection": False}, "trust": {"wait": False}}
    given = example(name, **fixed)
    given = {**given, "regions": {region: dict(one) for region, one in given["regions"].items()}}
    given["database"] = {**given["database"], **changes.pop("database", {})}
    return {**given, **changes}


def fail_over(planes: dict[str, Running], name: str, namespace: str, to: str) -> dict[str, list[RoleField]]:
    """What the failover tool does to the custom resources, and nothing else."""
    design = parse_topology("orders", arguments(name, namespace))
    done: dict[str, list[RoleField]] = {}
    for region, site in design.sites.items():
        roles = [one.at_epoch(2) for one in site_roles(design, site, design.sites[to])]
        done[region] = roles
        server, engine = ApiServer(planes[region].kubeconfig), ENGINES[site.spec.engine]
        for kind, path, where in (
            ("database", path_of(design.topology.engine, namespace, site.spec.name), engine.kind),
            ("cluster_set", CLUSTER_SET.format(namespace), "PerconaServerMySQLClusterSet"),
        ):
            body: dict[str, Any] = {"apiVersion": engine.api_version, "kind": where}
            fields = [one for one in roles if one.object == kind]
            for one in fields:
                merge(body, nested(one.path, one.value))
            if fields:
                apply(server, path, body)
    return done


def path_of(engine: str, namespace: str, name: str) -> str:
    row = ENGINES[engine]
    return f"/apis/{row.api_version}/namespaces/{namespace}/{row.plural}/{name}"


def merge(into: dict[str, Any], patch: dict[str, Any]) -> None:
    for key, value in patch.items():
        if isinstance(value, dict):
            merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


def apply(server: ApiServer, path: str, body: dict[str, Any]) -> None:
    kind = "application/apply-patch+yaml"
    server.call("PATCH", path, body=body, type=kind, fieldManager=TOOL, fieldValidation="Strict", force="true")


def value_at(manifest: dict[str, Any], path: str) -> Any:
    wanted, here = nested(path, None), manifest
    while isinstance(wanted, dict):
        ((step, wanted),) = wanted.items()
        here = here[step]
    return here


def assert_roles(
    planes: dict[str, Running], name: str, namespace: str, roles: dict[str, list[RoleField]], regions: tuple[str, ...]
) -> None:
    design = parse_topology("orders", arguments(name, namespace))
    for region in regions:
        server = ApiServer(planes[region].kubeconfig)
        for one in roles[region]:
            database = path_of(design.topology.engine, namespace, design.sites[region].spec.name)
            path = database if one.object == "database" else CLUSTER_SET.format(namespace)
            assert value_at(server.call("GET", path), one.path) == one.value, (region, one.path)


@pytest.fixture
def stack(tmp_path: Path, engine: Path, planes: dict[str, Running]) -> Iterator[ProviderStack]:
    stack = ProviderStack(tmp_path, engine, planes["eu"].kubeconfig)
    yield stack
    stack.destroy()


@pytest.mark.parametrize("name", CASES)
def test_a_failover_is_no_change_to_the_engine_and_an_update_keeps_it(
    planes: dict[str, Running], stack: ProviderStack, name: str
) -> None:
    namespace = f"roles-{name.partition('-')[0]}"
    stack.up(program(planes, name, namespace))
    names = [f"orders-{region}-database" for region in REGIONS]
    if name == "ps-cluster_set":
        names.append("orders-us-cluster-set")
    roles = fail_over(planes, name, namespace, "us")

    followed = program(planes, name, namespace, primary_region="us", epoch=2)
    previewed = stack.preview(followed)
    assert {one: previewed.order(one) for one in names} == {one: ["same"] for one in names}
    told, _ = stack.up(followed, refresh=True)
    assert {one: told.order(one)[-1] for one in names} == dict.fromkeys(names, "same")
    assert_roles(planes, name, namespace, roles, REGIONS)

    # Something else changes in both databases; the roles stay as the tool left them.
    labelled = program(planes, name, namespace, primary_region="us", epoch=2, database={"labels": {"team": "shop"}})
    told, _ = stack.up(labelled)
    assert {told.order(one)[-1] for one in names[:2]} == {"update"}
    for one in names[:2]:
        assert all(path.startswith("metadata.labels") for path in told.changed_paths(one))
    assert_roles(planes, name, namespace, roles, REGIONS)
    assert stack.preview(labelled).order(names[0]) == ["same"]


@pytest.mark.api
@pytest.mark.parametrize("operation", ["preview", "up"])
def test_two_regions_that_are_one_cluster_are_refused_before_a_database_is_made(
    operation: str, stack: ProviderStack, planes: dict[str, Running]
) -> None:
    alone = {"eu": planes["eu"], "us": planes["eu"]}
    told, said = stack.failure(operation, program(alone, "pxc-channels", f"one-cluster-{operation}"))
    assert "regions.us.provider: leads to the Kubernetes cluster of region eu" in said
    assert "Traceback" not in said
    assert "While processing" not in said
    assert not [name for name in told.steps if name.startswith("orders-") and "database" in name]
    assert not [name for name in stack.resources() if "database" in name]


@pytest.mark.parametrize("name", ["pg-both"])
def test_the_surviving_region_is_deployed_while_the_others_api_server_is_gone(
    tmp_path: Path, engine: Path, planes: dict[str, Running], name: str
) -> None:
    """Last in this module: it ends a control plane for good."""
    namespace = "survival"
    stacks = {}
    for region in REGIONS:
        (tmp_path / region).mkdir()
        stacks[region] = ProviderStack(tmp_path / region, engine, planes[region].kubeconfig)
        stacks[region].up(program(planes, name, namespace, (region,)))
    roles = fail_over(planes, name, namespace, "us")
    os.kill(planes["eu"].pid, signal.SIGTERM)
    wait_until_gone(planes["eu"])

    followed = {"primary_region": "us", "epoch": 2}
    told, _ = stacks["us"].up(program(planes, name, namespace, ("us",), **followed))
    assert told.order("orders-us-database") == ["same"]
    changed = {**followed, "database": {"labels": {"team": "shop"}}}
    told, _ = stacks["us"].up(program(planes, name, namespace, ("us",), **changed), refresh=True)
    assert told.order("orders-us-database")[-1] == "update"
    assert_roles(planes, name, namespace, roles, ("us",))

    # The lost region's own stack says what is wrong, and the survivor's is none the worse for it.
    _, output = stacks["eu"].failure("up", program(planes, name, namespace, ("eu",), **changed))
    assert "does not answer" in output
    assert stacks["us"].preview(program(planes, name, namespace, ("us",), **changed)).order("orders-us-database") == [
        "same"
    ]
    stacks["us"].destroy()


def wait_until_gone(plane: Running, within: float = 30.0) -> None:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            ApiServer(plane.kubeconfig).call("GET", "/version")
        except Exception:  # noqa: BLE001 (whatever a dead server's client raises is what is waited for)
            return
        time.sleep(0.2)
    raise AssertionError(f"the control plane at {plane.server} still answers after {within:g} s")
