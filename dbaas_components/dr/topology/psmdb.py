"""MongoDB over regions: one replica set whose members are at several sites, run by one operator at a time.

Fields are those of the PSMDB operator 1.22.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from dbaas_components.databases.psmdb import names
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.dr.topology.design import (
    Design,
    EngineTopology,
    RoleField,
    SharedSecret,
    Site,
    exposure,
    port_of,
)
from dbaas_components.dr.topology.spec import Region, Topology
from dbaas_components.errors import Problem

# MongoDB's own limits of a replica set.
MOST_VOTERS: Final = 7
MOST_MEMBERS: Final = 50
_SHARED_SERVICES: Final = "svc.clusterset.local"


def _arguments(topology: Topology, region: Region, spec: DatabaseSpec) -> Mapping[str, Any]:
    others = [one for one in topology.regions.values() if one is not region]
    hosts = [host for one in topology.regions.values() for host in _all_hosts(one)]
    known = tuple(dict.fromkeys((*spec.tls.names, *hosts)))
    reached = {"type": "internal"} if topology.multi_cluster_services else exposure(region, others)
    signed = topology.trust.issuer is not None and known
    return {"expose": {"pods": reached}, **({"tls": {"names": known}} if signed else {})}


def _all_hosts(region: Region) -> list[str]:
    return [*region.hosts, *(host for hosts in region.replica_set_hosts.values() for host in hosts)]


def sets_of(spec: DatabaseSpec) -> dict[str, int]:
    """Replica sets by name, with their members that hold data."""
    found = dict.fromkeys(names.replica_sets(spec), spec.replicas)
    if spec.sharding:
        found[names.CONFIG_SERVERS] = spec.sharding.config_replicas
    return found


def hosts_of(topology: Topology, site: Site, replica_set: str) -> Sequence[str]:
    """The hosts of a site's members of one replica set, in the order of their pods."""
    if topology.multi_cluster_services:
        spec = site.spec
        pods = [f"{spec.name}-{replica_set}-{index}" for index in range(sets_of(spec)[replica_set])]
        return [f"{pod}.{spec.namespace}.{_SHARED_SERVICES}" for pod in pods]
    given = site.settings.replica_set_hosts.get(replica_set)
    return given if given is not None else (() if site.spec.sharding else site.settings.hosts)


def _fields(design: Design, site: Site) -> Mapping[str, Any]:
    topology = design.topology
    by_set = {name: _members(design, site, name) for name in sets_of(site.spec)}
    spec: dict[str, Any] = {
        "replsets": [{"name": name, **by_set[name]} for name in names.replica_sets(site.spec)],
    }
    if site.spec.sharding:
        spec["sharding"] = {"configsvrReplSet": by_set[names.CONFIG_SERVERS]}
    if topology.multi_cluster_services:
        spec["multiCluster"] = {"enabled": True, "DNSSuffix": _SHARED_SERVICES}
    return {"spec": spec}


def _members(design: Design, site: Site, replica_set: str) -> dict[str, Any]:
    """The other sites' members, and by what names this site's own are known to them. The same in every role: whichever
    operator manages the set finds all members in its custom resource."""
    topology, weight = design.topology, design.topology.external_members
    external = [
        {
            "host": host,
            "port": port_of(other.settings, names.PORT),
            "votes": weight.votes,
            "priority": weight.priority,
        }
        for other in design.others(site)
        for host in hosts_of(topology, other, replica_set)
    ]
    if topology.multi_cluster_services:
        return {"externalNodes": external}
    port = port_of(site.settings, names.PORT)
    own = {
        f"{site.spec.name}-{replica_set}-{index}": {"host": f"{host}:{port}"}
        for index, host in enumerate(hosts_of(topology, site, replica_set))
    }
    return {"externalNodes": external, "replsetOverrides": own}


def _roles(_design: Design, site: Site, primary: Site) -> Iterable[RoleField]:
    is_primary = site.region == primary.region
    yield RoleField("database", "spec.unmanaged", not is_primary)
    # The operator refuses its own order of updates where it does not manage the set.
    yield RoleField("database", "spec.updateStrategy", "SmartUpdate" if is_primary else "RollingUpdate")


