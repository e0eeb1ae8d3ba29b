"""The arguments of `DatabaseTopology`, as plain types that every language has."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe the component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi


class SiteArgs(TypedDict):
    """What programs in every language say of one site."""

    database: NotRequired[Mapping[str, Any]]
    """Arguments of `ManagedDatabase` that differ in this region."""
    hosts: NotRequired[Sequence[str]]
    """Hosts by which the other sites reach this one."""
    replica_set_hosts: NotRequired[Mapping[str, Sequence[str]]]
    """The same for each replica set of a sharded database (psmdb)."""
    port: NotRequired[int]
    """Port of those hosts; default: the engine's."""
    write_host: NotRequired[str]
    """Host that clients are sent to while this region is the primary; default: the first of `hosts`."""
    networks: NotRequired[Sequence[str]]
    """Networks that this site's pods come from."""
    exposure: NotRequired[Mapping[str, Any]]
    """How the other sites reach this one: `type`, `annotations`, `source_ranges`."""
    store: NotRequired[Mapping[str, Any]]
    """ClusterSecretStore for the shared Secrets: `name`, `push_to`."""
    seed: NotRequired[Mapping[str, Any]]
    """Backup that this site starts from (pxc, ps): `backup`, `region`, `storage`."""


class RegionArgs(SiteArgs):
    """One site."""

    provider: NotRequired[pulumi.ProviderResource]
    """Kubernetes provider of the region; required where the region is present."""
    depends_on: NotRequired[Sequence[pulumi.Resource]]
    """What everything in this region waits for: definitions, namespaces, the operator."""


class SharedTopologyArgs(TypedDict):
    """What programs in every language say of one database over several regions."""

    engine: str
    """`pxc`, `ps`, `psmdb` or `pg`."""
    name: NotRequired[str]
    """Name of the topology; default: the component's."""
    mode: NotRequired[str]
    """`channels` (pxc), `cluster_set` (ps), `replica_set` (psmdb), `both`, `repository` or `streaming` (pg)."""
    database: Mapping[str, Any]
    """Arguments of `ManagedDatabase` that all regions have in common."""
    primary_region: str
    """Region that is primary when the databases are made."""
    regions_present: NotRequired[Sequence[str]]
    """Regions that this program registers; default: all."""
    epoch: NotRequired[int]
    """Number of the first lease epoch; default 1."""
    channel: NotRequired[str]
    """Name of the replication channel (pxc)."""
    cluster_set: NotRequired[Mapping[str, Any]]
    """Where the ClusterSet's object is (ps): `region`, `recovery`."""
    external_members: NotRequired[Mapping[str, int]]
    """What the members of other sites count for (psmdb): `votes`, `priority`."""
    multi_cluster_services: NotRequired[bool]
    """Whether the Kubernetes clusters share their Services (psmdb)."""
    lag_limit: NotRequired[Mapping[str, Any]]
    """How far a standby may be behind: `bytes`, `time`, `write_rate`, `measure`."""
    trust: NotRequired[Mapping[str, Any]]
    """What all sites have in common: `issuer`, `authority_secret`, `store`, `path`, `refresh`, `wait`."""
    traffic: NotRequired[Mapping[str, Any]]
    """What sends clients to the primary: one of `route53`, `cloud_dns`, `external_dns`, `service`."""


class DatabaseTopologyArgs(SharedTopologyArgs):
    """One database over several regions. `dbaas_components.dr.topology.spec` says more of each field."""

    regions: Mapping[str, RegionArgs]
    """The sites by name, two at least."""
    traffic_provider: NotRequired[pulumi.ProviderResource]
    """Provider of the cloud's record; default: the program's default one."""
