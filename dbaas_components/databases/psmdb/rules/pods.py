"""Rules on the settings of pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from dbaas_components.databases.psmdb.render import SHORTEST_GRACE_PERIOD, groups_of
from dbaas_components.databases.sizes import PROFILES
from dbaas_components.errors import Problem, shown

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.placement import Pods

_OWN_LABELS: Final = tuple(
    f"app.kubernetes.io/{label}" for label in ("component", "instance", "managed-by", "name", "part-of", "replset")
)


def pod_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Problems of the settings of every group of pods."""
    for path, pods in groups_of(spec):
        yield from _group_problems(path, pods, spec)


def _group_problems(path: str, pods: Pods, spec: DatabaseSpec) -> Iterator[Problem]:
    grace = pods.grace_period_seconds
    if grace is not None and grace < SHORTEST_GRACE_PERIOD and not PROFILES[spec.profile].single_replica:
        message = (
            f"{grace} is too little for mongod to shut down in order; write at least {SHORTEST_GRACE_PERIOD} "
            "(less is for profile dev)"
        )
        yield Problem(f"{path}.grace_period_seconds", message)
    if pods.scheduler and pods.scheduler != spec.pods.scheduler:
        message = f"{shown(pods.scheduler)}: the operator has one scheduler for all pods; use pods.scheduler"
        yield Problem(f"{path}.scheduler", message)
    for label in pods.labels:
        if label in _OWN_LABELS:
            yield Problem(f"{path}.labels.{label}", "is what the operator finds its pods by; choose another key")
