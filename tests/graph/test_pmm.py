"""`Pmm` and `PmmTokens` as they are registered."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from dbaas_components import ManagedDatabase, SpecError
from dbaas_components.bootstrap.pmm.component import Pmm
from dbaas_components.bootstrap.pmm.tokens import PmmTokens
from dbaas_components.evaluate import Graph, Resource, evaluate

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
OWNER_LABELS = {"dbaas-components.io/owner", "dbaas-components.io/cost-centre", "dbaas-components.io/environment"}
RELEASE = "kubernetes:helm.sh/v3:Release"
CONSUMER = {"namespace": "shop", "database": "orders", "engine": "pxc"}


def pmm(**args: Any) -> Graph:
    given: Any = {"ownership": OWNERSHIP, **args}
    return evaluate(lambda: Pmm("pmm", given))


def tokens(**args: Any) -> Graph:
    given: Any = {
        "ownership": OWNERSHIP,
        "server": "https://monitoring-service.pmm",
        "consumers": [CONSUMER],
        **args,
    }
    return evaluate(lambda: PmmTokens("tokens", given))


def kinds_before(graph: Graph, resource: Resource) -> set[str]:
    return {one.kind for one in graph.dependency_closure(resource)}


def objects(graph: Graph) -> list[Resource]:
    return [one for one in graph.resources if one.custom and one.type != RELEASE and not one.type.startswith("pulumi:")]


def test_the_server_comes_when_password_volume_and_certificate_are_asked_for():
    graph = pmm()
    release = graph.one(RELEASE)
    assert kinds_before(graph, release) >= {
        "Namespace",
        "Password",
        "ExternalSecret",
        "PersistentVolumeClaim",
        "Certificate",
        "ConfigMap",
    }
    assert release.inputs["skipCrds"]
    assert release.inputs["name"] == "pmm"
    assert graph.secret_values() == []


def test_what_holds_data_is_protected_unless_it_is_not_wanted():
    def kept(graph: Graph) -> set[str]:
        return {one.kind for one in objects(graph) if one.protect and one.retain_on_delete}

    assert kept(pmm()) == {"Namespace", "PersistentVolumeClaim", "ExternalSecret"}
    assert kept(pmm(deletion_protection=False)) == set()


def test_without_external_secrets_a_job_makes_the_password():
    graph = pmm(admin_from="job", sources={"mirror": "mirror.example.com"})
    job = graph.one("Job")
    assert kinds_before(graph, job) >= {"ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Namespace"}
    assert job.urn in {one.urn for one in graph.dependency_closure(graph.one(RELEASE))}
    (container,) = job.inputs["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "mirror.example.com/docker.io/library/python:3.12-slim"
    assert not graph.all("ExternalSecret")


def test_a_password_that_is_there_already_is_made_by_nobody():
    graph = pmm(admin_from="existing", admin_secret="ours")
    assert not graph.all("Job")
    assert not graph.all("ExternalSecret")
    assert graph.one(RELEASE).inputs["values"]["secret"] == {"create": False, "name": "ours"}
    assert graph.one("Pmm").outputs["admin"] == "pmm/ours/PMM_ADMIN_PASSWORD"


def test_what_others_need_of_it_is_published():
    outputs = pmm().one("Pmm").outputs
    assert outputs["server"] == "https://monitoring-service.pmm"
    assert outputs["host"] == "monitoring-service.pmm"
    assert outputs["ca"] == "pmm/pmm-certificate/ca.crt"
    assert pmm(certificate="self_signed").one("Pmm").outputs.get("ca") is None


def test_a_server_elsewhere_installs_nothing():
    external = {"server": "https://pmm.example.com:8443/", "admin_secret": "pmm-elsewhere", "ca_secret": "pmm-ca"}
    graph = pmm(external=external)
    assert objects(graph) == []
    assert not graph.all(RELEASE)
    outputs = graph.one("Pmm").outputs
    assert outputs["server"] == "https://pmm.example.com:8443"
    assert outputs["host"] == "pmm.example.com:8443"
    assert outputs["admin"] == "pmm/pmm-elsewhere/PMM_ADMIN_PASSWORD"
    assert outputs["ca"] == "pmm/pmm-ca/ca.crt"


@pytest.mark.parametrize("graph", [pmm(), pmm(admin_from="job"), tokens()], ids=["pmm", "job", "tokens"])
def test_every_object_and_pod_says_whose_it_is(graph):
    assert objects(graph)
    for one in objects(graph):
        assert set(one.inputs["metadata"]["labels"]) >= OWNER_LABELS, one.name
    for one in (*graph.all("Job"), *graph.all("CronJob")):
        spec = one.inputs["spec"]
        pods = spec["jobTemplate"]["spec"]["template"] if one.kind == "CronJob" else spec["template"]
        assert set(pods["metadata"]["labels"]) >= OWNER_LABELS


def test_a_database_waits_for_its_token_and_that_for_the_server():
    def program() -> None:
        server = Pmm("pmm", {"ownership": OWNERSHIP})
        made = PmmTokens(
            "tokens",
            {
                "ownership": OWNERSHIP,
                "server": "https://monitoring-service.pmm",
                "consumers": [{"namespace": "shop", "database": "orders", "engine": "pxc"}],
            },
            pulumi.ResourceOptions(depends_on=[server.gate]),
        )
        ManagedDatabase(
            "orders", {"engine": "pxc", "namespace": "shop"}, pulumi.ResourceOptions(depends_on=[made.gate])
        )
        pulumi.export("secrets", made.secrets)

    graph = evaluate(program)
    before = {one.urn for one in graph.dependency_closure(graph.one("ManagedDatabase"))}
    assert {graph.one("Job").urn} <= before
    tokens_before = {one.urn for one in graph.dependency_closure(graph.one("PmmTokens"))}
    assert graph.one(RELEASE).urn in tokens_before
    assert graph.exports["secrets"] == {"pxc-shop-orders": "shop/orders-secrets/pmmservertoken"}


def test_tokens_are_made_and_looked_after():
    graph = tokens()
    job, cron = graph.one("Job"), graph.one("CronJob")
    assert kinds_before(graph, job) >= {"ServiceAccount", "Role", "RoleBinding", "ConfigMap"}
    assert job.inputs["metadata"]["annotations"]["dbaas-components.io/gate"] == "PMM accepts the token of each database"
    assert cron.inputs["spec"]["concurrencyPolicy"] == "Forbid"
    assert graph.one("PmmTokens").outputs["service_account"] == "pmm/pmm-tokens"
    program = graph.one("ConfigMap").inputs["data"]
    compile(program["pmm_tokens.py"], "pmm_tokens.py", "exec")
    assert graph.secret_values() == []


def test_wrong_arguments_are_refused_before_anything_is_registered():
    with pytest.raises(SpecError, match=r'^PMM "pmm": '):
        pmm(namespace="Pmm!")
    with pytest.raises(SpecError, match=r'^tokens of PMM "tokens": '):
        tokens(server="pmm")
