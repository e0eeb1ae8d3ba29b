"""The pods of a workload, wherever its kind keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dbaas_components.policy.item import Item

_PATHS: Final = {
    "Pod": "spec",
    "Deployment": "spec.template.spec",
    "StatefulSet": "spec.template.spec",
    "DaemonSet": "spec.template.spec",
    "ReplicaSet": "spec.template.spec",
    "Job": "spec.template.spec",
    "CronJob": "spec.jobTemplate.spec.template.spec",
}


def pod_spec(item: Item) -> tuple[str, Mapping[str, Any]]:
    """The specification of a workload's pods and its path; empty for what has no pods."""
    path = _PATHS.get(item.kind, "") if item.is_object else ""
    return path, item.mapping(path) if path else {}
