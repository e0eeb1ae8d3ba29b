"""The whole program: settings, regions, databases, exports."""

from __future__ import annotations

import pulumi

from dbaas_components.platform_reference import CONTRACT_VERSION
from stacks import settings as stack_settings
from stacks.databases import build_agents, build_database, build_topology
from stacks.regions import build_region


def main() -> None:
    """Registers everything that the running stack's settings ask for.

    Raises `SpecError` before anything is registered if the settings are refused.
    """
    settings = stack_settings.load()
    regions = {region.name: build_region(settings, region) for region in settings.present}
    databases = {placed.spec.name: build_database(placed, regions[placed.region]) for placed in settings.single}
    sites = {
        placed.design.topology.name: build_topology(placed, regions)
        for placed in settings.topologies
        if regions.keys() & placed.design.sites.keys()
    }
    for name, agents in settings.agents.items():
        build_agents(name, agents, regions)
    pulumi.export("databases", databases)
    # What `dbaas dr --topology` reads, of every topology: the stack of any one region is enough for a failover.
    pulumi.export("topologies", settings.documents)
    pulumi.export("topology_sites", sites)
    # For the stacks of teams: `PlatformRef` reads both.
    pulumi.export("contract_version", CONTRACT_VERSION)
    pulumi.export("platform", {region.name: regions[region.name].exports(region) for region in settings.present})
