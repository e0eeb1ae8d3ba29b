"""What a topology is asked for with: regions, roles, trust and lag, in plain words. Pure."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from dbaas_components.databases.spec.part import (
    Bytes,
    Duration,
    LabelKey,
    LabelName,
    Line,
    NetworkRange,
    ObjectName,
    Part,
    Port,
    Text,
)
from dbaas_components.databases.spec.security import Issuer
from dbaas_components.dr.traffic.spec import Traffic
from dbaas_components.errors import matching, shown

_LABEL: Final = "[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?"
_ADDRESS: Final = re.compile(r"[0-9.]+")
_channel = matching(
    r"[a-z][a-z0-9_]{0,63}",
    "is no name of a channel; write at most 64 lower-case letters, digits and underscores, a letter first",
)
_name_or_address = matching(
    rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*",
    "is no host; write a name or an IPv4 address, without scheme and port, such as orders.eu.example.com",
)


def _address(text: str) -> str:
    if _ADDRESS.fullmatch(text):
        try:
            IPv4Address(text)
        except ValueError:
            raise ValueError(f"{shown(text)} is no IPv4 address; write such as 10.0.0.7, or a name") from None
    return text


Host = Annotated[str, AfterValidator(_name_or_address), AfterValidator(_address)]
"""A host name or an IPv4 address, without a port."""
Mode = Literal["channels", "cluster_set", "replica_set", "repository", "streaming", "both"]


class SiteExposure(Part):
    """How the pods of one site are reached from the others."""

    type: Literal["internal", "load_balancer", "node_port"] = "load_balancer"
    """`load_balancer`, `node_port`, or `internal` where the sites share one network."""
    annotations: dict[LabelKey, Text] = {}
    """Annotations of the Services, for the cloud's load balancer or ExternalDNS."""
    source_ranges: tuple[NetworkRange, ...] = ()
    """Networks that the load balancer lets in; default: the `networks` of the other regions."""


class RegionStore(Part):
    """The store of External Secrets through which one region gives and takes the shared Secrets."""

    name: ObjectName
    """Name of the ClusterSecretStore that this region reads from."""
    push_to: tuple[ObjectName, ...] = ()
    """ClusterSecretStores that this region writes to while it is the first primary; default: the one of `name`. Name
    the stores of all regions here, so that the loss of one region takes no secret along."""


class SeedFrom(Part):
    """The backup that a standby starts from (pxc, ps)."""

    backup: Line
    """Name of the backup in the bucket."""
    region: Line | None = None
    """Region whose site made it; default: the other one of two."""
    storage: LabelName | None = None
    """Which of `backup.storages` holds it; default: the first."""
    path: Line | None = None
    """Path in that bucket that the region's site writes to, where the regions have buckets of their own; default: the
    same as at that site."""


class Region(Part):
    """One site: a Kubernetes cluster, and how the others reach it. Its provider and its database are read apart."""

    hosts: tuple[Host, ...] = ()
    """Hosts by which the other sites reach this one: for pxc and psmdb one for each database pod, in their order (pxc
    also takes a single one that stands for all), for ps one for each pod, the first one first, for pg the primary's."""
    replica_set_hosts: dict[Line, tuple[Host, ...]] = {}
    """The same for each replica set of a sharded database (psmdb), `cfg` among them."""
    port: Port | None = None
    """Port of those hosts; default: the engine's."""
    write_host: Host | None = None
    """Host that clients of `traffic` are sent to while this region is the primary; default: the first of `hosts`."""
    networks: tuple[NetworkRange, ...] = ()
    """Networks that this site's pods come from, as the other sites see them."""
    exposure: SiteExposure = SiteExposure()
    """How the other sites reach this one."""
    store: RegionStore | None = None
    """Store of External Secrets; default: `trust.store`."""
    seed: SeedFrom | None = None
    """Backup that this site starts from, for an engine that does not copy the primary by itself."""


class Trust(Part):
    """What all sites have in common, so that they believe each other."""

    issuer: Issuer | None = None
    """Issuer of cert-manager that exists in every region and signs with one authority."""
    authority_secret: ObjectName | None = None
    """Secret with one authority for all sites (pg): `root.crt`, `root.key`. It is carried to the standbys."""
    store: RegionStore | None = None
    """Store of External Secrets of every region that names none of its own."""
    path: Line | None = None
    """Path in the stores below which the shared Secrets lie; default `<namespace>/<name>/topology`."""
    refresh: Duration = "1h"
    """How often the primary's Secrets are written to the stores."""
    wait: bool = True
    """Whether a standby is only made once its Secrets are there. Without it an operator would make others in their
    place; switch it off only where the Secrets come by other means."""


class LagLimit(Part):
    """How far a standby may be behind."""

    bytes: Bytes | None = None
    """As data (pg, with `streaming` or `both`), which the operator measures."""
    time: Duration | None = None
    """As time, which only the failover agent measures; default: `slo.rpo`."""
    write_rate: Bytes | None = None
    """Data that the database writes in a second at most: with it `bytes` follows from the time."""
    measure: Literal["operator", "agent"] | None = None
    """Who measures. `operator` is for pg alone; the others' operators tell no lag."""


class ClusterSet(Part):
    """The one object that drives all members of a ClusterSet (ps)."""

    region: Line
    """Region whose Kubernetes cluster holds it; had better not be the primary's, with which it would be lost."""
    recovery: Literal["clone", "incremental", "auto"] = "clone"
    """How a standby gets its first data: `clone` copies the primary, `incremental` goes on from a `seed`."""


class Votes(Part):
    """What the members of the standby sites count for in elections (psmdb)."""

    votes: Annotated[int, Field(ge=0, le=1)] = 0
    """Votes of each; 1 needs three sites to outlive the loss of one."""
    priority: Annotated[int, Field(ge=0, le=1_000)] = 0
    """How willingly each becomes primary; 0 without a vote."""


class Topology(Part):
    """A database over several regions, without the databases themselves. Make it with `parse_topology`."""

    name: LabelName
    """Name of the topology, and of each site's custom resource unless the region names another."""
    engine: Literal["pxc", "ps", "psmdb", "pg"]
    """`pxc`, `ps`, `psmdb` or `pg`."""
    mode: Mode
    """`channels` (pxc), `cluster_set` (ps), `replica_set` (psmdb), `repository`, `streaming` or `both` (pg)."""
    primary_region: Line
    """Region that is primary when the databases are made. Afterwards the failover tool moves the role, and this field
    follows it without changing a database."""
    regions: dict[LabelName, Region]
    """The sites by name."""
    regions_present: tuple[Line, ...] = ()
    """Regions that this program registers; default: all. With one stack for each region a stack of the surviving
    region never asks the lost one's API server."""
    epoch: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Number of the first lease epoch; the tool counts on."""
    channel: Annotated[str, AfterValidator(_channel)] | None = None
    """Name of the replication channel (pxc); default: the topology's, with underscores."""
    cluster_set: ClusterSet | None = None
    """Where the ClusterSet's object is, for mode `cluster_set`."""
    external_members: Votes = Votes()
    """What the members of other sites count for (psmdb)."""
    multi_cluster_services: bool = False
    """Whether the Kubernetes clusters share their Services, so that members are found without `hosts` (psmdb)."""
    lag_limit: LagLimit | None = None
    """How far a standby may be behind."""
    trust: Trust = Trust()
    """What all sites have in common."""
    traffic: Traffic | None = None
    """What sends clients to the primary."""
