"""The program in docs/topology.md is one, and its table names the fields of the roles that the code has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dbaas_components.databases.engines import ENGINES
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import ignored
from dbaas_components.evaluate import evaluate
from tests.unit.topology.examples import EXAMPLES, example

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "topology.md").read_text()


def test_the_program_of_the_guide_makes_two_databases():
    (source,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    graph = evaluate(lambda: exec(compile(source, "docs/topology.md", "exec"), {}))
    assert len([one for one in graph if one.kind == ENGINES["pg"].kind]) == 2
    assert graph.one("DatabaseTopology").outputs["lag_limit"]["measure"] == "operator"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_table_of_the_guide_has_every_field_of_a_role(name):
    design = parse_topology("orders", example(name))
    table = set(re.findall(r"^\| [^|]+ \| `(spec[^`]+)` \|", GUIDE, re.MULTILINE))
    paths = {path for site in design.sites.values() for paths in ignored(design, site).values() for path in paths}
    assert paths <= table


def test_the_table_of_the_guide_has_no_other_field():
    table = set(re.findall(r"^\| [^|]+ \| `(spec[^`]+)` \|", GUIDE, re.MULTILINE))
    known: set[str] = set()
    for name in EXAMPLES:
        design = parse_topology("orders", example(name))
        known |= {path for site in design.sites.values() for paths in ignored(design, site).values() for path in paths}
    assert table == known
