"""The Services that clients follow, on an embedded API server: the alias within Kubernetes, and ExternalDNS."""

from __future__ import annotations

import uuid
from typing import Any

import kubernetes
import pytest

from dbaas_components.dr.failover.cluster import ClusterUnreachable, KubernetesCluster
from dbaas_components.dr.topology.plan import target
from dbaas_components.dr.traffic.records import HOSTNAME, TTL, service
from tests.api.objects import ApiServer
from tests.dr.traffic_setting import NEW, OLD, Stage, design_of, document_of

pytestmark = pytest.mark.api

NAME = "orders.example.com"


@pytest.fixture
def make_stage(control_plane, tmp_path):
    """Both regions as namespaces of one API server, with the Services as the stack makes them: eu is the primary."""

    def make(traffic: dict[str, Any]) -> Stage:
        server = ApiServer(control_plane.kubeconfig)
        client: Any = kubernetes.config.new_client_from_config(str(control_plane.kubeconfig))
        document, design = document_of(traffic), design_of(traffic)
        for region, site in design.sites.items():
            namespace = f"traffic-{region}-{uuid.uuid4().hex[:6]}"
            server.new_namespace(namespace)
            document.roles[region]["namespace"] = namespace
            made = service("orders", design.topology.traffic, target(site), target(design.primary))
            made["metadata"]["namespace"] = namespace
            path = f"/api/v1/namespaces/{namespace}/services/{made['metadata']['name']}"
            server.apply(path, made)
        clusters = {region: KubernetesCluster(region, client) for region in document.roles}
        return Stage(document, tmp_path, None, clusters)

    return make


def services(stage: Stage) -> dict[str, dict[str, Any]]:
    """By region, the Service as the API server has it."""
    found = {}
    for region, site in stage.sites.items():
        found[region] = site.cluster.get(site.core("services", stage.document.traffic[region]["name"])) or {}
    return found


def test_the_alias_of_every_region_follows_the_primary_after_its_proof(make_stage):
    stage = make_stage({"service": {"ttl": 5}})
    assert not stage.run()
    assert {one["spec"]["externalName"] for one in services(stage).values()} == {OLD}
    stage.open = True
    assert stage.run()
    assert {one["spec"]["externalName"] for one in services(stage).values()} == {NEW}
    proof = stage.book.proven("traffic moved")
    assert proof is not None
    assert proof.value == "clients follow within 5 s"
    assert stage.run()
    assert stage.book.evidence.steps[-1].outcome == "already done"


def test_a_region_that_was_out_of_reach_is_moved_when_it_follows_and_a_rejoin_waits_for_it(make_stage, monkeypatch):
    stage = make_stage({"service": {"ttl": 5}})
    stage.open = True
    away = stage.sites["eu"].cluster

    class Gone:
        def get(self, path: str) -> None:
            raise ClusterUnreachable("no answer")

    monkeypatch.setattr(stage.sites["eu"], "cluster", Gone())
    # Nobody's clients wait for a region that is gone.
    assert stage.run()
    assert stage.book.proven("traffic of eu not moved") is not None
    for turn in (stage.traffic.moved_on_both_sides, stage.traffic.moved_once_followed):
        assert not stage.run(turn)
        assert "no answer" in stage.runner.stopped
    monkeypatch.setattr(stage.sites["eu"], "cluster", away)
    found = {region: one["spec"]["externalName"] for region, one in services(stage).items()}
    assert found == {"eu": OLD, "us": NEW}
    assert stage.run(stage.traffic.moved_once_followed)
    assert {one["spec"]["externalName"] for one in services(stage).values()} == {NEW}


def test_the_name_for_external_dns_goes_from_the_old_primarys_service_to_the_new_ones(make_stage):
    stage = make_stage({"external_dns": {"name": NAME, "ttl": 15}})
    before = services(stage)
    assert not stage.run()
    assert {region: one["metadata"]["resourceVersion"] for region, one in services(stage).items()} == {
        region: one["metadata"]["resourceVersion"] for region, one in before.items()
    }
    stage.open = True
    assert stage.run()
    after = {region: one["metadata"]["annotations"] for region, one in services(stage).items()}
    assert after == {"eu": {TTL: "15"}, "us": {TTL: "15", HOSTNAME: NAME}}
    # Each Service goes on standing for its own region's host.
    assert {region: one["spec"]["externalName"] for region, one in services(stage).items()} == {"eu": OLD, "us": NEW}
    assert stage.run()
    assert stage.book.evidence.steps[-1].outcome == "already done"


def test_a_service_that_is_not_there_is_one_sentence_and_the_old_region_keeps_the_clients(make_stage):
    stage = make_stage({"service": {}})
    stage.open = True
    site = stage.sites["us"]
    site.cluster.delete(site.core("services", stage.document.traffic["us"]["name"]))
    assert not stage.run()
    assert stage.runner.stopped.startswith("us: Service traffic-us-")
    assert "is not there" in stage.runner.stopped