def _problems(design: Design) -> Iterable[Problem]:
    topology, weight = design.topology, design.topology.external_members
    if weight.votes == 0 and weight.priority > 0:
        message = f"{weight.priority} is refused by MongoDB for a member without a vote; write 0, or votes 1"
        yield Problem("external_members.priority", message)
    seen: dict[str, str] = {}
    sets = sets_of(design.primary.spec)
    for site in design.sites.values():
        if sets_of(site.spec).keys() != sets.keys():
            own = ", ".join(sets_of(site.spec))
            message = (
                f"{own} are not the replica sets of the primary ({', '.join(sets)}); all sites "
                "hold members of the same ones, so give all the same replica_set and sharding"
            )
            yield Problem(f"regions.{site.region}.database", message)
            continue
        for name, size in sets_of(site.spec).items():
            yield from _set_problems(design, site, name, size)
            for host in hosts_of(topology, site, name):
                if (
                    other := seen.setdefault(f"{host.lower()}/{port_of(site.settings, names.PORT)}", site.region)
                ) != site.region:
                    message = f'"{host}" is also of region {other}; each host belongs to one member'
                    if topology.multi_cluster_services:
                        message += "; with multi_cluster_services the databases need a name of their own in each region"
                    yield Problem(_hosts_path(site, name), message)


def _hosts_path(site: Site, replica_set: str) -> str:
    where = f"regions.{site.region}"
    return f"{where}.replica_set_hosts.{replica_set}" if site.spec.sharding else f"{where}.hosts"


def _set_problems(design: Design, site: Site, replica_set: str, size: int) -> Iterable[Problem]:
    topology = design.topology
    hosts = hosts_of(topology, site, replica_set)
    path = _hosts_path(site, replica_set)
    if len(hosts) != size:
        yield Problem(path, f"{len(hosts)} were given; write one for each of the {size} members, in their pods' order")
    elif len({host.lower() for host in hosts}) != size:
        yield Problem(path, "holds one host twice; each member needs its own")
    spec = site.spec
    external = sum(sets_of(other.spec).get(replica_set, 0) for other in design.others(site))
    arbiter = 1 if names.has_arbiter(spec) and replica_set != names.CONFIG_SERVERS else 0
    hidden = spec.hidden.replicas if spec.hidden and spec.hidden.enabled else 0
    voters = size + arbiter + external * topology.external_members.votes + hidden
    if voters > MOST_VOTERS:
        message = (
            f"gives replica set {replica_set} {voters} voters while {site.region} is the primary; MongoDB allows "
            f"{MOST_VOTERS}: write votes 0, or fewer replicas"
        )
        yield Problem("external_members.votes", message)
    extra = spec.nonvoting.replicas if spec.nonvoting and spec.nonvoting.enabled else 0
    if (members := size + arbiter + hidden + extra + external) > MOST_MEMBERS:
        message = f"gives replica set {replica_set} {members} members; MongoDB allows {MOST_MEMBERS}"
        yield Problem("regions", message)


def _secrets(design: Design, site: Site) -> Iterable[SharedSecret]:
    spec = site.spec
    yield SharedSecret("users", names.users_secret(spec))
    yield SharedSecret("keyfile", f"{spec.name}-mongodb-keyfile")
    if design.topology.trust.issuer is None:
        yield SharedSecret("certificate", names.certificate_secret(spec))
        yield SharedSecret("internal-certificate", spec.tls.internal_secret or f"{spec.name}-ssl-internal")
    if spec.encryption is None or spec.encryption.provider == "secret":
        yield SharedSecret("encryption-key", names.key_secret(spec) or f"{spec.name}-mongodb-encryption-key")


def _limits(design: Design) -> Iterable[str]:
    topology = design.topology
    yield "The PSMDB operator tells no lag; the failover agent asks each member for it (`replSetGetStatus`)."
    yield (
        "A standby site is no copy that stands alone: its pods are members of the primary's replica set, and its "
        "operator manages no users, backups or restores there while the site is unmanaged."
    )
    if topology.external_members.votes == 0:
        yield (
            "The standby sites have no votes: once the primary site is lost, a forced reconfiguration of each replica "
            "set has to come before the promotion, an explicit step that nothing in a custom resource can say."
        )
    elif len(design.sites) == 2:
        yield (
            "Two sites with votes: the loss of the site with more of them takes the majority, and a forced "
            "reconfiguration has to come before the promotion; with equally many the loss of either site does."
        )
    if topology.trust.issuer is None and not topology.multi_cluster_services:
        yield (
            "Without trust.issuer the members' certificates do not bear the hosts that the sites reach each other by: "
            "traffic is encrypted and of one authority, but host names are not verified."
        )
    yield (
        "Backups go to the path of the site whose operator manages the set; after a promotion the new one's begin with "
        "a full backup, and earlier ones are restored from the old site's path."
    )


TOPOLOGY: Final = EngineTopology(
    engine="psmdb",
    modes=("replica_set",),
    port=names.PORT,
    arguments=_arguments,
    fields=_fields,
    roles=_roles,
    problems=_problems,
    limits=_limits,
    secrets=_secrets,
)
