"""Where pods run and what they ask for, from a component's settings and the database's spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dbaas_components.databases.custom_resources.common import (
    Affinity,
    AntiAffinity,
    DisruptionBudget,
    LabelSelector,
    NodeAffinity,
    NodeRequirement,
    NodeSelector,
    NodeSelectorTerm,
    PodAffinityTerm,
    PodAntiAffinity,
    Probe,
    Resources,
    Toleration,
    TopologySpread,
    WeightedPodAffinityTerm,
)
from dbaas_components.databases.spec.sizing import NO_LIMIT

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec, placement, sizing

HOSTNAME: Final = "kubernetes.io/hostname"
ZONE: Final = "topology.kubernetes.io/zone"
WISH: Final = 1
"""Weight of a wish to be apart, of which there is but one."""
_WHEN_UNEVEN: Final = {"required": "DoNotSchedule", "preferred": "ScheduleAnyway"}


def resources(given: sizing.Resources, default: sizing.Resources | None = None) -> Resources | None:
    """CPU and memory in Kubernetes' form; what `given` does not say is `default`'s. None if nothing is said."""
    default = default or given
    cpu, memory = given.cpu or default.cpu, given.memory or default.memory
    cpu_limit = given.cpu_limit or default.cpu_limit
    # Killed at what it asked for, unless said otherwise: beyond that it would push its neighbours out of memory.
    memory_limit = given.memory_limit or (given.memory or default.memory_limit or memory)
    requests = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    if memory_limit == NO_LIMIT:
        memory_limit = None
    limits = {key: value for key, value in (("cpu", cpu_limit), ("memory", memory_limit)) if value}
    return Resources(requests=requests or None, limits=limits or None) if requests or limits else None


def anti_affinity(spec: DatabaseSpec, pod_labels: dict[str, str]) -> AntiAffinity:
    """No two replicas on one node, and only in the zones that were named, in the MySQL and MongoDB operators' form."""
    if spec.zones or spec.spread.nodes == "preferred":
        return AntiAffinity(advanced=affinity(spec, pod_labels))
    return AntiAffinity(anti_affinity_topology_key=HOSTNAME if spec.spread.nodes else "none")


def affinity(spec: DatabaseSpec, pod_labels: dict[str, str]) -> Affinity | None:
    """The same in Kubernetes' own form; None where nothing is asked for."""
    zones = NodeRequirement(key=ZONE, operator="In", values=list(spec.zones))
    apart = PodAffinityTerm(label_selector=LabelSelector(match_labels=pod_labels), topology_key=HOSTNAME)
    result = Affinity(
        node_affinity=NodeAffinity(
            required_during_scheduling_ignored_during_execution=NodeSelector(
                node_selector_terms=[NodeSelectorTerm(match_expressions=[zones])]
            )
        )
        if spec.zones
        else None,
        pod_anti_affinity=_apart(spec, apart) if spec.spread.nodes else None,
    )
    return result if spec.zones or spec.spread.nodes else None


def _apart(spec: DatabaseSpec, term: PodAffinityTerm) -> PodAntiAffinity:
    if spec.spread.nodes == "preferred":
        wish = WeightedPodAffinityTerm(weight=WISH, pod_affinity_term=term)
        return PodAntiAffinity(preferred_during_scheduling_ignored_during_execution=[wish])
    return PodAntiAffinity(required_during_scheduling_ignored_during_execution=[term])


def zone_spread(spec: DatabaseSpec, pod_labels: dict[str, str]) -> list[TopologySpread] | None:
    """Even spread over zones where it is asked for.

    Not the operators' anti-affinity by zone: that one would leave the fourth pod of three zones waiting for ever.
    """
    if spec.spread.zones == "none":
        return None
    return [
        TopologySpread(
            max_skew=1,
            topology_key=ZONE,
            when_unsatisfiable=_WHEN_UNEVEN[spec.spread.zones],
            label_selector=LabelSelector(match_labels=pod_labels),
        )
    ]


def disruption_budget(pods: placement.Pods) -> DisruptionBudget:
    """How many of these pods a node drain may take at once."""
    return DisruptionBudget(max_unavailable=pods.max_unavailable)


def tolerations(pods: placement.Pods) -> list[Toleration] | None:
    """The taints that these pods accept."""
    return [
        Toleration(
            key=one.key,
            operator=one.operator,
            value=one.value,
            effect=one.effect,
            toleration_seconds=one.seconds,
        )
        for one in pods.tolerations
    ] or None


def probe(given: placement.Probe | None) -> Probe | None:
    """The times of a probe."""
    return Probe(**given.model_dump()) if given else None
