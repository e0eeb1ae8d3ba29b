"""`DatabaseTopology` for programs in other languages, which name each region's cluster by its kubeconfig."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe the component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_kubernetes as kubernetes

import dbaas_components
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.errors import Problem, SpecError


class TopologyRegionArgs(TypedDict):
    """One site."""

    context: NotRequired[str]
    """Context in the region's kubeconfig; default: its current one."""
    database: NotRequired[Mapping[str, Any]]
    """Arguments of `ManagedDatabase` that differ in this region, by their Python names."""
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


class TopologyArgs(TypedDict):
    """One database over several regions."""

    engine: str
    """`pxc`, `ps`, `psmdb` or `pg`."""
    name: NotRequired[str]
    """Name of the topology; default: the component's."""
    mode: NotRequired[str]
    """`channels` (pxc), `cluster_set` (ps), `replica_set` (psmdb), `both`, `repository` or `streaming` (pg)."""
    database: Mapping[str, Any]
    """Arguments of `ManagedDatabase` that all regions have in common, by their Python names."""
    regions: Mapping[str, TopologyRegionArgs]
    """The sites by name, two at least."""
    kubeconfigs: pulumi.Input[Mapping[str, str]]
    """By region that is present, the kubeconfig of its cluster: the text or the path. May be secret."""
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


class DatabaseTopology(dbaas_components.DatabaseTopology):
    """A database in one region and its standbys in others, for all four engines.

    It makes one `ManagedDatabase` for each region on that region's cluster, and what the engine needs on all sides.
    """

    def __init__(self, name: str, args: TopologyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        # A secret or a value that is not known yet makes the whole mapping an output, so it stands apart from regions.
        kubeconfigs = args["kubeconfigs"]
        contexts = {region: given.get("context") for region, given in args["regions"].items()}
        regions: dict[str, dict[str, Any]] = {
            region: {key: value for key, value in given.items() if key != "context"}
            for region, given in args["regions"].items()
        }
        arguments: dict[str, Any] = {
            **{key: value for key, value in args.items() if key != "kubeconfigs"},
            "regions": regions,
        }
        design = parse_topology(name, arguments)
        present = design.topology.regions_present or tuple(regions)
        if isinstance(kubeconfigs, Mapping):
            _refuse_without(design.topology.name, [region for region in present if not kubeconfigs.get(region)])
        for region in present:
            regions[region]["provider"] = kubernetes.Provider(
                f"{name}-{region}",
                kubeconfig=pulumi.Output.secret(kubeconfigs).apply(lambda known, region=region: known[region]),
                context=contexts[region],
            )
        super().__init__(name, cast("Any", arguments), opts)


def _refuse_without(topology: str, regions: Sequence[str]) -> None:
    message = "is required for a region that is present; write the kubeconfig of its cluster"
    if problems := [Problem(f"kubeconfigs.{region}", message) for region in regions]:
        raise SpecError(f'topology "{topology}"', problems)
