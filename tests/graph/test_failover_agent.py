"""`FailoverAgent` registers an agent of least rights, or refuses before anything is registered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dbaas_components import FailoverAgent
from dbaas_components.dr.agent.__main__ import AgentConfiguration
from dbaas_components.dr.topology.handover import topology_document
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import evaluate
from dbaas_components.evaluate.graph import Graph
from dbaas_components.labels import COST_CENTRE, OWNER
from tests.unit.dr_verbs.documents import OWNERSHIP, document
from tests.unit.topology.examples import example

ARGUMENTS: Any = {
    "topology": document(),
    "region": "eu",
    "image": "registry.example.com/dbaas-agent:1",
    "ownership": OWNERSHIP,
    "witness_secret": "witness",
}


def test_its_pod_comes_after_what_it_may_do() -> None:
    graph = evaluate(lambda: FailoverAgent("orders-eu", ARGUMENTS) and None)
    pod = graph.one("StatefulSet")
    before = {one.kind for one in graph.dependency_closure(pod)}
    assert {"ServiceAccount", "Role", "RoleBinding", "ConfigMap"} <= before
    for one in graph:
        if one.custom and one.type.startswith("kubernetes:"):
            assert {OWNER, COST_CENTRE} <= set(one.inputs["metadata"]["labels"]), one.name


def test_its_rights_name_what_they_are_for() -> None:
    graph = evaluate(lambda: FailoverAgent("orders-eu", ARGUMENTS) and None)
    for role in graph.all("Role"):
        for rule in role.inputs["rules"]:
            assert "*" not in {*rule["verbs"], *rule["resources"], *rule["apiGroups"]}
            if "secrets" in rule["resources"]:
                # One of its own, which opens nothing; it reads none.
                assert rule["resourceNames"] == ["dbaas-dr-orders-eu-revoked"]
                assert set(rule["verbs"]) == {"create", "patch"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"region": "asia"}, '"asia" is no region of the topology'),
        ({"endpoints": {"asia": "db.example.com:5432"}}, 'endpoints.asia: "asia" is no region of the topology'),
        ({"endpoints": {"eu": "db.example.com"}}, 'endpoints.eu: "db.example.com" is no host:port'),
        ({"witness_secret": None}, "is required where the lease is in the witness"),
    ],
)
def test_bad_input_registers_nothing(changed: dict[str, Any], message: str) -> None:
    def program() -> None:
        given: Any = {**ARGUMENTS, **changed}
        with pytest.raises(SpecError) as caught:
            FailoverAgent("orders-eu", given)
        assert message in str(caught.value)

    assert evaluate(program).resources == ()


def configuration(graph: Graph) -> AgentConfiguration:
    texts = [
        text for one in graph.all("ConfigMap") for name, text in one.inputs["data"].items() if name == "agent.json"
    ]
    (text,) = texts
    return AgentConfiguration.model_validate_json(text)


LAG = {"secret": "internal-orders", "authority_secret": "orders-ssl"}


@pytest.mark.parametrize("several", [list, tuple])
@pytest.mark.parametrize(
    ("engine", "lag"),
    [("pxc", {"hosts": ["a", "b"]}), ("ps", {"hosts": ["a", "b"]}), ("psmdb", {"replica_sets": {"rs0": ["a", "b"]}})],
)
def test_it_is_told_where_it_measures_the_lag(engine: str, lag: dict[str, Any], several: type) -> None:
    kept = {key: several(one) if key == "hosts" else {"rs0": several(one["rs0"])} for key, one in lag.items()}
    given: Any = {**ARGUMENTS, "topology": document(engine), "lag": {**LAG, **kept}}
    told = configuration(evaluate(lambda: FailoverAgent("orders-eu", given) and None)).lag
    assert told is not None
    assert {key: told.model_dump()[key] for key in lag} == lag


def test_a_field_that_a_role_takes_away_reaches_the_agent() -> None:
    traffic = {"external_dns": {"name": "orders.example.com"}}
    clusters = {"eu": {"context": "eu"}, "us": {"context": "us"}}
    made = topology_document(
        parse_topology("orders", example("pg-both", traffic=traffic)), clusters, witness={"context": "third"}
    )
    given: Any = {**ARGUMENTS, "topology": json.loads(json.dumps(made))}
    read = configuration(evaluate(lambda: FailoverAgent("orders-eu", given) and None)).document
    assert read.roles == made["roles"]
    assert [one["value"] for one in read.roles["eu"]["roles"]["us"] if one["object"] == "traffic"] == [None]
