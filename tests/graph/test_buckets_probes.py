"""Buckets whose tenants try them before anything relies on them, and buckets where nobody can."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_kubernetes
import pytest

from dbaas_components.bootstrap.buckets.component import BackupBucket
from dbaas_components.evaluate import Graph, Resource, evaluate
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.labels import GATE
from dbaas_components.planning import steps
from tests.unit.buckets.made import OIDC, TENANTS, aws

KEY = {"aws:kms/key:Key": {"arn": "arn:aws:kms:eu-west-1:111122223333:key/mrk-1"}}
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")]


def made(*tenants: dict[str, Any], provider: bool = True, **given: Any) -> Graph:
    """A bucket, with two databases behind it that stand for whatever needs it."""
    args: Any = aws(*tenants, **given)

    def program() -> None:
        cluster = pulumi_kubernetes.Provider("cluster", kubeconfig="{}")
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
        shop = KubernetesObject("shop", namespace, pulumi.ResourceOptions(provider=cluster))
        options = pulumi.ResourceOptions(providers=[cluster] if provider else None, depends_on=[shop])
        bucket = BackupBucket("backups", args, options)
        for name, gates in (("pg", bucket.gates("pg", "shop")), ("all", bucket.gate)):
            stand_in = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}}
            KubernetesObject(name, stand_in, pulumi.ResourceOptions(provider=cluster, depends_on=gates))

    return evaluate(program, outputs=KEY)


def jobs(graph: Graph) -> dict[str, Resource]:
    return {one.name: one for one in graph.all("Job")}


def before(graph: Graph, name: str) -> set[str]:
    """Names of all that a resource waits for."""
    (resource,) = (one for one in graph.resources if one.name == name and one.custom and one.kind != "Job")
    return {one.name for one in graph.dependency_closure(resource)}


def test_each_tenants_job_waits_for_the_bucket_its_rights_and_its_namespace():
    graph = made()
    # What a component waits for holds up all that is in it.
    assert {graph[urn].kind for urn in graph.one("BackupBucket").dependencies} == {"Namespace"}
    assert set(jobs(graph)) == {f"backups-{engine}-shop-probe" for engine in TENANTS}
    for job in jobs(graph).values():
        kinds = {one.kind for one in graph.dependency_closure(job)}
        wanted = {"Bucket", "BucketPolicy", "BucketVersioning", "Policy", "ServiceAccount", "ConfigMap"}
        assert kinds >= wanted
        assert job.inputs["metadata"]["namespace"] == "shop"
    assert {"Role", "RolePolicyAttachment"} <= {
        one.kind for one in graph.dependency_closure(jobs(graph)["backups-pg-shop-probe"])
    }


def test_a_database_waits_for_its_own_tenants_job_and_whoever_needs_all_for_all():
    graph = made()
    assert before(graph, "all") >= set(jobs(graph))
    assert before(graph, "pg") & set(jobs(graph)) == {"backups-pg-shop-probe"}
    assert "backups-bucket-policy" in before(graph, "pg")


def test_the_role_trusts_the_probe_beside_the_pods_and_nobody_else():
    graph = made(TENANTS["pg"], standby={"oidc_provider": OIDC})
    account = graph.one("ServiceAccount").inputs["metadata"]
    roles = {one.name: json.loads(one.inputs["assumeRolePolicy"]) for one in graph.all("Role")}
    subjects = {
        name: json.dumps(document).count(f"system:serviceaccount:shop:{account['name']}")
        for name, document in roles.items()
    }
    assert subjects == {"backups-pg-shop-role": 1, "backups-pg-shop-read-role": 0}
    (arn,) = account["annotations"].values()
    assert arn.endswith(f":role/{graph.one('Role', 'backups-pg-shop-role').inputs['name']}")


def test_eks_pod_identity_knows_the_probe_too():
    graph = made(TENANTS["psmdb"], cluster={"pod_identity": "production"})
    accounts = {one.inputs["serviceAccount"] for one in graph.all("PodIdentityAssociation")}
    assert accounts == {"orders", graph.one("ServiceAccount").inputs["metadata"]["name"]}
    assert {one.name for one in graph.all("PodIdentityAssociation")} <= {
        one.name for one in graph.dependency_closure(graph.one("Job"))
    }


def test_the_plan_says_the_gate_in_its_place():
    (step,) = (one for one in steps(made(TENANTS["pg"])) if one.name == "backups")
    said = (
        "pg in shop: an object is written, read back and deleted below production/pg/shop/ as role acme-backups-pg-sh"
    )
    assert [gate[: len(said)] for gate in step.gates] == [said]
    assert step.region == "cluster"


@pytest.mark.parametrize(
    ("given", "why"),
    [({"provider": False}, "no Kubernetes provider was given"), ({"probe": False}, "probe is false")],
)
def test_where_nobody_can_try_it_the_plan_says_so_in_the_gates_place(given: dict[str, Any], why: str):
    graph = made(TENANTS["pg"], **given)
    assert not graph.all("Job")
    (step,) = (one for one in steps(graph) if one.name == "backups")
    (gate,) = step.gates
    assert gate.startswith(f"not shown, because {why}")
    assert "that an object can be written, read back and deleted in acme-backups" in gate
    (role,) = graph.all("Role")
    assert "bucket-probe" not in role.inputs["assumeRolePolicy"]


def test_the_ambient_kubernetes_cluster_is_taken_where_that_is_said():
    graph = made(TENANTS["pg"], provider=False, probe=True)
    assert graph.one("Job").inputs["metadata"]["annotations"][GATE].startswith("pg in shop")


def test_a_container_on_azure_is_tried_though_nothing_is_made_there():
    args: Any = {
        key: value for key, value in aws({**TENANTS["pg"], "credentials": "bucket-keys"}).items() if key != "cluster"
    }
    args |= {"provider": "azure", "storage_account": "acme", "probe": True}

    def program() -> None:
        BackupBucket("backups", args)

    graph = evaluate(program)
    told = json.loads(graph.one("ConfigMap").inputs["data"]["configuration.json"])
    assert told["store"]["settings"] == {"TYPE": "azureblob"}
    assert told["store"]["keys"]["form"] == "pgbackrest"
