"""`dbaas diff` of a topology whose program follows a failover: the new primary region changes no database."""

from __future__ import annotations

from typing import Any

import pulumi_kubernetes as k8s
import pytest

from dbaas_components.diff import side
from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change, compare
from dbaas_components.diff.document import Document, read_document
from dbaas_components.diff.grouping import DATABASES
from dbaas_components.dr.topology.component import DatabaseTopology
from dbaas_components.evaluate import evaluate
from tests.unit.topology.examples import example

pytestmark = pytest.mark.slow

EXAMPLES = ["pg-both", "pg-repository", "pxc-channels", "ps-cluster_set", "psmdb-replica_set"]


def graph(name: str, primary: str) -> Document:
    def program() -> None:
        given: Any = example(name, primary_region=primary, traffic={"service": {}})
        for region, settings in given["regions"].items():
            settings["provider"] = k8s.Provider(region, context=region)
            settings["write_host"] = f"write.{region}.db.example.com"
        DatabaseTopology("orders", given)

    return read_document(side.document_of(evaluate(program), "dev"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_another_primary_region_is_at_most_an_online_change(name: str) -> None:
    changes = compare(graph(name, "eu"), graph(name, "us"))
    assert changes
    worse = [(one.effect, one.kind, one.path, one.does) for one in changes if one.effect > Effect.ONLINE]
    assert worse == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_fields_of_the_role_are_told_as_the_failover_tools(name: str) -> None:
    changes = compare(graph(name, "eu"), graph(name, "us"))
    left: list[Change] = [one for one in changes if one.unheeded and one.kind in DATABASES]
    assert left
    assert {one.effect for one in left} == {Effect.NO_EFFECT}
    assert all("the failover tool (dbaas-dr) writes what follows" in one.does for one in left), left
