"""`DatabaseTopology` for programs in other languages, which name each region's cluster by its kubeconfig."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe the component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, cast

import pulumi
import pulumi_kubernetes as kubernetes

import dbaas_components
from dbaas_components.dr.topology.arguments import SharedTopologyArgs, SiteArgs
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.errors import Problem, SpecError


class TopologyRegionArgs(SiteArgs):
    """One site."""

    context: NotRequired[str]
    """Context in the region's kubeconfig; default: its current one."""


class TopologyArgs(SharedTopologyArgs):
    """One database over several regions."""

    regions: Mapping[str, TopologyRegionArgs]
    """The sites by name, two at least."""
    kubeconfigs: pulumi.Input[Mapping[str, str]]
    """By region that is present, the kubeconfig of its cluster: the text or the path. May be secret."""


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
