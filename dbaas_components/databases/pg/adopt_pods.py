"""Pods of a running custom resource: what they ask for and where they run."""

from __future__ import annotations

from typing import Any

from dbaas_components.databases.adoption_reading import (
    PREFERRED,
    REQUIRED,
    WHEN_UNEVEN,
    Fields,
    first,
    given,
    items,
    mapping,
    number,
    part,
    text,
    texts,
    toleration,
)
from dbaas_components.databases.pg.names import LABELS
from dbaas_components.databases.rendering.pods import HOSTNAME, ZONE
from dbaas_components.databases.spec.sizing import NO_LIMIT


def pods(component: Fields, replicas: int) -> dict[str, Any]:
    """The settings of one component's pods."""
    available = number(component, "minAvailable")
    taken = None if available is None else replicas - available
    metadata, sources = part(component, "metadata"), items(component, "envFrom")
    return given(
        resources=resources(component),
        priority=text(component, "priorityClassName"),
        node_labels=_node_labels(component),
        tolerations=[toleration(one) for one in items(component, "tolerations")],
        annotations=mapping(metadata, "annotations"),
        labels=mapping(metadata, "labels"),
        max_unavailable=taken if taken and taken > 0 else None,
        environment_secret=text(part(first(sources), "secretRef"), "name") if len(sources) == 1 else None,
    )


def resources(component: Fields) -> dict[str, Any]:
    """CPU and memory. Where only a limit stands, Kubernetes keeps as much free."""
    requests, limits = part(component, "resources", "requests"), part(component, "resources", "limits")
    memory, most = text(requests, "memory"), text(limits, "memory")
    return given(
        cpu=text(requests, "cpu") or text(limits, "cpu"),
        memory=memory or most,
        cpu_limit=text(limits, "cpu"),
        memory_limit=(most or NO_LIMIT) if most != memory else None,
    )


def wishes_apart(component: Fields) -> bool:
    """Whether pods had better not share a node."""
    wishes = items(part(component, "affinity", "podAntiAffinity"), PREFERRED)
    return any(text(part(wish, "podAffinityTerm"), "topologyKey") == HOSTNAME for wish in wishes)


def placement(instances: Fields, name: str, *, wished: bool) -> dict[str, Any]:
    """How far apart the instances are kept and in which zones; the pooler's own is told apart elsewhere.

    `wished` says whether all pods of the database had better be apart.
    """
    affinity = part(instances, "affinity", "podAntiAffinity")
    ours = {f"{LABELS}/cluster": name, f"{LABELS}/data": "postgres"}
    apart = any(
        text(term, "topologyKey") == HOSTNAME and mapping(part(term, "labelSelector"), "matchLabels") == ours
        for term in items(affinity, REQUIRED)
    )
    spread = items(instances, "topologySpreadConstraints")
    over_zones = len(spread) == 1 and text(first(spread), "topologyKey") == ZONE
    uneven = text(first(spread), "whenUnsatisfiable") if over_zones else None
    zones = [texts(one, "values") for one in _node_requirements(instances) if text(one, "key") == ZONE]
    return {
        "spread": given(nodes=apart or ("preferred" if wished else None), zones=WHEN_UNEVEN.get(uneven or "")),
        "zones": zones[0] if len(zones) == 1 else [],
    }


def _node_requirements(component: Fields) -> list[Fields]:
    """What nodes must be, where it is one term of which all has to hold."""
    terms = items(part(component, "affinity", "nodeAffinity", REQUIRED), "nodeSelectorTerms")
    found = items(first(terms), "matchExpressions") if len(terms) == 1 else []
    return found if all(text(one, "operator") == "In" for one in found) else []


def _node_labels(component: Fields) -> dict[str, str]:
    return {
        key: values[0]
        for one in _node_requirements(component)
        if (key := text(one, "key")) and key != ZONE and len(values := texts(one, "values")) == 1
    }
