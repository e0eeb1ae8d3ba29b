"""What an operator has made in a namespace, in a form that a table can state and `==` can compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.api.objects import ApiServer

# cert-manager keeps a key there while it waits for its certificate; then it is deleted.
_WAITING_KEY = "cert-manager.io/next-private-key"


@dataclass(frozen=True)
class Workload:
    """A StatefulSet or a Deployment: pods, their images, volumes and resources, and how far apart they are."""

    replicas: int
    images: Mapping[str, str]
    """Container to image; init containers too."""
    volume: Mapping[str, str]
    """Volume claim template to size."""
    requests: Mapping[str, tuple[str, str]]
    """Container to its CPU and memory, where it requests any; without init containers."""
    spread: tuple[str, ...]
    """Topology keys: of the required anti-affinity, then of the even spread."""


@dataclass(frozen=True)
class Made:
    """All objects of a namespace that an operator and cert-manager make for one database."""

    workloads: Mapping[str, Workload]
    services: Mapping[str, Mapping[str, int]]
    """Service to its ports by name."""
    secrets: Mapping[str, frozenset[str]]
    """Secret to its keys."""
    certificates: Mapping[str, str]
    """Certificate, issued, to its Secret."""
    issuers: frozenset[str]
    """Issuers that are ready."""
    budgets: Mapping[str, int]
    """Disruption budget to how many pods may be away."""
    claims: Mapping[str, str]
    """Volume claim to size. Only the first pod of a StatefulSet has one here: the second waits for it to be ready."""
    cron_jobs: frozenset[str] = field(default_factory=frozenset)

    def names(self) -> set[tuple[str, str]]:
        """Kind and name of everything."""
        return {(kind, name) for kind, found in vars(self).items() for name in found}


def made_in(api: ApiServer, namespace: str) -> Made:
    """Everything of these kinds that is in the namespace now."""

    def found(path: str) -> dict[str, Any]:
        return {item["metadata"]["name"]: item for item in api.call("GET", path.format(namespace))["items"]}

    core, apps = "/api/v1/namespaces/{}", "/apis/apps/v1/namespaces/{}"
    certificates = "/apis/cert-manager.io/v1/namespaces/{}"
    return Made(
        workloads={
            name: _workload(item)
            for kind in ("statefulsets", "deployments")
            for name, item in found(f"{apps}/{kind}").items()
        },
        services={
            name: {port.get("name", ""): port["port"] for port in item["spec"]["ports"]}
            for name, item in found(f"{core}/services").items()
        },
        secrets={
            name: frozenset(item.get("data", {}))
            for name, item in found(f"{core}/secrets").items()
            if _WAITING_KEY not in item["metadata"].get("labels", {})
        },
        certificates={
            name: item["spec"]["secretName"]
            for name, item in found(f"{certificates}/certificates").items()
            if _is_true(item, "Ready")
        },
        issuers=frozenset(name for name, item in found(f"{certificates}/issuers").items() if _is_true(item, "Ready")),
        budgets={
            name: item["spec"]["maxUnavailable"]
            for name, item in found("/apis/policy/v1/namespaces/{}/poddisruptionbudgets").items()
        },
        claims={
            name: item["spec"]["resources"]["requests"]["storage"]
            for name, item in found(f"{core}/persistentvolumeclaims").items()
        },
        cron_jobs=frozenset(found("/apis/batch/v1/namespaces/{}/cronjobs")),
    )


def _workload(item: dict[str, Any]) -> Workload:
    spec = item["spec"]
    pod = spec["template"]["spec"]
    requests = {each["name"]: each["resources"].get("requests") for each in pod["containers"]}
    together = pod.get("affinity", {}).get("podAntiAffinity", {})
    apart = together.get("requiredDuringSchedulingIgnoredDuringExecution", [])
    return Workload(
        replicas=spec["replicas"],
        images={each["name"]: each["image"] for each in [*pod["containers"], *pod.get("initContainers", [])]},
        volume={
            claim["metadata"]["name"]: claim["spec"]["resources"]["requests"]["storage"]
            for claim in spec.get("volumeClaimTemplates", [])
        },
        requests={name: (asked["cpu"], asked["memory"]) for name, asked in requests.items() if asked},
        spread=tuple(rule["topologyKey"] for rule in [*apart, *pod.get("topologySpreadConstraints", [])]),
    )


def _is_true(item: dict[str, Any], condition: str) -> bool:
    conditions = item.get("status", {}).get("conditions", [])
    return any(found["type"] == condition and found["status"] == "True" for found in conditions)
