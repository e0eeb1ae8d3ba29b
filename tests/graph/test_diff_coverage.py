"""Every field that the library writes is in the tables, and what its guards refuse is never told as harmless."""

from __future__ import annotations

import copy
import itertools
from functools import cache
from typing import Any

import pytest

from dbaas_components import ManagedDatabase
from dbaas_components.databases.guards import refusals
from dbaas_components.diff import side
from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import compare
from dbaas_components.diff.conditions import known
from dbaas_components.diff.document import Document, read_document
from dbaas_components.diff.effects import tables
from dbaas_components.evaluate import evaluate
from tests.unit.pg.examples import FULL as PG
from tests.unit.ps.examples import FULL as PS
from tests.unit.psmdb.examples import FULL as PSMDB
from tests.unit.pxc.examples import FULL as PXC

EXAMPLES: dict[str, dict[str, dict[str, Any]]] = {"pg": PG, "ps": PS, "psmdb": PSMDB, "pxc": PXC}


@cache
def documents(engine: str) -> tuple[Document, ...]:
    minimal = {"engine": engine, "namespace": "shop"}
    return tuple(document(args) for args in (minimal, *EXAMPLES[engine].values()))


def document(args: Any) -> Document:
    graph = evaluate(lambda: ManagedDatabase("orders", copy.deepcopy(args)))
    return read_document(side.document_of(graph, "dev"))


def custom_resource(found: Document) -> Any:
    return next(one.inputs for one in found.resources if one.urn.endswith("::orders-database"))


@pytest.mark.parametrize("engine", EXAMPLES)
def test_no_field_of_a_rich_database_is_missing_in_the_tables(engine: str) -> None:
    pairs = itertools.permutations(documents(engine), 2)
    missing = {(one.kind, one.path) for pair in pairs for one in compare(*pair) if not one.listed}
    assert not missing


@pytest.mark.parametrize("engine", EXAMPLES)
def test_what_the_guards_refuse_is_at_least_one_way(engine: str) -> None:
    refused = 0
    for base, head in itertools.permutations(documents(engine), 2):
        if refusals(custom_resource(base), custom_resource(head)):
            refused += 1
            assert max(change.effect for change in compare(base, head)) >= Effect.ONE_WAY
    assert refused


def test_every_row_says_where_it_is_from_and_uses_conditions_that_there_are() -> None:
    for table in tables().values():
        for row in (*table.rows.values(), *table.prefixes.values()):
            assert row.word, row.path
            assert row.source, row.path
            assert all(known(case.when) for case in row.cases), (table.kind, row.path)
            assert set(row.restarts) <= {"all", *(group.key for group in table.pods)}, row.path


def test_a_size_that_the_operator_has_taken_over_is_told_although_nothing_happens() -> None:
    def grown(size: str) -> Document:
        storage = {"size": size, "autoscale": {"max_size": "200Gi"}}
        return document({"engine": "pxc", "namespace": "shop", "storage": storage})

    (line,) = compare(grown("50Gi"), grown("80Gi"))
    assert (line.effect, line.old, line.new, line.unheeded) == (Effect.NO_EFFECT, "50Gi", "80Gi", True)
    assert line.does == "stays as it is in the cluster: the operator writes the size of a volume that it grew"
