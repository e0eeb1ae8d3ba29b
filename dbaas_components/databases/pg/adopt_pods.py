"""Pods of a running custom resource: what they ask for and where they run."""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.databases.pg.names import LABELS
from dbaas_components.databases.pg.reading import Fields, first, known, number, part, parts, texts, word, words
from dbaas_components.databases.rendering.pods import HOSTNAME, ZONE
from dbaas_components.databases.spec.sizing import NO_LIMIT

_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
_UNEVEN: Final = {"DoNotSchedule": "required", "ScheduleAnyway": "preferred"}


def pods(component: Fields, replicas: int) -> dict[str, Any]:
    """The settings of one component's pods."""
    available = number(component, "minAvailable")
    taken = None if available is None else replicas - available
    metadata, sources = part(component, "metadata"), parts(component, "envFrom")
    return known(
        resources=resources(component),
        priority=word(component, "priorityClassName"),
        node_labels=_node_labels(component),
        tolerations=[_toleration(one) for one in parts(component, "tolerations")],
        annotations=texts(metadata, "annotations"),
        labels=texts(metadata, "labels"),
        max_unavailable=taken if taken and taken > 0 else None,
        environment_secret=word(part(first(sources), "secretRef"), "name") if len(sources) == 1 else None,
    )


def resources(component: Fields) -> dict[str, Any]:
    """CPU and memory. Where only a limit stands, Kubernetes keeps as much free."""
    requests, limits = part(component, "resources", "requests"), part(component, "resources", "limits")
    memory, most = word(requests, "memory"), word(limits, "memory")
    return known(
        cpu=word(requests, "cpu") or word(limits, "cpu"),
        memory=memory or most,
        cpu_limit=word(limits, "cpu"),
        memory_limit=(most or NO_LIMIT) if most != memory else None,
    )


def _toleration(taint: Fields) -> dict[str, Any]:
    return known(
        key=word(taint, "key"),
        operator=word(taint, "operator") or "Equal",
        value=word(taint, "value"),
        effect=word(taint, "effect"),
        seconds=number(taint, "tolerationSeconds"),
    )


def wishes_apart(component: Fields) -> bool:
    """Whether pods had better not share a node."""
    wishes = parts(part(component, "affinity", "podAntiAffinity"), _PREFERRED)
    return any(word(part(wish, "podAffinityTerm"), "topologyKey") == HOSTNAME for wish in wishes)


def placement(instances: Fields, name: str, *, wished: bool) -> dict[str, Any]:
    """How far apart the instances are kept and in which zones; the pooler's own is told apart elsewhere.

    `wished` says whether all pods of the database had better be apart.
    """
    affinity = part(instances, "affinity", "podAntiAffinity")
    ours = {f"{LABELS}/cluster": name, f"{LABELS}/data": "postgres"}
    apart = any(
        word(term, "topologyKey") == HOSTNAME and texts(part(term, "labelSelector"), "matchLabels") == ours
        for term in parts(affinity, _REQUIRED)
    )
    spread = parts(instances, "topologySpreadConstraints")
    over_zones = len(spread) == 1 and word(first(spread), "topologyKey") == ZONE
    uneven = word(first(spread), "whenUnsatisfiable") if over_zones else None
    zones = [words(one, "values") for one in _node_requirements(instances) if word(one, "key") == ZONE]
    return {
        "spread": known(nodes=apart or ("preferred" if wished else None), zones=_UNEVEN.get(uneven or "")),
        "zones": zones[0] if len(zones) == 1 else [],
    }


def _node_requirements(component: Fields) -> list[Fields]:
    """What nodes must be, where it is one term of which all has to hold."""
    terms = parts(part(component, "affinity", "nodeAffinity", _REQUIRED), "nodeSelectorTerms")
    found = parts(first(terms), "matchExpressions") if len(terms) == 1 else []
    return found if all(word(one, "operator") == "In" for one in found) else []


def _node_labels(component: Fields) -> dict[str, str]:
    return {
        key: values[0]
        for one in _node_requirements(component)
        if (key := word(one, "key")) and key != ZONE and len(values := words(one, "values")) == 1
    }
