"""The ClusterSet's operator, played after its controller.

It acts where the specification names another primary than the status, forces only where the old primary does not answer
and the flag allows it, changes a set that answers by a Job, and writes the generation that it saw with every status.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from dbaas_components.dr.failover.cluster import ClusterUnreachable
from dbaas_components.dr.failover.site import Site


class PlayedClusterSet:
    """The ClusterSet's controller; `mysql` is the primary that MySQL itself has."""

    def __init__(self, site: Site, path: str, mysql: str) -> None:
        self._site = site
        self._path = path
        self.mysql = mysql
        self.answers = False
        """Whether the old primary does: then a change is a Job's, and no flag is needed."""
        self.problem = ""
        self.job_turns = 0
        self.seen: list[tuple[str, bool]] = []
        """Primary and flag of the specification, as it changed."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            with contextlib.suppress(ClusterUnreachable):
                self._turn()

    def _turn(self) -> None:
        found = self._site.cluster.get(self._path)
        if found is None:
            return
        wanted, forced = found["spec"]["primaryCluster"], found["spec"]["unsafeFlags"]["forcedFailover"]
        if (wanted, forced) not in self.seen[-1:]:
            self.seen.append((wanted, forced))
        conditions: list[dict[str, Any]] = []
        if wanted != self.mysql:
            if self.problem:
                conditions.append(condition("ErrorReconcile", "True", self.problem))
            elif self.answers:
                conditions.append(condition("SwitchoverInProgress", "True", "Switchover in progress"))
                self.job_turns -= 1
                if self.job_turns < 0:
                    self.mysql, conditions = wanted, []
            elif forced:
                self.mysql = wanted
        status = {
            "primaryCluster": self.mysql,
            "primaryClusterEndpoint": f"{self.mysql}:3306",
            "conditions": conditions,
            "lastObservedGeneration": found["metadata"]["generation"],
        }
        if found.get("status") != status:
            self._site.cluster.merge(f"{self._path}/status", {"status": status})


def condition(kind: str, status: str, message: str) -> dict[str, Any]:
    moment = "2026-01-01T10:00:00Z"
    return {"type": kind, "status": status, "reason": kind, "message": message, "lastTransitionTime": moment}
