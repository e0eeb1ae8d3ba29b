"""The stack's databases, each in its region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from dbaas_components import (
    DatabaseAlerts,
    DatabaseAlertsArgs,
    FailoverAgent,
    FailoverAgentArgs,
    ManagedDatabase,
    ManagedDatabaseArgs,
)
from dbaas_components.dr.topology.component import DatabaseTopology, DatabaseTopologyArgs
from stacks.agents import agent_name
from stacks.placed import PlacedDatabase
from stacks.regions import Region
from stacks.topologies import PlacedTopology


def build_database(placed: PlacedDatabase, region: Region) -> Mapping[str, Any]:
    """Registers one database and returns what the stack exports of it."""
    spec = placed.spec
    database = ManagedDatabase(
        spec.name,
        cast("ManagedDatabaseArgs", placed.arguments),
        pulumi.ResourceOptions(providers=[region.provider], depends_on=region.gates(spec)),
    )
    _alerts(spec.name, placed, region)
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


def build_topology(placed: PlacedTopology, regions: Mapping[str, Region]) -> pulumi.Output[dict[str, Any]]:
    """Registers what a topology has in the regions that are present, and returns what is exported of its sites."""
    name, given = placed.design.topology.name, placed.arguments
    sites = {site.region: site for site in placed.sites}
    present = [region for region in sites if region in regions]
    # Sites of other regions than the archive's reach its bucket from the first moment too.
    archive = regions[placed.archive].bucket if placed.archive and placed.archive in regions else None
    common = archive.made if archive else []
    # A region that is not present is still known to the others: who follows whom, by which hosts.
    told = {region: dict(settings) for region, settings in given["regions"].items()}
    for region in present:
        here = regions[region]
        told[region] |= {"provider": here.provider, "depends_on": [*here.gates(sites[region].spec), *common]}
    arguments = {**given, "regions": told, "regions_present": present}
    topology = DatabaseTopology(name, cast("DatabaseTopologyArgs", arguments))
    for region in present:
        _alerts(f"{name}-{region}", sites[region], regions[region])
    return topology.sites


def build_agents(name: str, agents: Mapping[str, Mapping[str, Any]], regions: Mapping[str, Region]) -> None:
    """Registers a topology's failover agents in the regions that are present."""
    for region, arguments in agents.items():
        if region not in regions:
            continue
        here = regions[region]
        namespace = here.namespaces.get(arguments["topology"]["roles"][region]["namespace"])
        gates = [namespace] if namespace is not None else []
        options = pulumi.ResourceOptions(providers=[here.provider], depends_on=gates)
        FailoverAgent(agent_name(name, region), cast("FailoverAgentArgs", arguments), options)


def _alerts(name: str, placed: PlacedDatabase, region: Region) -> None:
    if region.platform is None or region.platform.metrics_gate is None:
        return
    gates = [region.platform.metrics_gate, *region.gates(placed.spec)]
    arguments = {**region.alerts, "database": placed.arguments}
    options = pulumi.ResourceOptions(providers=[region.provider], depends_on=gates)
    DatabaseAlerts(name, cast("DatabaseAlertsArgs", arguments), options)
