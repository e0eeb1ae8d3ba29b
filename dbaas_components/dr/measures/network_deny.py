"""A NetworkPolicy that lets nobody to the database's pods but themselves and their operator.

It is a measure and no proof: a cluster's network plugin may leave network policies aside, connections that are open may
stay so, and policies add up, so that another one that lets clients in goes on doing so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from dbaas_components.dr.failover.cluster import ClusterRefused
from dbaas_components.dr.failover.operator_facts import DATABASE_LABEL, OPERATOR_NAMESPACES
from dbaas_components.dr.failover.site import Site, part
from dbaas_components.dr.measures.measured import NETWORK_DENY, Measured, State
from dbaas_components.labels import platform_labels

MANAGER: Final = "dbaas-dr-network"
"""Owner of the policy in the API server's books. One of another owner is never deleted."""
_NAMESPACE: Final = "kubernetes.io/metadata.name"


class NetworkDeny:
    """The policy of one site."""

    def __init__(self, site: Site, topology: str) -> None:
        self._site = site
        self.topology = topology
        self.name = policy_name(topology, site.region)
        self._folder = f"/apis/networking.k8s.io/v1/namespaces/{site.namespace}/networkpolicies"

    @property
    def place(self) -> str:
        """For messages and evidence."""
        return f"{self._site.region}: NetworkPolicy {self._site.namespace}/{self.name}"

    def manifest(self) -> dict[str, Any]:
        """The policy as it is applied. Outgoing traffic stays free: a database that shuts down talks to the API server
        and to its archive."""
        site = self._site
        pods = {"matchLabels": {DATABASE_LABEL[site.engine]: site.name}}
        operators = list(site.table.get("operators") or OPERATOR_NAMESPACES[site.engine])
        among = {"key": _NAMESPACE, "operator": "In", "values": operators}
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": self.name, "namespace": site.namespace, "labels": platform_labels()},
            "spec": {
                "podSelector": pods,
                "policyTypes": ["Ingress"],
                "ingress": [
                    {"from": [{"podSelector": pods}]},
                    {"from": [{"namespaceSelector": {"matchExpressions": [among]}}]},
                ],
            },
        }

    def take(self) -> None:
        """Applies it, as a field manager of its own. Raises `ClusterUnreachable` and `ClusterRefused`."""
        self._site.cluster.apply(f"{self._folder}/{self.name}", self.manifest(), manager=MANAGER)

    def lift(self) -> bool:
        """Deletes it; whether there was anything. Raises as `take` does, and where it is somebody else's."""
        found = self._site.cluster.get(f"{self._folder}/{self.name}")
        if found is None:
            return False
        if not _is_ours(found):
            message = f"{self.place} was not made by the failover tool; delete it where it should not be"
            raise ClusterRefused(message)
        return self._site.cluster.delete(f"{self._folder}/{self.name}")

    def read(self) -> Measured:
        """The policy alone, for whoever may read no other. Raises as `take` does."""
        found = self._site.cluster.get(f"{self._folder}/{self.name}")
        if found is None:
            return Measured(NETWORK_DENY, State.NOT_IN_FORCE, "it is not there", self.place)
        spec = part(found, "spec")
        if spec != self.manifest()["spec"]:
            shown = json.dumps(spec, sort_keys=True)
            return Measured(NETWORK_DENY, State.NOT_IN_FORCE, f"somebody changed it: {shown}", self.place)
        told = "applied; holds as far as the network plugin heeds network policies"
        return Measured(NETWORK_DENY, State.IN_FORCE, told, self.place)

    def read_among_others(self) -> Measured:
        """The same, with a look at the other policies of the namespace: they add up. Raises as `take` does."""
        own = self.read()
        if own.state is not State.IN_FORCE:
            return own
        found = self._site.cluster.get(self._folder) or {}
        items = cast("list[dict[str, Any]]", found.get("items", []))
        others = sorted(self._letting_in(items))
        if not others:
            return own
        told = f"applied, and {', '.join(others)} lets others in all the same: network policies add up"
        return Measured(NETWORK_DENY, State.NOT_IN_FORCE, told, self.place)

    def _letting_in(self, policies: list[dict[str, Any]]) -> Iterator[str]:
        label, name = DATABASE_LABEL[self._site.engine], self._site.name
        for one in policies:
            spec, known = part(one, "spec"), str(part(one, "metadata").get("name"))
            wanted = part(part(spec, "podSelector"), "matchLabels").get(label, name)
            concerns = "Ingress" in (spec.get("policyTypes") or ["Ingress"]) and wanted == name
            if known != self.name and concerns and spec.get("ingress"):
                yield known


def policy_name(topology: str, region: str) -> str:
    """Name of the policy; the agent's rights are bound to it."""
    return f"dbaas-dr-{topology}-{region}-fenced"


def _is_ours(policy: Mapping[str, Any]) -> bool:
    fields = cast("list[Mapping[str, Any]]", part(policy, "metadata").get("managedFields") or [])
    return any(one.get("manager") == MANAGER for one in fields)
