"""Settings of pods, read back from a component of the custom resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbaas_components.databases.adoption_reading import (
    PREFERRED,
    REQUIRED,
    WHEN_UNEVEN,
    Fields,
    given,
    items,
    mapping,
    number,
    part,
    probe,
    text,
    toleration,
    zones,
)
from dbaas_components.databases.rendering.pods import HOSTNAME, ZONE
from dbaas_components.databases.spec.sizing import NO_LIMIT


def pods(component: Fields, *, probed: bool = True) -> Fields:
    """The settings of one component's pods. What an operator does not read (`probed`) is left out."""
    return given(
        resources=resources(part(component, "resources")),
        priority=text(component, "priorityClassName"),
        node_labels=mapping(component, "nodeSelector"),
        tolerations=[toleration(one) for one in items(component, "tolerations")],
        annotations=mapping(component, "annotations"),
        labels=mapping(component, "labels"),
        max_unavailable=number(part(component, "podDisruptionBudget"), "maxUnavailable") or None,
        grace_period_seconds=number(component, "gracePeriod"),
        readiness=probe(part(component, "readinessProbes")) if probed else None,
        liveness=probe(part(component, "livenessProbes")) if probed else None,
        service_account=text(component, "serviceAccountName"),
        environment_secret=text(component, "envVarsSecret"),
        runtime=text(component, "runtimeClassName"),
        scheduler=text(component, "schedulerName"),
    )


def resources(found: Fields) -> Fields:
    """CPU and memory. Without a request Kubernetes takes the limit for one."""
    requests, limits = part(found, "requests"), part(found, "limits")
    cpu, memory = text(requests, "cpu"), text(requests, "memory")
    cpu_limit, memory_limit = text(limits, "cpu"), text(limits, "memory")
    return given(
        cpu=cpu or cpu_limit,
        memory=memory or memory_limit,
        cpu_limit=cpu_limit,
        memory_limit=(memory_limit or NO_LIMIT) if memory_limit != memory else None,
    )


def placement(server: Fields, name: str) -> Fields:
    """How the servers are spread; proxies are spread as they are."""
    affinity = part(server, "affinity")
    apart = text(affinity, "antiAffinityTopologyKey") or HOSTNAME
    nodes = _advanced(part(affinity, "advanced"), name) if "advanced" in affinity else apart == HOSTNAME
    spread = items(server, "topologySpreadConstraints")
    even = WHEN_UNEVEN.get(text(spread[0], "whenUnsatisfiable") or "") if len(spread) == 1 else None
    over_zones = even if spread and text(spread[0], "topologyKey") == ZONE else None
    return given(spread={"nodes": nodes, "zones": over_zones or "none"}, zones=zones(part(affinity, "advanced")))


def _advanced(affinity: Fields, name: str) -> bool | str:
    if _own_terms(affinity, name):
        return True
    wishes = items(part(affinity, "podAntiAffinity"), PREFERRED)
    return "preferred" if wishes else False


def _own_terms(affinity: Fields, name: str) -> list[Any]:
    """The terms by which pods of this database may not share a node."""
    terms = items(part(affinity, "podAntiAffinity"), REQUIRED)
    return [term for term in terms if text(term, "topologyKey") == HOSTNAME and _selects(term, name)]


def _selects(term: Mapping[str, Any], name: str) -> bool:
    return name in part(term, "labelSelector", "matchLabels").values()
