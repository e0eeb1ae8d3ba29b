"""PXC over regions: two clusters and an asynchronous channel. Fields are those of the PXC operator 1.20.0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from dbaas_components.databases.pxc import names
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.dr.topology.design import (
    Design,
    EngineTopology,
    RoleField,
    SharedSecret,
    Site,
    exposure,
    is_name,
    port_of,
)
from dbaas_components.dr.topology.spec import Region, Topology
from dbaas_components.errors import Problem

# The first source is preferred; after it fails the channel moves to the next by itself.
_HIGHEST_WEIGHT: Final = 100
_AUTHORITY: Final = "/etc/mysql/ssl/ca.crt"
_RESERVED: Final = ("group_replication_applier", "group_replication_recovery")


def channel_name(topology: Topology) -> str:
    """Name of the channel, the same at all sites."""
    return topology.channel or topology.name.replace("-", "_")


def _arguments(topology: Topology, region: Region, spec: DatabaseSpec) -> Mapping[str, Any]:
    others = [one for one in topology.regions.values() if one is not region]
    hosts = [host for one in topology.regions.values() for host in one.hosts if is_name(host)]
    known = dict.fromkeys((*spec.tls.names, *hosts))
    return {
        "expose": {"pods": exposure(region, others)},
        # All sites' hosts: without an issuer the standbys bear the primary's certificate.
        **({"tls": {"names": tuple(known)}} if known and not spec.tls.secret else {}),
    }


def _roles(design: Design, site: Site, primary: Site) -> Iterable[RoleField]:
    name = channel_name(design.topology)
    if site.region == primary.region:
        # One list that the API server holds as one value: a role's tool owns it whole.
        yield RoleField("database", "spec.pxc.replicationChannels", [{"name": name, "isSource": True}])
        return
    hosts = primary.settings.hosts
    sources = [
        {"host": host, "port": port_of(primary.settings, names.PORT), "weight": _HIGHEST_WEIGHT - index}
        for index, host in enumerate(hosts)
    ]
    verified = all(is_name(host) for host in hosts)
    channel = {
        "name": name,
        "isSource": False,
        "sourcesList": sources,
        "configuration": {"ssl": True, "sslSkipVerify": not verified, "ca": _AUTHORITY},
    }
    yield RoleField("database", "spec.pxc.replicationChannels", [channel])


def _problems(design: Design) -> Iterable[Problem]:
    for site in design.sites.values():
        count, replicas = len(site.settings.hosts), site.spec.replicas
        if count not in {1, replicas}:
            message = (
                f"{count} were given; write one for each of the {replicas} database pods, in their order, or a single "
                "one that stands for all"
            )
            yield Problem(f"regions.{site.region}.hosts", message)
        elif len({host.lower() for host in site.settings.hosts}) != count:
            message = "holds one host twice; write each pod's own, or a single one that stands for all"
            yield Problem(f"regions.{site.region}.hosts", message)
    if channel_name(design.topology) in _RESERVED:
        yield Problem("channel", f'"{channel_name(design.topology)}" is MySQL\'s own; choose another name')


def _secrets(design: Design, site: Site) -> Iterable[SharedSecret]:
    yield SharedSecret("users", names.users_secret(site.spec))
    if design.topology.trust.issuer is None:
        yield SharedSecret("certificate", names.certificate_secret(site.spec))
        yield SharedSecret("internal-certificate", site.spec.tls.internal_secret or f"{site.spec.name}-ssl-internal")


def _limits(design: Design) -> Iterable[str]:
    yield "The PXC operator tells neither lag nor the channel's state; the failover agent reads both by SQL."
    yield (
        "The PXC operator seeds no standby: it starts from a backup of the primary (`seed`), and a standby without one "
        "stops at the first transaction that it has not got."
    )
    yield "Replication between the sites is asynchronous: losing the primary loses what the standby has not received."
    if any(not is_name(host) for site in design.sites.values() for host in site.settings.hosts):
        yield "A source that is given by its address is encrypted but not verified: certificates bear names."
    if unseeded := [one.region for one in design.sites.values() if one.settings.seed is None]:
        standbys = [region for region in unseeded if region != design.primary.region]
        if standbys:
            yield f"No seed is given for {', '.join(standbys)}: that holds only while the primary has no data."


TOPOLOGY: Final = EngineTopology(
    engine="pxc",
    modes=("channels",),
    port=names.PORT,
    arguments=_arguments,
    fields=lambda _design, _site: {},
    roles=_roles,
    problems=_problems,
    limits=_limits,
    secrets=_secrets,
)
