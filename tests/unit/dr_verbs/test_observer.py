"""The observer in the witness: what it may do, what it is told, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dbaas_components.dr.agent.__main__ import AgentConfiguration
from dbaas_components.dr.agent.observer import FailoverObserverSpec, observer_plan, observer_problems
from dbaas_components.dr.failover.document import parse_document
from tests.unit.dr_verbs.documents import OWNERSHIP, document

ENDPOINTS = {"eu": "write.eu.db.example.com:5432", "us": "write.us.db.example.com:5432"}


def given(endpoints: dict[str, str] | None = None, **settings: Any) -> tuple[FailoverObserverSpec, Any]:
    spec = FailoverObserverSpec.model_validate(
        {
            "topology": document(**{"automatic": True, **settings}),
            "image": "registry.example.com/agent:1",
            "ownership": OWNERSHIP,
            "endpoints": ENDPOINTS if endpoints is None else endpoints,
        }
    )
    return spec, parse_document(spec.topology)


def test_it_reads_the_lease_writes_its_own_vote_and_may_do_nothing_else():
    account, role, binding, _, pod = observer_plan("orders-observer", *given()).objects()
    assert [(one["resources"], one["resourceNames"], one["verbs"]) for one in role["rules"]] == [
        (["configmaps"], ["dbaas-dr-orders-vote-witness"], ["create", "patch"]),
        (["leases"], ["dbaas-dr-orders"], ["get"]),
    ]
    assert {one["metadata"]["namespace"] for one in (account, role, binding, pod)} == {"dbaas-dr"}
    assert binding["subjects"][0]["name"] == account["metadata"]["name"]


def test_its_program_is_told_to_observe_and_has_no_secret():
    *_, program, pod = observer_plan("orders-observer", *given()).objects()
    told = AgentConfiguration.model_validate_json(program["data"]["agent.json"])
    assert (told.region, told.endpoints, told.witness_kubeconfig) == ("witness", ENDPOINTS, None)
    assert "secret" not in json.dumps(pod["spec"]["template"]["spec"]["volumes"])


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"automatic": False}, "topology.automatic"),
        ({"witness": None, "lease": {"bucket": "a", "key": "b"}}, "topology.witness"),
        ({"endpoints": {"eu": ENDPOINTS["eu"]}}, "endpoints.us"),
        ({"endpoints": {**ENDPOINTS, "asia": "a:1"}}, "endpoints.asia"),
        ({"endpoints": {**ENDPOINTS, "us": "db.example.com"}}, "endpoints.us"),
    ],
)
def test_what_does_not_fit_is_one_sentence(changes, path):
    (problem,) = observer_problems(*given(**changes))
    assert problem.path == path
