"""Problems of a topology that are the same for all engines. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dbaas_components.dr.topology.design import EngineTopology
from dbaas_components.dr.topology.spec import Topology
from dbaas_components.errors import Problem, one_of

SEEDED: Final = ("pxc", "ps")
"""Engines whose standby starts from a backup; the others' copy the primary."""


def topology_problems(topology: Topology, row: EngineTopology) -> Iterable[Problem]:
    """What is wrong with regions, roles and modes, before any database is looked at."""
    regions = topology.regions
    if len(regions) < 2:
        message = f"{len(regions)} is too few; a topology needs at least two regions, for one use ManagedDatabase"
        yield Problem("regions", message)
    if regions and topology.primary_region not in regions:
        message = f'"{topology.primary_region}" is not one of the regions; {one_of(topology.primary_region, regions)}'
        yield Problem("primary_region", message)
    if topology.mode not in row.modes:
        words = one_of(topology.mode, row.modes)
        yield Problem("mode", f'"{topology.mode}" is not a mode of {topology.engine}; {words}')
    for index, region in enumerate(topology.regions_present):
        if region not in regions:
            message = f'"{region}" is not one of the regions; {one_of(region, regions)}'
            yield Problem(f"regions_present[{index}]", message)
        elif region in topology.regions_present[:index]:
            yield Problem(f"regions_present[{index}]", f'"{region}" is there twice; write each region once')
    yield from _needless(topology)
    yield from _region_problems(topology)
    if topology.trust.issuer and topology.trust.authority_secret:
        yield Problem("trust.authority_secret", "was given beside issuer; one of them signs, so write one")
    if topology.trust.authority_secret and topology.engine != "pg":
        message = (
            f"is for pg; for {topology.engine} write issuer, or leave both out to share the primary's certificates"
        )
        yield Problem("trust.authority_secret", message)


def _needless(topology: Topology) -> Iterable[Problem]:
    only = (
        ("cluster_set", topology.cluster_set is not None, "ps"),
        ("channel", topology.channel is not None, "pxc"),
        ("multi_cluster_services", topology.multi_cluster_services, "psmdb"),
        ("external_members", "external_members" in topology.model_fields_set, "psmdb"),
    )
    for field, given, engine in only:
        if given and topology.engine != engine:
            yield Problem(field, f"is for {engine} and does nothing for {topology.engine}; leave it out")


def _region_problems(topology: Topology) -> Iterable[Problem]:
    regions = topology.regions
    if topology.engine != "psmdb":
        seen: dict[str, str] = {}
        for region, settings in regions.items():
            for host in dict.fromkeys(settings.hosts):
                # ps looks for itself, with its operator's own rule. Names of hosts are one in any case of letters.
                if topology.engine != "ps" and (other := seen.setdefault(host.lower(), region)) != region:
                    message = f'"{host}" is also of region {other}; two regions that are one are no topology'
                    yield Problem(f"regions.{region}.hosts", message)
    for region, settings in regions.items():
        where = f"regions.{region}"
        if settings.store is None and topology.trust.store is None:
            message = "is required, as trust.store is not given; write {name: <ClusterSecretStore>} for shared Secrets"
            yield Problem(f"{where}.store", message)
        if settings.replica_set_hosts and topology.engine != "psmdb":
            yield Problem(f"{where}.replica_set_hosts", f"is for psmdb and not for {topology.engine}; write hosts")
        exposure = settings.exposure
        others = [one for name, one in regions.items() if name != region]
        # Without another region nobody is to be let in, and that there is none is told above.
        open_ranges = not others or exposure.source_ranges or any(one.networks for one in others)
        if exposure.type == "load_balancer" and not open_ranges and _is_reached(topology):
            message = "is open to everyone; write exposure.source_ranges, or networks of the other regions"
            yield Problem(f"{where}.exposure", message)
        if settings.seed is None:
            continue
        if topology.engine not in SEEDED:
            message = f"is for pxc and ps; a standby of {topology.engine} copies the primary by itself, so leave it out"
            yield Problem(f"{where}.seed", message)
        elif settings.seed.region is None and len(regions) > 2:
            yield Problem(f"{where}.seed.region", "is required where there are more than two regions; name one")
    if topology.traffic is not None:
        for region, settings in regions.items():
            if settings.write_host is None and not settings.hosts:
                message = "is required for traffic where hosts are not given; write the host that takes writes there"
                yield Problem(f"regions.{region}.write_host", message)
        yield from _one_write_host(topology)


def _one_write_host(topology: Topology) -> Iterable[Problem]:
    """Regions whose clients would go to one place, whichever is the primary."""
    seen: dict[str, str] = {}
    for region, settings in topology.regions.items():
        host = settings.write_host or next(iter(settings.hosts), None)
        if host is None or (other := seen.setdefault(host.lower(), region)) == region:
            continue
        # Of hosts that are given twice it is told above.
        if settings.write_host or topology.regions[other].write_host:
            message = (
                f'"{host}" is also that of region {other}, so traffic would move nowhere; write this region\'s own'
            )
            yield Problem(f"regions.{region}.write_host", message)


def _is_reached(topology: Topology) -> bool:
    return topology.mode != "repository" and not topology.multi_cluster_services
