"""Every engine's topology in every mode: the objects of both sites, as a person reviews them."""

from __future__ import annotations

import pytest
import yaml

from dbaas_components.databases.composition import compose
from dbaas_components.databases.spec import parse_database
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import plan, role_table
from tests.snapshots.conftest import GOLDEN
from tests.unit.topology.examples import EXAMPLES, example

# Beside the golden files of single databases, whose folder holds nothing else.
FOLDER = "../golden_topologies"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_objects_of_both_sites_are_the_reviewed_ones(name, golden):
    design = parse_topology("orders", example(name))
    documents = []
    for region in design.sites:
        planned = plan(design, region)
        database = compose(parse_database("orders", planned.arguments)).manifests()
        objects = [*(one.manifest for one in planned.before), *database, *(one.manifest for one in planned.after)]
        documents += [{"region": region, "objects": objects, "ignored": dict(planned.ignored)}]
    documents.append({"roles": role_table(design)})
    # Through JSON's types, in which tuples are lists.
    golden(f"{FOLDER}/{name}.yaml", yaml.dump_all(plain(documents), sort_keys=False, Dumper=yaml.SafeDumper))


def test_no_golden_file_is_left_over():
    assert {path.stem for path in (GOLDEN / FOLDER).iterdir()} == set(EXAMPLES)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value
