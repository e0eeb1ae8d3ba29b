"""`Coroot` as it is registered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dbaas_components import SpecError
from dbaas_components.bootstrap.coroot.component import Coroot
from dbaas_components.evaluate import Graph, evaluate

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
OWNER_LABELS = {"dbaas-components.io/owner", "dbaas-components.io/cost-centre", "dbaas-components.io/environment"}
RELEASE = "kubernetes:helm.sh/v3:Release"


def coroot(**args: Any) -> Graph:
    given: Any = {"ownership": OWNERSHIP, **args}
    return evaluate(lambda: Coroot("coroot", given))


def test_the_custom_resource_comes_when_operator_and_password_are_there():
    graph = coroot()
    (custom,) = graph.all("kubernetes:coroot.com/v1:Coroot")
    kinds = {one.kind for one in graph.dependency_closure(custom)}
    assert kinds >= {"Namespace", "Release", "Password", "ExternalSecret"}
    release = graph.one(RELEASE)
    assert (release.inputs["chart"], release.inputs["version"]) == ("coroot-operator", "0.9.4")
    assert release.inputs["skipCrds"]
    assert graph.secret_values() == []


def test_whoever_waits_for_it_waits_for_its_pods():
    found: list[Any] = []

    def program() -> None:
        given: Any = {"ownership": OWNERSHIP, "external_prometheus": {"url": "http://prometheus:9090"}}
        found.append(Coroot("coroot", given).gate)

    graph = evaluate(program)
    job = graph.one("Job", found[0]._name)
    custom = graph.one("kubernetes:coroot.com/v1:Coroot")
    assert custom.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "jsonpath={.status.status}=OK"
    assert custom.urn in job.dependencies
    (program_of,) = [graph[urn] for urn in job.dependencies if graph[urn].kind == "ConfigMap"]
    waits = json.loads(program_of.inputs["data"]["configuration.json"])
    assert [f"{one['kind']} {one['name']}" for one in waits["workloads"]] == [
        "StatefulSet coroot-coroot",
        "StatefulSet coroot-clickhouse-keeper",
        "StatefulSet coroot-clickhouse-shard-0",
        "Deployment coroot-cluster-agent",
        "DaemonSet coroot-node-agent",
    ]
    own = json.loads(coroot().one("ConfigMap", "coroot-gate-configmap").inputs["data"]["configuration.json"])
    assert {"kind": "Deployment", "namespace": "coroot", "name": "coroot-prometheus"} in own["workloads"]


def test_its_namespace_allows_the_privileged_agent_and_says_so():
    graph = coroot()
    labels = graph.one("Namespace").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"
    assert any("may be privileged, for Coroot's agent on every node" in str(one) for one in graph.messages)
    assert not coroot(create_namespace=False).all("Namespace")


def test_namespace_and_password_are_protected_unless_they_are_not_wanted():
    def kept(graph: Graph) -> set[str]:
        return {one.kind for one in graph.resources if one.protect and one.retain_on_delete}

    assert kept(coroot()) == {"Namespace", "ExternalSecret"}
    assert kept(coroot(deletion_protection=False)) == set()


def test_every_object_says_whose_it_is():
    for graph in (coroot(), coroot(admin_from="job")):
        made = [one for one in graph.resources if one.custom and one.type.startswith("kubernetes:")]
        for one in made:
            if one.type != RELEASE:
                assert set(one.inputs["metadata"]["labels"]) >= OWNER_LABELS, one.name


def test_what_others_need_of_it_is_published():
    outputs = coroot().one("dbaas:index:Coroot").outputs
    assert outputs["url"] == "http://coroot-coroot.coroot:8080"
    assert outputs["admin"] == "coroot/coroot-admin/password"


def test_wrong_arguments_are_refused_before_anything_is_registered():
    with pytest.raises(SpecError, match=r'^Coroot "coroot": replicas: 3 share their settings'):
        coroot(replicas=3)
