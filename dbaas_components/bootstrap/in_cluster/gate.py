"""Waits until objects of the Kubernetes cluster are as others need them: workloads ready, leases held and renewed,
definitions of the right version.

Usage: python -m dbaas_components.bootstrap.in_cluster.gate CONFIGURATION.json
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

from dbaas_components.bootstrap.in_cluster.kubernetes_api import KubernetesApi
from dbaas_components.bootstrap.in_cluster.service import Failed, NotNow, exit_status, fields, items, patiently

LOG = logging.getLogger("gate")


class Gate:
    """What has to be so, and what has been seen of it."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self._api = KubernetesApi(configuration["kubernetes"])
        self._configuration = configuration
        self._renewals: dict[str, str] = {}

    def look(self) -> None:
        """Raises NotNow with the first thing that is not so yet."""
        for one in self._configuration.get("definitions", ()):
            self._definition(one)
        for one in self._configuration.get("workloads", ()):
            self._workload(one)
        for one in self._configuration.get("leases", ()):
            self._lease(one)

    def _definition(self, one: Mapping[str, str]) -> None:
        found = self._read(f"definition {one['name']}", f"apis/apiextensions.k8s.io/v1/{_DEFINITIONS}/{one['name']}")
        version = fields(fields(found["metadata"]).get("labels")).get(one["label"])
        if version != one["value"]:
            raise NotNow(
                f"definition {one['name']} is of {version or 'no version that it says'} and its operator of "
                f"{one['value']}; install that version of it"
            )

    def _workload(self, one: Mapping[str, str]) -> None:
        name = f"{one['kind']} {one['namespace']}/{one['name']}"
        plural = f"{one['kind'].lower()}s"
        found = self._read(name, f"apis/apps/v1/namespaces/{one['namespace']}/{plural}/{one['name']}")
        reason = not_ready(one["kind"], found)
        if reason:
            raise NotNow(f"{name} is not ready: {reason}")

    def _lease(self, one: Mapping[str, str]) -> None:
        name = f"Lease {one['namespace']}/{one['name']}"
        path = f"apis/coordination.k8s.io/v1/namespaces/{one['namespace']}/leases/{one['name']}"
        spec = fields(self._read(name, path).get("spec"))
        holder = spec.get("holderIdentity") or ""
        if not holder.startswith(one["holder"]):
            raise NotNow(f"{name} is held by {holder or 'nobody'}, and not by a pod of {one['holder'].rstrip('-')}")
        # No clock is compared with another: a holder that lives renews between two looks.
        renewal = f"{holder} {spec.get('renewTime')}"
        if self._renewals.setdefault(name, renewal) == renewal:
            raise NotNow(f"{name} was not renewed by {holder} since the first look")

    def _read(self, name: str, path: str) -> dict[str, Any]:
        status, found = self._api.call("GET", path)
        if status == 404:
            raise NotNow(f"{name} is not there")
        if status == 403:
            # The rights of this Job may be younger than the Job.
            raise NotNow(f"Kubernetes answers 403 to {name}; the Job's service account must be allowed to get it")
        if status != 200:
            raise Failed(f"Kubernetes answers {status} to {name}")
        return fields(found)


_DEFINITIONS = "customresourcedefinitions"


def not_ready(kind: str, found: Mapping[str, Any]) -> str | None:
    """What a workload still lacks, None for nothing: all its pods are of the present form and ready, for a Deployment
    as many as it must have while it rolls."""
    status, wanted = fields(found.get("status")), fields(found.get("spec")).get("replicas", 1)
    if status.get("observedGeneration", 0) < found["metadata"].get("generation", 0):
        return "its controller has not seen the last change"
    if kind == "Deployment":
        states = {one.get("type"): one.get("status") for one in items(status.get("conditions"))}
        return None if states.get("Available") == "True" else f"{status.get('readyReplicas', 0)} of {wanted} pods"
    if kind == "DaemonSet":
        wanted = status.get("desiredNumberScheduled", 0)
        ready = min(status.get("numberReady", 0), status.get("updatedNumberScheduled", 0))
    else:
        ready = min(status.get("readyReplicas", 0), status.get("updatedReplicas", 0))
    return None if ready >= wanted else f"{ready} of {wanted} pods"


def main(arguments: list[str]) -> int:
    """Exit status: 0 once everything is as it must be."""
    return exit_status(arguments, _shown, LOG)


def _shown(configuration: Mapping[str, Any]) -> str:
    patiently(configuration["shows"], Gate(configuration).look, float(configuration["wait_seconds"]))
    return str(configuration["shows"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
