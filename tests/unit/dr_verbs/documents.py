"""Documents of topologies, as `dbaas dr` reads them."""

from __future__ import annotations

from typing import Any

from dbaas_components.dr.failover.document import document_of
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import role_table
from tests.unit.topology.examples import example

OWNERSHIP = {"tenant": "shop", "owner": "team", "cost_centre": "cc-1", "environment": "prod"}
EXAMPLE = {"pg": "pg-both", "pxc": "pxc-channels", "ps": "ps-cluster_set", "psmdb": "psmdb-replica_set"}


def document(engine: str = "pg", **settings: Any) -> dict[str, Any]:
    """A document with contexts that nobody asks."""
    design = parse_topology("orders", example(EXAMPLE[engine]))
    outputs = {
        "engine": engine,
        "mode": design.topology.mode,
        "primary_region": "eu",
        "epoch": 1,
        "roles": role_table(design),
        "lag_limit": None,
        "traffic_ttl": 30,
    }
    clusters = settings.pop("clusters", {"eu": {"context": "eu"}, "us": {"context": "us"}})
    return document_of("orders", outputs, clusters, **{"witness": {"context": "third"}, **settings})
