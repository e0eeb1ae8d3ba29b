"""Settings of pods, read back from a component of the custom resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dbaas_components.databases.pxc.reading import Fields, Object, given, items, number, part, plain, text, texts
from dbaas_components.databases.rendering.pods import HOSTNAME, ZONE
from dbaas_components.databases.spec.sizing import NO_LIMIT

_PROBE: Final = {
    "initial_delay_seconds": "initialDelaySeconds",
    "period_seconds": "periodSeconds",
    "timeout_seconds": "timeoutSeconds",
    "failure_threshold": "failureThreshold",
    "success_threshold": "successThreshold",
}
_ZONES: Final = {"DoNotSchedule": "required", "ScheduleAnyway": "preferred"}


def pods(component: Object, *, probed: bool = True) -> Fields:
    """The settings of one component's pods. What an operator does not read (`probed`) is left out."""
    return given(
        resources=resources(part(component, "resources")),
        priority=text(component, "priorityClassName"),
        node_labels=plain(component, "nodeSelector"),
        tolerations=[_toleration(one) for one in items(component, "tolerations")],
        annotations=plain(component, "annotations"),
        labels=plain(component, "labels"),
        max_unavailable=number(part(component, "podDisruptionBudget"), "maxUnavailable") or None,
        grace_period_seconds=number(component, "gracePeriod"),
        readiness=probe(part(component, "readinessProbes")) if probed else None,
        liveness=probe(part(component, "livenessProbes")) if probed else None,
        service_account=text(component, "serviceAccountName"),
        environment_secret=text(component, "envVarsSecret"),
        runtime=text(component, "runtimeClassName"),
        scheduler=text(component, "schedulerName"),
    )


def resources(found: Object) -> Fields:
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


def probe(found: Object) -> Fields:
    """The times of a probe."""
    return given(**{word: number(found, field) for word, field in _PROBE.items()})


def _toleration(toleration: Object) -> Fields:
    return given(
        key=text(toleration, "key"),
        operator=text(toleration, "operator") or "Equal",
        value=text(toleration, "value"),
        effect=text(toleration, "effect"),
        seconds=number(toleration, "tolerationSeconds"),
    )


def placement(server: Object, name: str) -> Fields:
    """How the servers are spread; proxies are spread as they are."""
    affinity = part(server, "affinity")
    zones = _zones(part(affinity, "advanced"))
    apart = text(affinity, "antiAffinityTopologyKey") or HOSTNAME
    nodes = _advanced(part(affinity, "advanced"), name) if "advanced" in affinity else apart == HOSTNAME
    spread = items(server, "topologySpreadConstraints")
    even = _ZONES.get(text(spread[0], "whenUnsatisfiable") or "") if len(spread) == 1 else None
    over_zones = even if spread and text(spread[0], "topologyKey") == ZONE else None
    return given(spread={"nodes": nodes, "zones": over_zones or "none"}, zones=zones)


def _zones(affinity: Object) -> list[str]:
    """The zones that nodes must be in, if that is all that is asked of them."""
    required = part(affinity, "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = items(required, "nodeSelectorTerms")
    expressions = items(terms[0], "matchExpressions") if len(terms) == 1 else []
    if len(expressions) != 1 or text(expressions[0], "key") != ZONE or text(expressions[0], "operator") != "In":
        return []
    return texts(expressions[0], "values")


def _advanced(affinity: Object, name: str) -> bool | str:
    if _own_terms(affinity, name):
        return True
    wishes = items(part(affinity, "podAntiAffinity"), "preferredDuringSchedulingIgnoredDuringExecution")
    return "preferred" if wishes else False


def _own_terms(affinity: Object, name: str) -> list[Any]:
    """The terms by which pods of this database may not share a node."""
    terms = items(part(affinity, "podAntiAffinity"), "requiredDuringSchedulingIgnoredDuringExecution")
    return [term for term in terms if text(term, "topologyKey") == HOSTNAME and _selects(term, name)]


def _selects(term: Mapping[str, Any], name: str) -> bool:
    return name in part(term, "labelSelector", "matchLabels").values()
