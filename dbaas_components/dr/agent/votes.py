"""What several vantage points say of the primary's health, each in an object of its own in the witness."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from dbaas_components.dr.failover.cluster import Cluster, ClusterRefused, ClusterUnreachable
from dbaas_components.dr.failover.site import part
from dbaas_components.dr.lease.interface import LeaseRecord
from dbaas_components.labels import platform_labels

_KEY: Final = "vote.json"


class Votes:
    """The votes of one topology. A vote counts while its writer goes on casting it, on the reader's own clock."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        *,
        topology: str,
        voter: str,
        voters: Sequence[str],
        healthy: Callable[[str], bool],
        fresh_seconds: float,
    ) -> None:
        self._cluster = cluster
        self._folder = f"/api/v1/namespaces/{namespace}/configmaps"
        self._namespace = namespace
        self._topology = topology
        self._voter = voter
        self._voters = tuple(voters)
        self._healthy = healthy
        self._fresh_seconds = fresh_seconds
        self._count = 0
        self._last: dict[str, tuple[str, float]] = {}
        self._epoch = 0

    def cast(self, lease: LeaseRecord, now: float) -> None:
        """Looks at the primary and says what was seen."""
        del now
        self._count += 1
        self._epoch = lease.epoch
        sick = not self._healthy(lease.holder)
        vote = {"primary": lease.holder, "epoch": lease.epoch, "unhealthy": sick, "count": self._count}
        name = self._name(self._voter)
        metadata: dict[str, Any] = {"name": name, "namespace": self._namespace, "labels": platform_labels()}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {_KEY: json.dumps(vote)}}
        try:
            self._cluster.apply(f"{self._folder}/{name}", body)
        except (ClusterUnreachable, ClusterRefused):
            return  # A vote that nobody can read does not count, which is what it should.

    def unhealthy(self, now: float) -> int:
        """How many vantage points see the primary of this epoch unhealthy now."""
        return sum(self._counts(voter, now) for voter in self._voters)

    def _counts(self, voter: str, now: float) -> bool:
        try:
            found = self._cluster.get(f"{self._folder}/{self._name(voter)}")
        except (ClusterUnreachable, ClusterRefused):
            return False
        text = str(part(found or {}, "data").get(_KEY, ""))
        known = self._last.get(voter)
        if known is None or known[0] != text:
            # The first sight of a vote may be of an old one: it has to move before it counts.
            self._last[voter] = (text, float("-inf") if known is None else now)
        vote = _parsed(text)
        fresh = now - self._last[voter][1] < self._fresh_seconds
        return fresh and vote.get("unhealthy") is True and vote.get("epoch") == self._epoch

    def _name(self, voter: str) -> str:
        return f"dbaas-dr-{self._topology}-vote-{voter}"


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        found: Any = json.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
