"""Names that a topology makes of others', against Kubernetes' bounds."""

from __future__ import annotations

import pytest

from dbaas_components.dr.agent.component import name_problems
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.errors import SpecError
from tests.unit.topology.examples import example


@pytest.mark.parametrize("traffic", [{"service": {}}, {"external_dns": {"name": "orders.example.com"}}])
def test_a_service_of_traffic_whose_name_kubernetes_would_refuse_is_one_sentence(traffic):
    given = example("pxc-channels", traffic=traffic)
    given["database"]["name"] = "short"
    with pytest.raises(SpecError, match=r"makes a Service whose name cannot be used: .* shorten it") as refused:
        parse_topology("o" * 60, given)
    assert len(refused.value.problems) == 1
    parse_topology("o" * 49, given)


def test_an_agents_name_leaves_room_for_the_hash_of_its_pods_label():
    assert name_problems("o" * 52) == []
    (problem,) = name_problems("o" * 53)
    assert "shorten it to at most 52" in problem.message
