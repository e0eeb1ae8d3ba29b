"""What would lose a protected object is refused before any part of it is done."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components import ManagedDatabase
from dbaas_components.evaluate import Graph, evaluate
from embedded.engine_errors import EngineFailure
from embedded.protection import refuse_destroy, refuse_losses


def graph(**databases: dict[str, Any]) -> Graph:
    def program() -> None:
        for name, args in databases.items():
            ManagedDatabase(name, {"engine": "pg", "namespace": "shop", **args})  # type: ignore[typeddict-item]

    return evaluate(program)


def stored(held: Graph) -> list[dict[str, Any]]:
    return [
        {"urn": resource.urn, "protect": bool(resource.protect), "inputs": resource.inputs}
        for resource in held.resources
    ]


def test_a_protected_database_that_stays_is_no_loss() -> None:
    refuse_losses(stored(graph(orders={})), graph(orders={"storage": "900Gi"}, ledger={}))


def test_every_protected_database_that_would_be_lost_is_named_with_the_way_out() -> None:
    held = stored(graph(orders={}, ledger={}, scratch={"profile": "dev"}))
    with pytest.raises(EngineFailure) as caught:
        refuse_losses(held, graph(ledger={"namespace": "elsewhere"}))
    message = str(caught.value)
    assert "PerconaPGCluster orders-database would be deleted" in message
    assert "PerconaPGCluster ledger-database would be replaced" in message
    assert "scratch" not in message
    assert "deletion_protection: false" in message


def test_an_unprotected_database_may_go() -> None:
    refuse_losses(stored(graph(scratch={"profile": "dev"})), graph())


def test_a_stack_with_a_protected_database_is_not_destroyed_in_part() -> None:
    with pytest.raises(
        EngineFailure, match=r"nothing was deleted, because these are protected: PerconaPGCluster orders"
    ):
        refuse_destroy(stored(graph(orders={}, scratch={"profile": "dev"})))
    refuse_destroy(stored(graph(scratch={"profile": "dev"})))
