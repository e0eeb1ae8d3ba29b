"""The way back from groups of pods: their settings, volumes, ways in, and how far apart they are kept."""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.databases.psmdb.reading import Object, flag, given, items, number, part, text, texts, words
from dbaas_components.databases.rendering.pods import HOSTNAME, ZONE
from dbaas_components.databases.spec.sizing import NO_LIMIT

_SERVICE_TYPES: Final = {"ClusterIP": "internal", "LoadBalancer": "load_balancer", "NodePort": "node_port"}
_WHEN_UNEVEN: Final = {"DoNotSchedule": "required", "ScheduleAnyway": "preferred"}
_PROBE: Final = {
    "initialDelaySeconds": "initial_delay_seconds",
    "periodSeconds": "period_seconds",
    "timeoutSeconds": "timeout_seconds",
    "failureThreshold": "failure_threshold",
    "successThreshold": "success_threshold",
}
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"


def pods(group: Object) -> dict[str, Any]:
    """Settings of one group of pods."""
    return given(
        resources=_resources(group),
        priority=text(group, "priorityClassName"),
        node_labels=words(group, "nodeSelector"),
        tolerations=[_toleration(one) for one in items(group, "tolerations")],
        annotations=words(group, "annotations"),
        labels=words(group, "labels"),
        max_unavailable=number(part(group, "podDisruptionBudget"), "maxUnavailable"),
        grace_period_seconds=number(group, "terminationGracePeriodSeconds"),
        readiness=_probe(part(group, "readinessProbe")),
        liveness=_probe(part(group, "livenessProbe")),
        service_account=text(group, "serviceAccountName"),
        environment_secret=_environment(group),
        runtime=text(group, "runtimeClassName"),
    )


def placement(group: Object) -> dict[str, Any]:
    """How far apart pods are kept, and in which zones; where nothing is said, the operator keeps them on own nodes."""
    affinity = part(group, "affinity")
    advanced = part(affinity, "advanced")
    key = text(affinity, "antiAffinityTopologyKey")
    others = part(advanced, "podAntiAffinity")
    apart: bool | str = bool(others.get(_REQUIRED)) if advanced else key in (None, HOSTNAME)
    if not apart and others:
        apart = "preferred"
    spread = items(group, "topologySpreadConstraints")
    by_zone = len(spread) == 1 and text(spread[0], "topologyKey") == ZONE
    zones = _WHEN_UNEVEN.get(text(spread[0], "whenUnsatisfiable") or "") if by_zone else None
    return given(spread=given(nodes=apart, zones=zones), zones=_zones(advanced))


def members(found: Object) -> dict[str, Any] | None:
    """An arbiter, hidden members or members without a vote; None where nothing is said of them."""
    if not found:
        return None
    off = {} if flag(found, "enabled") else {"enabled": False}
    return {**off, "replicas": number(found, "size") or 1, **given(pods=pods(found), storage=storage(found))}


def storage(group: Object) -> dict[str, Any]:
    """Volumes of a group of pods."""
    claim = part(group, "volumeSpec", "persistentVolumeClaim")
    size = text(part(claim, "resources", "requests"), "storage")
    return given(size=size, storage_class=text(claim, "storageClassName")) if size else {}


def exposure(found: Object) -> dict[str, Any] | None:
    """A way in; None where nothing is said of it."""
    service = text(found, "type")
    if service not in _SERVICE_TYPES:
        return None
    return given(
        type=_SERVICE_TYPES[service],
        source_ranges=texts(found, "loadBalancerSourceRanges"),
        annotations=words(found, "annotations"),
        labels=words(found, "labels"),
        load_balancer_class=text(found, "loadBalancerClass"),
        external_traffic_policy=text(found, "externalTrafficPolicy"),
        internal_traffic_policy=text(found, "internalTrafficPolicy"),
    )


def _resources(group: Object) -> dict[str, Any]:
    requests, limits = part(group, "resources", "requests"), part(group, "resources", "limits")
    memory, most = text(requests, "memory"), text(limits, "memory")
    return given(
        cpu=text(requests, "cpu"),
        memory=memory,
        cpu_limit=text(limits, "cpu"),
        # The same as what is kept free, unless it is said to be more.
        memory_limit=None if most == memory else most or NO_LIMIT,
    )


def _toleration(found: Object) -> dict[str, Any]:
    return given(
        key=text(found, "key"),
        # Kubernetes' own meaning where none is given.
        operator=text(found, "operator") or "Equal",
        value=text(found, "value"),
        effect=text(found, "effect"),
        seconds=number(found, "tolerationSeconds"),
    )


def _probe(found: Object) -> dict[str, Any]:
    return {word: value for field, word in _PROBE.items() if (value := number(found, field)) is not None}


def _environment(group: Object) -> str | None:
    sources = items(group, "envFrom")
    return text(part(sources[0], "secretRef"), "name") if len(sources) == 1 else None


def _zones(advanced: Object) -> list[str]:
    terms = items(part(advanced, "nodeAffinity", _REQUIRED), "nodeSelectorTerms")
    requirements = items(terms[0], "matchExpressions") if len(terms) == 1 else []
    if len(requirements) != 1 or text(requirements[0], "key") != ZONE or text(requirements[0], "operator") != "In":
        return []
    return texts(requirements[0], "values")
