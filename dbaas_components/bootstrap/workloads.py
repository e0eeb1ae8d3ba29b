"""What pods of the platform have in common, in Kubernetes' own form. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from dbaas_components.databases.spec.placement import Toleration
from dbaas_components.databases.spec.sizing import NO_LIMIT, Resources

HOSTNAME: Final = "kubernetes.io/hostname"
ZONE: Final = "topology.kubernetes.io/zone"

POD_SECURITY: Final[Mapping[str, Any]] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
"""What a pod needs under the Pod Security Standard `restricted`."""
CONTAINER_SECURITY: Final[Mapping[str, Any]] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
"""What a container needs under it, and no file system to write to but its volumes."""


def resources_of(given: Resources, default: Resources) -> dict[str, Any]:
    """CPU and memory of a container; what `given` does not say is `default`'s.

    Memory that is given is its own limit unless that is given too, as it is for databases.
    """
    cpu, memory = given.cpu or default.cpu, given.memory or default.memory
    cpu_limit = given.cpu_limit or default.cpu_limit
    memory_limit = given.memory_limit or given.memory or default.memory_limit or memory
    requests = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    most = None if memory_limit == NO_LIMIT else memory_limit
    limits = {key: value for key, value in (("cpu", cpu_limit), ("memory", most)) if value}
    return {key: value for key, value in (("requests", requests), ("limits", limits)) if value}


def tolerations_of(given: Iterable[Toleration]) -> list[dict[str, Any]]:
    """The taints that pods accept."""
    return [
        {
            key: value
            for key, value in (
                ("key", one.key),
                ("operator", one.operator),
                ("value", one.value),
                ("effect", one.effect),
                ("tolerationSeconds", one.seconds),
            )
            if value is not None
        }
        for one in given
    ]


def kept_apart(pod_labels: Mapping[str, str]) -> dict[str, Any]:
    """Affinity that puts pods with these labels into other zones and onto other nodes where there are such.

    Preferred and not required: a platform of one node must come up as well.
    """
    return {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": weight,
                    "podAffinityTerm": {"labelSelector": {"matchLabels": dict(pod_labels)}, "topologyKey": key},
                }
                for key, weight in ((ZONE, 100), (HOSTNAME, 50))
            ]
        }
    }
