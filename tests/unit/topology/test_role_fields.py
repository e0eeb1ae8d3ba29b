"""The registry of what others write, and what a topology leaves to the failover tool, say the same."""

from __future__ import annotations

import pytest

from dbaas_components.databases.operator_owned import REASONS, ROLE_OWNED, TOPOLOGY_ROLE, owned_paths, role_paths
from dbaas_components.dr.failover.site import EPOCH, ORDER, REVOKED
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import ignored
from tests.unit.topology.examples import EXAMPLES, example


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_field_that_a_topology_leaves_alone_is_in_the_registry(name: str) -> None:
    design = parse_topology("orders", example(name))
    engine = design.topology.engine
    for site in design.sites.values():
        assert set(ignored(design, site)["database"]) <= set(role_paths(engine))


@pytest.mark.parametrize("engine", ["pg", "pxc", "ps", "psmdb"])
def test_the_registry_has_nothing_that_no_topology_of_the_engine_leaves_alone(engine: str) -> None:
    left: set[str] = set()
    for name, given in EXAMPLES.items():
        if given["engine"] == engine:
            design = parse_topology("orders", example(name))
            left.update(*(ignored(design, site)["database"] for site in design.sites.values()))
    # Its notes, which the program never writes, so that an update has nothing to leave alone.
    notes = {f'metadata.annotations["{key}"]' for key in (ORDER, EPOCH, REVOKED)}
    assert set(role_paths(engine)) == left | notes


def test_a_database_in_no_topology_keeps_its_fields() -> None:
    assert all(row.reason == REASONS[TOPOLOGY_ROLE] for row in ROLE_OWNED)
    for engine in ("pg", "pxc", "ps", "psmdb"):
        assert not set(role_paths(engine)) & set(owned_paths(engine, {"storage_autoscaling", "automatic_upgrade"}))
