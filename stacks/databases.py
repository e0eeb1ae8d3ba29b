"""The stack's databases, each in its region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from dbaas_components import DatabaseAlerts, DatabaseAlertsArgs, ManagedDatabase, ManagedDatabaseArgs
from stacks.regions import Region
from stacks.settings import PlacedDatabase


def build_database(placed: PlacedDatabase, region: Region) -> Mapping[str, Any]:
    """Registers one database and returns what the stack exports of it."""
    spec = placed.spec
    database = ManagedDatabase(
        spec.name,
        cast("ManagedDatabaseArgs", placed.arguments),
        pulumi.ResourceOptions(providers=[region.provider], depends_on=region.gates(spec)),
    )
    if region.platform is not None and region.platform.metrics_gate is not None:
        DatabaseAlerts(
            spec.name,
            cast("DatabaseAlertsArgs", {**region.alerts, "database": placed.arguments}),
            pulumi.ResourceOptions(
                providers=[region.provider], depends_on=[region.platform.metrics_gate, *region.gates(spec)]
            ),
        )
    return {
        "name": spec.name,
        "region": region.name,
        "namespace": spec.namespace,
        "engine": spec.engine,
        "kind": database.kind,
        "write_endpoint": database.write_endpoint,
        "endpoints": database.endpoints,
        "port": database.port,
        "credentials": database.credentials,
        "ca": database.ca,
    }
