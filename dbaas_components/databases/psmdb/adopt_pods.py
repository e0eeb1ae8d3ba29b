"""The way back from groups of pods: their settings, volumes, ways in, and how far apart they are kept."""

from __future__ import annotations

from typing import Any

from dbaas_components.databases.adoption_reading import (
    REQUIRED,
    SERVICE_TYPES,
    WHEN_UNEVEN,
    Fields,
    first,
    flag,
    given,
    items,
    mapping,
    number,
    part,
    probe,
    service,
    text,
    toleration,
    zones,
)
from dbaas_components.databases.rendering.pods import HOSTNAME, ZONE
from dbaas_components.databases.spec.sizing import NO_LIMIT


def pods(group: Fields) -> dict[str, Any]:
    """Settings of one group of pods."""
    return given(
        resources=_resources(group),
        priority=text(group, "priorityClassName"),
        node_labels=mapping(group, "nodeSelector"),
        tolerations=[toleration(one) for one in items(group, "tolerations")],
        annotations=mapping(group, "annotations"),
        labels=mapping(group, "labels"),
        max_unavailable=number(part(group, "podDisruptionBudget"), "maxUnavailable"),
        grace_period_seconds=number(group, "terminationGracePeriodSeconds"),
        readiness=probe(part(group, "readinessProbe")),
        liveness=probe(part(group, "livenessProbe")),
        service_account=text(group, "serviceAccountName"),
        environment_secret=_environment(group),
        runtime=text(group, "runtimeClassName"),
    )


def placement(group: Fields) -> dict[str, Any]:
    """How far apart pods are kept, and in which zones; where nothing is said, the operator keeps them on own nodes."""
    affinity = part(group, "affinity")
    advanced = part(affinity, "advanced")
    key = text(affinity, "antiAffinityTopologyKey")
    others = part(advanced, "podAntiAffinity")
    apart: bool | str = bool(others.get(REQUIRED)) if advanced else key in (None, HOSTNAME)
    if not apart and others:
        apart = "preferred"
    spread = items(group, "topologySpreadConstraints")
    by_zone = len(spread) == 1 and text(spread[0], "topologyKey") == ZONE
    over_zones = WHEN_UNEVEN.get(text(first(spread), "whenUnsatisfiable") or "") if by_zone else None
    return given(spread=given(nodes=apart, zones=over_zones), zones=zones(advanced))


def members(found: Fields) -> dict[str, Any] | None:
    """An arbiter, hidden members or members without a vote; None where nothing is said of them."""
    if not found:
        return None
    off = {} if flag(found, "enabled") else {"enabled": False}
    return {**off, "replicas": number(found, "size") or 1, **given(pods=pods(found), storage=storage(found))}


def storage(group: Fields) -> dict[str, Any]:
    """Volumes of a group of pods."""
    claim = part(group, "volumeSpec", "persistentVolumeClaim")
    size = text(part(claim, "resources", "requests"), "storage")
    return given(size=size, storage_class=text(claim, "storageClassName")) if size else {}


def exposure(found: Fields) -> dict[str, Any] | None:
    """A way in; None where nothing is said of it."""
    kind = text(found, "type")
    if kind not in SERVICE_TYPES:
        return None
    return given(type=SERVICE_TYPES[kind], **service(found), load_balancer_class=text(found, "loadBalancerClass"))


def _resources(group: Fields) -> dict[str, Any]:
    requests, limits = part(group, "resources", "requests"), part(group, "resources", "limits")
    memory, most = text(requests, "memory"), text(limits, "memory")
    return given(
        cpu=text(requests, "cpu"),
        memory=memory,
        cpu_limit=text(limits, "cpu"),
        # The same as what is kept free, unless it is said to be more.
        memory_limit=None if most == memory else most or NO_LIMIT,
    )


def _environment(group: Fields) -> str | None:
    sources = items(group, "envFrom")
    return text(part(sources[0], "secretRef"), "name") if len(sources) == 1 else None
