"""`FailoverAgent` registers an agent of least rights, or refuses before anything is registered."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components import FailoverAgent
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import evaluate
from dbaas_components.labels import COST_CENTRE, OWNER
from tests.unit.dr_verbs.documents import OWNERSHIP, document

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
            assert "secrets" not in rule["resources"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"region": "asia"}, '"asia" is no region of the topology'),
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
