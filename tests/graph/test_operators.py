"""`Operators` as it is registered."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from dbaas_components import ManagedDatabase, SpecError
from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.bootstrap.operators.component import Operators
from dbaas_components.evaluate import Graph, Resource, evaluate
from dbaas_components.versions import VERSIONS

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
OWNER_LABELS = {"dbaas-components.io/owner", "dbaas-components.io/cost-centre", "dbaas-components.io/environment"}
RELEASE = "kubernetes:helm.sh/v3:Release"


def operators(**args: Any) -> Graph:
    given: Any = {"ownership": OWNERSHIP, **args}
    return evaluate(lambda: Operators("operators", given))


def before(graph: Graph, resource: Resource) -> set[str]:
    return {one.urn for one in graph.dependency_closure(resource)}


def test_three_come_from_charts_and_ps_from_objects_of_its_own():
    graph = operators()
    assert sorted((one.inputs["chart"], one.inputs["version"]) for one in graph.all(RELEASE)) == [
        ("pg-operator", "3.0.0"),
        ("psmdb-operator", "1.22.0"),
        ("pxc-operator", "1.20.0"),
    ]
    assert all(one.inputs["skipCrds"] and one.inputs["namespace"] == "percona-operators" for one in graph.all(RELEASE))
    deployment = graph.one("Deployment")
    assert deployment.inputs["spec"]["template"]["spec"]["serviceAccountName"] == "ps-operator"
    kinds = {graph[urn].kind for urn in before(graph, deployment)}
    assert kinds >= {"Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding"}


def test_each_object_says_whose_it_is_and_is_a_child():
    graph = operators(service_monitor=True)
    component = graph.one("Operators")
    objects = [one for one in graph.resources if one.custom and one.type not in {RELEASE, "pulumi:pulumi:Stack"}]
    assert len(objects) > 15
    for one in objects:
        assert set(one.inputs["metadata"]["labels"]) >= OWNER_LABELS, one.name
        assert one.parent == component.urn
    assert graph.secret_values() == []


def test_a_database_waits_for_its_own_operator_and_for_no_other():
    def program() -> None:
        made = Operators("operators", {"ownership": OWNERSHIP})
        options = pulumi.ResourceOptions(depends_on=[made.gate("pg", "shop")])
        ManagedDatabase("orders", {"engine": "pg", "namespace": "shop"}, options)

    graph = evaluate(program)
    first = before(graph, graph.one("ManagedDatabase"))
    releases = {one.name for one in graph.all(RELEASE) if one.urn in first}
    assert releases == {"operators-percona-operators-pg"}
    assert graph.one("Namespace").urn in first


def test_the_gate_of_a_namespace_that_no_operator_watches_is_refused():
    def program() -> None:
        made = Operators(
            "operators", {"ownership": OWNERSHIP, "installations": [{"namespace": "a", "watch_namespaces": ["b"]}]}
        )
        assert made.gate("pxc", "a") is made.gate("pxc", "b")
        made.gate("pxc", "c")

    with pytest.raises(SpecError, match="no operator of pxc watches it; add pxc to engines, or c to watch_namespaces"):
        evaluate(program)


def test_every_gate_says_what_it_shows():
    gates = operators().all("PodDisruptionBudget")
    leads = "is available and its leader holds its lease, and its definition is of that version"
    assert sorted(one.inputs["metadata"]["annotations"]["dbaas-components.io/gate"] for one in gates) == [
        f"the operator of pg, 3.0.0, {leads}",
        f"the operator of ps, 1.2.0, {leads}",
        f"the operator of psmdb, 1.22.0, {leads}",
        f"the operator of pxc, 1.20.0, {leads}",
    ]


def told(job: Resource, graph: Graph) -> dict[str, Any]:
    """What the Job behind a gate waits for."""
    (program,) = [graph[urn] for urn in job.dependencies if graph[urn].kind == "ConfigMap"]
    return json.loads(program.inputs["data"]["configuration.json"])


def test_every_gate_is_behind_a_job_that_looks_at_this_operator_with_the_rights_for_it_alone():
    graph = operators()
    leases = {"pxc": "08db1feb", "ps": "08db2feb", "psmdb": "08db0feb", "pg": "08db3feb"}
    for engine, lease in leases.items():
        gate = graph.one("PodDisruptionBudget", f"operators-percona-operators-{engine}-gate")
        (job,) = [graph[urn] for urn in gate.dependencies if graph[urn].kind == "Job"]
        # One that failed has to be made anew, or no further `up` would get past it.
        assert job.inputs["metadata"]["annotations"]["pulumi.com/replaceUnready"] == "true"
        waits = told(job, graph)
        (workload,) = waits["workloads"]
        assert workload == {"kind": "Deployment", "namespace": "percona-operators", "name": f"{engine}-operator"}
        (held,) = waits["leases"]
        assert (held["name"], held["holder"]) == (f"{lease}.percona.com", f"{engine}-operator-")
        (definition,) = waits["definitions"]
        assert definition["value"] == f"v{VERSIONS[engine].operator}"
        rights = [graph[urn].inputs["rules"] for urn in job.dependencies if graph[urn].kind in {"Role", "ClusterRole"}]
        rules = [rule for found in rights for rule in found]
        assert sorted(rule["resourceNames"] for rule in rules) == sorted(
            [[workload["name"]], [held["name"]], [definition["name"]]]
        )
        assert all(rule["verbs"] == ["get"] for rule in rules)
        # The operator itself is there before anybody looks.
        assert {graph[urn].kind for urn in before(graph, job)} & {"Release", "Deployment"}


def test_the_official_definitions_bear_the_version_that_the_gates_look_for(crds_folder):
    if crds_folder is None:
        pytest.skip("the official CRDs are not here: set DBAAS_CRDS to their folder")
    labels = {one["metadata"]["name"]: one["metadata"]["labels"] for one in read_bundle(crds_folder)}
    graph = operators()
    looked_for = [one for job in graph.all("Job") for one in told(job, graph)["definitions"]]
    assert len(looked_for) == 4
    for one in looked_for:
        assert labels[one["name"]][one["label"]] == one["value"]


def test_priority_is_patched_into_what_charts_made_before_anybody_goes_on():
    graph = operators(priority_class="dbaas-platform")
    patches = graph.all("kubernetes:apps/v1:DeploymentPatch")
    assert {one.inputs["metadata"]["name"] for one in patches} == {"pxc-operator", "psmdb-operator", "pg-operator"}
    for one in patches:
        assert one.inputs["spec"]["template"]["spec"] == {"priorityClassName": "dbaas-platform"}
        assert RELEASE in {graph[urn].type for urn in one.dependencies}
    behind = {urn for gate in graph.all("PodDisruptionBudget") for urn in gate.dependencies}
    assert {one.urn for one in patches} <= behind
    assert not operators().all("kubernetes:apps/v1:DeploymentPatch")


def test_one_installation_for_each_namespace():
    graph = operators(
        engines=["pxc", "ps"],
        installations=[
            {"namespace": "shop", "watch_namespaces": ["shop"]},
            {"namespace": "billing", "engines": ["ps"], "watch_namespaces": ["billing"]},
        ],
    )
    component = graph.one("Operators")
    assert component.outputs["operator_namespaces"] == {"pxc": ["shop"], "ps": ["shop", "billing"]}
    assert component.outputs["service_accounts"]["ps"] == ["shop/ps-operator", "billing/ps-operator"]
    assert component.outputs["versions"] == {"pxc": "1.20.0", "ps": "1.2.0"}
    own = [one for one in graph.all("Role") if "leads" not in one.name]
    assert len(own) == 2
    # Neither the operators nor who looks after them has a right in another namespace.
    assert not graph.all("ClusterRole")
    assert all(told(job, graph)["definitions"] == [] for job in graph.all("Job"))


def test_a_mirror_serves_charts_and_images():
    graph = operators(sources={"mirror": "mirror.example.com/dbaas"})
    for release in graph.all(RELEASE):
        assert release.inputs["chart"].startswith("oci://mirror.example.com/dbaas/charts/")
    (container,) = graph.one("Deployment").inputs["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "mirror.example.com/dbaas/docker.io/percona/percona-server-mysql-operator:1.2.0"


def test_wrong_arguments_are_refused_before_anything_is_registered():
    with pytest.raises(SpecError, match=r'^operators "operators": 2 problems'):
        operators(replicas=0, engine="pxc")
