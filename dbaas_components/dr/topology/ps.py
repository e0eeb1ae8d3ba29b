"""PS over regions: an InnoDB ClusterSet of group replication clusters. Fields are those of the PS operator 1.2.0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from dbaas_components.databases.engine import Placed
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.ps import names
from dbaas_components.databases.rendering.shared import image_of, labels_of
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
from dbaas_components.dr.topology.spec import ClusterSet, Region, Topology
from dbaas_components.errors import Problem, one_of

MOST_ENDPOINTS: Final = 9
MOST_CLUSTERS: Final = 10
PASSWORD_KEY: Final = "clusterset"  # noqa: S105 (name of a Secret's key)


def inner_name(spec: DatabaseSpec) -> str:
    """The name that MySQL Shell gives to a site's cluster: the database's without its hyphens."""
    return re.sub(r"[^A-Za-z0-9]", "", spec.name)


def _arguments(topology: Topology, region: Region, spec: DatabaseSpec) -> Mapping[str, Any]:
    reached = exposure(region, [one for one in topology.regions.values() if one is not region])
    kept = dict.fromkeys((*spec.maintenance.handed_over, "cluster_set"))
    return {"expose": {"primary": reached, "pods": reached}, "maintenance": {"handed_over": tuple(kept)}}


def _roles(design: Design, site: Site, primary: Site) -> Iterable[RoleField]:
    mode = "auto" if site.region == primary.region else "manual"
    yield RoleField("database", "spec.mysql.bootstrap.mode", mode)
    cluster_set = design.topology.cluster_set
    if cluster_set and cluster_set.region == site.region:
        yield RoleField("cluster_set", "spec.primaryCluster", inner_name(primary.spec))
        yield RoleField("cluster_set", "spec.unsafeFlags.forcedFailover", False)


def _objects(design: Design, site: Site) -> Iterable[Placed]:
    cluster_set = design.topology.cluster_set
    if cluster_set is None or cluster_set.region != site.region:
        return
    spec, engine = site.spec, ENGINES["ps"]
    clusters = [
        {
            "innodbClusterName": inner_name(one.spec),
            "endpoints": [
                {"host": host, "port": port_of(one.settings, names.MYSQL_PORT)} for host in one.settings.hosts
            ],
        }
        for one in design.sites.values()
    ]
    # No finalizer: with it the loss of the stack would dissolve the set and leave the standbys without a source.
    yield Placed(
        "cluster-set",
        {
            "apiVersion": engine.api_version,
            "kind": "PerconaServerMySQLClusterSet",
            "metadata": {
                "name": design.topology.name,
                "namespace": spec.namespace,
                "labels": labels_of(spec, engine),
            },
            "spec": {
                "primaryCluster": inner_name(design.primary.spec),
                "clusters": clusters,
                "credentialsSecret": {"name": names.credentials_secret(spec), "key": PASSWORD_KEY},
                "mysqlshellRunner": {"image": image_of(spec, "server")},
                "sslMode": "REQUIRED",
                "createReplicaClusterOptions": {"recoveryMethod": cluster_set.recovery},
                "unsafeFlags": {"forcedFailover": False, "forcedClusterRemoval": False},
            },
        },
        after=True,
    )


def _problems(design: Design) -> Iterable[Problem]:
    topology = design.topology
    known: ClusterSet | None = topology.cluster_set
    if known is None:
        message = "is required for mode cluster_set and was not given; write {region: <region>}, best not the primary's"
        yield Problem("cluster_set", message)
    elif known.region not in topology.regions:
        message = f'"{known.region}" is not one of the regions; {one_of(known.region, topology.regions)}'
        yield Problem("cluster_set.region", message)
    if len(design.sites) > MOST_CLUSTERS:
        yield Problem("regions", f"{len(design.sites)} are too many; a ClusterSet has at most {MOST_CLUSTERS} members")
    hosts: dict[str, str] = {}
    inner: dict[str, str] = {}
    for site in design.sites.values():
        yield from _site_problems(site)
        for host in site.settings.hosts:
            if (other := hosts.setdefault(host.lower(), site.region)) != site.region:
                message = f'"{host}" is also of region {other}; each host belongs to one site'
                yield Problem(f"regions.{site.region}.hosts", message)
        name = inner_name(site.spec)
        if (other := inner.setdefault(name, site.region)) != site.region:
            message = (
                f'"{site.spec.name}" is "{name}" to MySQL Shell, as the database of region {other} is; '
                "names must differ in more than hyphens"
            )
            yield Problem(f"regions.{site.region}.database.name", message)


def _site_problems(site: Site) -> Iterable[Problem]:
    where = f"regions.{site.region}"
    count = len(site.settings.hosts)
    if not 1 <= count <= MOST_ENDPOINTS:
        message = f"{count} were given; write 1 to {MOST_ENDPOINTS} hosts of this site's pods, the first pod's first"
        yield Problem(f"{where}.hosts", message)
    elif len({host.lower() for host in site.settings.hosts}) != count:
        yield Problem(f"{where}.hosts", "holds one host twice; write each once")
    if site.spec.replication.mode != "group":
        message = f'"{site.spec.replication.mode}" has no replication between sites in PS 1.2.0; write mode group'
        yield Problem(f"{where}.database.replication.mode", message)


def _secrets(_design: Design, site: Site) -> Iterable[SharedSecret]:
    yield SharedSecret("users", names.credentials_secret(site.spec))


def _limits(design: Design) -> Iterable[str]:
    topology = design.topology
    yield "The PS operator tells no lag; the failover agent reads it by SQL."
    yield (
        "Members tell each other the names of their pods: those names must resolve and route in all sites "
        "(one flat network, or shared Services)."
    )
    yield (
        "A forced failover fences nothing: the old primary is invalidated, has to be fenced by other means and is "
        "rebuilt before it joins again."
    )
    yield (
        "The ClusterSet needs the rights of the operator's 1.2.0 manifests; the newest published chart, 1.1.0, has not "
        "got them."
    )
    if topology.cluster_set and topology.cluster_set.region == topology.primary_region:
        yield (
            f"The ClusterSet's object is in the primary's region {topology.primary_region} and is lost with it; made "
            "anew in a surviving region, it adopts the set."
        )


TOPOLOGY: Final = EngineTopology(
    engine="ps",
    modes=("cluster_set",),
    port=names.MYSQL_PORT,
    arguments=_arguments,
    fields=lambda _design, _site: {},
    roles=_roles,
    problems=_problems,
    limits=_limits,
    secrets=_secrets,
    objects=_objects,
    name_by_region=True,
)
