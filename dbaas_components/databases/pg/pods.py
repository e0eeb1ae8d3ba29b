"""Parts of pods in the PG operator's form, which has Kubernetes' own affinity and no node selector."""

from __future__ import annotations

from dbaas_components.databases.custom_resources import pg as cr
from dbaas_components.databases.custom_resources.common import (
    Affinity,
    LocalReference,
    NodeAffinity,
    NodeRequirement,
    NodeSelector,
    NodeSelectorTerm,
)
from dbaas_components.databases.pg.names import LABELS
from dbaas_components.databases.rendering import pods
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.databases.spec.placement import Pods


def affinity(spec: DatabaseSpec, own: Pods, labels: dict[str, str]) -> Affinity | None:
    """Apart from each other, in the zones that were named, on nodes with the labels that were named.

    As a mere wish apart from all that is of the same kind, whichever database it belongs to, as the operator's own
    sample has it.
    """
    if spec.spread.nodes == "preferred":
        labels = {key: value for key, value in labels.items() if key != f"{LABELS}/cluster"}
    found = pods.affinity(spec, labels)
    if not own.node_labels:
        return found
    return Affinity(node_affinity=_nodes(spec, own), pod_anti_affinity=found.pod_anti_affinity if found else None)


def nodes(spec: DatabaseSpec, own: Pods) -> cr.Nodes | None:
    """The same nodes for a pod that need not be apart from others."""
    return cr.Nodes(node_affinity=_nodes(spec, own)) if spec.zones or own.node_labels else None


def _nodes(spec: DatabaseSpec, own: Pods) -> NodeAffinity:
    zones = [NodeRequirement(key=pods.ZONE, operator="In", values=list(spec.zones))] if spec.zones else []
    labels = [NodeRequirement(key=key, operator="In", values=[value]) for key, value in own.node_labels.items()]
    # Within one term all of them must hold; of several terms, one would do.
    term = NodeSelectorTerm(match_expressions=[*zones, *labels])
    return NodeAffinity(required_during_scheduling_ignored_during_execution=NodeSelector(node_selector_terms=[term]))


def metadata(own: Pods) -> cr.Metadata | None:
    """Labels and annotations of pods."""
    if not own.labels and not own.annotations:
        return None
    return cr.Metadata(labels=dict(own.labels) or None, annotations=dict(own.annotations) or None)


def environment(own: Pods) -> list[cr.EnvironmentSource] | None:
    """The Secret whose keys become environment variables."""
    if own.environment_secret is None:
        return None
    return [cr.EnvironmentSource(secret_ref=LocalReference(name=own.environment_secret))]
