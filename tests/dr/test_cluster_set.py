"""The step that changes a ClusterSet's primary, on an embedded API server with the operator's definition."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import kubernetes
import pytest
import yaml

from dbaas_components.dr.failover.cluster import KubernetesCluster
from dbaas_components.dr.failover.cluster_set import ClusterSetChange, is_cluster_set
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.failover.evidence import Evidence, EvidenceBook
from dbaas_components.dr.failover.site import Site
from dbaas_components.dr.failover.steps import Runner, Step
from dbaas_components.dr.topology.handover import topology_document
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import plan
from tests.api.objects import ApiServer
from tests.dr.played_cluster_set import PlayedClusterSet, condition
from tests.dr.traffic_setting import Silent
from tests.unit.topology.examples import example

pytestmark = pytest.mark.api

KIND = "PerconaServerMySQLClusterSet"


class Stage:
    """A change from eu to us of a ClusterSet whose object is in us."""

    def __init__(self, server: ApiServer, client: Any, folder: Any) -> None:
        given = example("ps-cluster_set")
        self.namespace = f"set-{uuid.uuid4().hex[:8]}"
        given["database"] = {**given["database"], "namespace": self.namespace}
        design = parse_topology("orders", given)
        clusters = {"eu": {"context": "eu"}, "us": {"context": "us"}}
        document = parse_document(topology_document(design, clusters, witness={"context": "third"}))
        server.new_namespace(self.namespace)
        cluster = KubernetesCluster("us", client)
        self.sites = {region: Site("ps", region, table, cluster) for region, table in document.roles.items()}
        (placed,) = [one for one in plan(design, "us").after if one.manifest["kind"] == KIND]
        self.path = self.sites["us"].path(KIND, "orders")
        server.apply(self.path, placed.manifest)
        self.eu, self.us = (
            next(one["value"] for one in document.roles["us"]["roles"][region] if one["path"] == "spec.primaryCluster")
            for region in ("eu", "us")
        )
        self.operator = PlayedClusterSet(self.sites["us"], self.path, self.eu)
        evidence = Evidence(run="run", verb="failover", topology="orders", engine="ps", by="a tester", begin="now")
        self.book = EvidenceBook(evidence, folder, [])
        live = SimpleNamespace(document=document, connections=SimpleNamespace(sites=self.sites))
        self._switch: Any = SimpleNamespace(live=live, book=self.book, new="us", old="eu", topology="orders")
        assert is_cluster_set(self._switch)

    def change(self, to: str = "us", seconds: float = 60) -> tuple[bool, str]:
        """Runs the step; whether it came to its end, else why not."""
        self._switch.new = to
        runner = Runner(self.book, Silent(), timeout=seconds, pause=0.05)
        return runner.run([Step("change the ClusterSet", ClusterSetChange(self._switch).changed)]), runner.stopped

    def found(self) -> dict[str, Any]:
        return self.sites["us"].cluster.get(self.path) or {}

    def waits(self) -> list[str]:
        return self.book.evidence.steps[-1].waits


@pytest.fixture(scope="module")
def server(control_plane, crds_folder) -> ApiServer:
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    found = ApiServer(control_plane.kubeconfig)
    bundle = [one for one in yaml.safe_load_all((crds_folder / "ps/1.2.0/crd.yaml").read_text()) if one]
    found.install([one for one in bundle if one["spec"]["names"]["kind"] == KIND])
    return found


@pytest.fixture
def stage(server, control_plane, tmp_path) -> Iterator[Stage]:
    client: Any = kubernetes.config.new_client_from_config(str(control_plane.kubeconfig))
    made = Stage(server, client, tmp_path)
    made.operator.start()
    wait(lambda: bool(made.found().get("status")), "the operator writes its first status")
    yield made
    made.operator.end()


def wait(so: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 60
    while not so():
        assert time.monotonic() < until, f"still not so: {what}"
        time.sleep(0.05)


def test_a_primary_that_is_gone_is_replaced_by_force_and_the_flag_is_taken_back(stage):
    assert stage.change() == (True, "")
    assert stage.operator.mysql == stage.us
    spec = stage.found()["spec"]
    assert (spec["primaryCluster"], spec["unsafeFlags"]["forcedFailover"]) == (stage.us, False)
    # The flag was there only while the set still had the old primary.
    assert stage.operator.seen == [(stage.eu, False), (stage.us, True), (stage.us, False)]
    proof = stage.book.proven("ClusterSet changed")
    assert proof is not None
    assert stage.us in proof.value
    assert stage.change() == (True, "")
    assert stage.book.evidence.steps[-1].outcome == "already done"
    # Other fields are the program's still.
    assert [one["innodbClusterName"] for one in spec["clusters"]] == [stage.eu, stage.us]


def test_a_change_by_a_job_is_waited_for(stage):
    stage.operator.answers, stage.operator.job_turns = True, 10
    assert stage.change() == (True, "")
    assert f"the ClusterSet still says {stage.eu}, its change is under way" in stage.waits()
    assert stage.operator.mysql == stage.us


def test_a_set_that_names_the_wanted_primary_while_a_job_moves_it_away_is_not_the_end(stage):
    stage.operator.end()
    conditions = [condition("SwitchoverInProgress", "True", "Switchover in progress")]
    stage.sites["us"].cluster.merge(f"{stage.path}/status", {"status": {"conditions": conditions}})
    ended, reason = stage.change("eu", seconds=0.5)
    assert not ended
    assert reason.startswith(f"the ClusterSet still says {stage.eu}, its change is under way")
    assert stage.book.proven("ClusterSet changed") is None


def test_what_the_operator_says_is_wrong_is_told_and_nothing_is_promoted(stage):
    stage.operator.problem = "Error during reconcile: force primary cluster:\n no route to host"
    ended, reason = stage.change(seconds=20)
    assert not ended
    assert reason.startswith(
        f"the ClusterSet still says {stage.eu} (Error during reconcile: force primary cluster: no route to host)"
    )
    assert stage.book.proven("ClusterSet changed") is None
    # Started again, the same step goes on from there.
    stage.operator.problem = ""
    assert stage.change() == (True, "")
    assert stage.found()["spec"]["unsafeFlags"]["forcedFailover"] is False


def test_a_status_of_an_older_specification_is_not_the_end(stage):
    assert stage.change() == (True, "")
    stage.operator.end()
    site = stage.sites["us"]
    site.cluster.merge(stage.path, {"spec": {"unsafeFlags": {"forcedFailover": True}}})
    ended, reason = stage.change(seconds=0.5)
    assert not ended
    assert "its operator has not seen the last change yet" in reason


def test_a_set_that_is_not_there_is_one_sentence(stage):
    stage.sites["us"].cluster.delete(stage.path)
    ended, reason = stage.change()
    assert not ended
    assert reason == "us: orders is not there; make the ClusterSet in a site that is"
