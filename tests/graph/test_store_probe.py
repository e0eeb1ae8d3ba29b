"""The secret that a store is tried with, and who waits for it."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components import ExternalSecrets, Platform, SecretStore, SpecError
from dbaas_components.evaluate import Graph, Resource, evaluate

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
READY = {"pulumi.com/waitFor": "condition=Ready"}
ELSEWHERE = {"address": "https://vault.example.com:8200"}


def store(**given: Any) -> Graph:
    args: Any = {"ownership": OWNERSHIP, "namespaces": ["shop", "pmm"], **given}
    return evaluate(lambda: SecretStore("store", args))


def behind(graph: Graph, resource: Resource) -> set[str]:
    return {one.name for one in graph.dependency_closure(resource)}


def test_a_store_of_somebody_elses_is_read_and_never_written() -> None:
    graph = store(vault=ELSEWHERE)
    probe = graph.one("ExternalSecret")
    assert probe.inputs["metadata"]["annotations"].items() >= READY.items()
    assert probe.inputs["metadata"]["namespace"] == "store-probe"
    (read,) = probe.inputs["spec"]["data"]
    assert read["remoteRef"] == {"key": "shop/dbaas-probe", "property": "probe"}
    # External Secrets takes an entry that is not there for an error unless it may delete.
    assert probe.inputs["spec"]["target"]["deletionPolicy"] == "Delete"
    assert behind(graph, probe) == {"store-store", "store-probe-namespace"}
    assert not graph.all("PushSecret")
    (conditions,) = graph.one("ClusterSecretStore").inputs["spec"]["conditions"]
    assert conditions["namespaces"] == ["shop", "pmm", "store-probe"]


def test_an_entry_that_is_named_has_to_be_there() -> None:
    probe = store(vault=ELSEWHERE, probe={"entry": "team/known", "property": "password"}).one("ExternalSecret")
    assert probe.inputs["spec"]["data"][0]["remoteRef"] == {"key": "team/known", "property": "password"}
    assert probe.inputs["spec"]["target"]["deletionPolicy"] == "Retain"


def test_an_entry_is_written_before_it_is_read_where_the_store_lets_it() -> None:
    graph = store(aws={"region": "eu-west-1"}, probe={"push": True})
    push, probe = graph.one("PushSecret"), graph.one("ExternalSecret")
    assert push.inputs["spec"]["secretStoreRefs"] == [{"name": "store", "kind": "ClusterSecretStore"}]
    assert push.inputs["metadata"]["annotations"] == READY
    (written,) = push.inputs["spec"]["data"]
    assert written["match"]["remoteRef"] == {"remoteKey": "shop/dbaas-probe", "property": "probe"}
    generator = graph.one("Password")
    assert push.inputs["spec"]["selector"]["generatorRef"]["name"] == generator.inputs["metadata"]["name"]
    assert probe.inputs["spec"]["target"]["deletionPolicy"] == "Retain"
    assert behind(graph, probe) >= {"store-probe-push", "store-probe-value"}
    assert graph.secret_values() == []


def test_a_role_of_its_own_writes_through_a_store_for_the_probe_alone() -> None:
    graph = store(vault=ELSEWHERE, probe={"push": True, "write_role": "writer"})
    reading, writing = (graph.one("ClusterSecretStore", f"store-{role}") for role in ("store", "probe-writer"))
    roles = [one.inputs["spec"]["provider"]["vault"]["auth"]["kubernetes"]["role"] for one in (reading, writing)]
    assert roles == ["external-secrets", "writer"]
    assert writing.inputs["spec"]["conditions"] == [{"namespaces": ["store-probe"]}]
    push = graph.one("PushSecret")
    assert push.inputs["spec"]["secretStoreRefs"][0]["name"] == writing.inputs["metadata"]["name"]
    assert graph.one("ExternalSecret").inputs["spec"]["secretStoreRef"]["name"] == "store"


def test_names_in_googles_store_have_no_slash() -> None:
    probe = store(google={"project": "p"}).one("ExternalSecret")
    assert probe.inputs["spec"]["data"][0]["remoteRef"]["key"] == "shop-dbaas-probe"


def test_a_store_that_is_there_is_tried_and_not_made() -> None:
    graph = store(existing=True, name="company")
    assert not graph.all("ClusterSecretStore")
    assert not graph.all("Namespace")
    probe = graph.one("ExternalSecret")
    assert probe.inputs["metadata"]["namespace"] == "shop"
    assert probe.inputs["spec"]["secretStoreRef"] == {"name": "company", "kind": "ClusterSecretStore"}
    assert graph.one("SecretStore").outputs["store"] == {"name": "company", "kind": "ClusterSecretStore"}


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SpecError) as caught:
        store(existing=True, probe={"namespace": "other", "write_role": "writer"})
    assert [problem.path for problem in caught.value.problems] == ["name", "probe.namespace", "probe.write_role"]
    with pytest.raises(SpecError, match="takes one of vault, aws, google and existing, and vault and existing was"):
        store(existing=True, name="a", vault=ELSEWHERE)


def test_everything_that_uses_the_store_waits_for_the_probe() -> None:
    whole: Any = {
        "ownership": OWNERSHIP,
        "external_secrets": {"existing": True, "namespace": "secrets"},
        "secret_store": {"namespaces": ["shop"], "vault": ELSEWHERE},
        "operators": {"engines": ["pg"]},
        "pmm": {"certificate": "self_signed"},
        "coroot": {},
        "restore_secrets": {
            "store": {"name": "main-secret-store"},
            "databases": {"orders": {"engine": "pg", "namespace": "shop"}},
        },
    }
    found: list[Any] = []

    def program() -> None:
        found.extend(Platform("main", whole).gates("pg", "shop"))

    graph = evaluate(program)
    for component in ("Operators", "Pmm", "Coroot", "RestoreSecrets"):
        part = graph.one(f"dbaas:index:{component}")
        assert "main-secret-store-probe" in behind(graph, part), component
    assert "main-secret-store-probe" in [one._name for one in found]
    # Nothing of External Secrets is installed here.
    assert [one for one in graph.all("Release") if one.inputs["chart"] == "external-secrets"] == []
    assert graph.one("ExternalSecrets").outputs["service_account"] == "secrets/external-secrets"


def test_a_first_password_is_there_before_the_server_starts_with_it() -> None:
    whole: Any = {"ownership": OWNERSHIP, "external_secrets": {}, "pmm": {"certificate": "self_signed"}}
    graph = evaluate(lambda: Platform("main", whole))
    password = graph.one("ExternalSecret")
    assert password.inputs["metadata"]["annotations"] == READY
    server = graph.one("Release", "main-pmm-server")
    assert password.urn in server.dependencies


def test_what_says_how_external_secrets_of_somebody_elses_shall_be_is_refused() -> None:
    with pytest.raises(SpecError, match="replicas: has no effect where somebody else runs it"):
        ExternalSecrets("secrets", {"ownership": OWNERSHIP, "existing": True, "replicas": 3})
