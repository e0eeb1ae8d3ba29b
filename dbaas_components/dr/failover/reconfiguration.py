"""The forced reconfiguration of a replica set that lost its majority (psmdb): a step of its own, never implied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dbaas_components.dr.failover.cluster import Conflict
from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.site import part, within
from dbaas_components.dr.failover.steps import Done, Outcome, Stop, Wait
from dbaas_components.labels import platform_labels

# The members of this site keep their place; all others lose it. Votes come back with the operator's own configuration.
_SCRIPT: Final = """
const config = rs.conf();
const kept = config.members.filter((one) => one.host.split(":")[0].startsWith(process.env.KEPT_PREFIX));
if (kept.length === 0) { print("no member of this site in the configuration"); quit(1); }
config.members = kept.map((one) => Object.assign(one, {votes: 1, priority: 1}));
config.version += 1;
const answer = rs.reconfig(config, {force: true});
quit(answer.ok === 1 ? 0 : 1);
"""


class Reconfiguration:
    """One forced reconfiguration, by a Job beside the surviving members."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._site = switch.live.connections.sites[switch.new]
        self._name = f"dbaas-dr-{switch.topology}-reconfigure-{switch.epoch}"[:63].rstrip("-")

    def carried_out(self) -> Outcome:
        """Makes the Jobs, one for each replica set, and waits for them."""
        switch = self._switch
        if switch.taken(switch.live.lease()) and switch.live.site(switch.new).role == "primary":
            return Done()
        manifest = self._site.cluster.get(self._site.path())
        if manifest is None:
            return Wait(f"{self._site.place} is not there")
        for name in [one["name"] for one in within(manifest, "spec.replsets") or [{"name": "rs0"}]]:
            waits = self._one(manifest, name)
            if waits is not None:
                return waits
        switch.wishes = switch.wishes and switch.wishes.model_copy(update={"reconfigured": True})
        return Done()

    def _one(self, manifest: Mapping[str, Any], replica_set: str) -> Outcome | None:
        name = f"{self._name}-{replica_set}"[:63]
        folder = f"/apis/batch/v1/namespaces/{self._site.namespace}/jobs"
        found = self._site.cluster.get(f"{folder}/{name}")
        if found is None:
            self._switch.acting()
            try:
                self._site.cluster.create(folder, job(self._site.name, replica_set, name, manifest))
            except Conflict:
                return Wait("somebody else makes the Job; reading it")
            return Wait(f"Job {name} was made")
        status = part(found, "status")
        if status.get("succeeded"):
            self._switch.book.prove(f"{replica_set} reconfigured by force", self._site.place, f"Job {name} succeeded")
            return None
        if status.get("failed"):
            return Stop(f"Job {self._site.namespace}/{name} failed; read its log, delete it and run this again")
        return Wait(f"Job {name} runs")


def job(database: str, replica_set: str, name: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The Job: the database's own image and its user `clusterAdmin`, from the operator's Secret (psmdb 1.22)."""
    spec = part(manifest, "spec")
    users = part(spec, "secrets").get("users") or f"{database}-secrets"
    keys = {"MONGODB_USER": "MONGODB_CLUSTER_ADMIN_USER", "MONGODB_PASSWORD": "MONGODB_CLUSTER_ADMIN_PASSWORD"}
    environment: list[dict[str, Any]] = [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": users, "key": key}}} for variable, key in keys.items()
    ]
    environment.append({"name": "KEPT_PREFIX", "value": f"{database}-{replica_set}-"})
    environment.append({"name": "SCRIPT", "value": _SCRIPT})
    host = f"{database}-{replica_set}-0.{database}-{replica_set}"
    command = (
        'exec mongosh --quiet --host "$HOST" --username "$MONGODB_USER" --password "$MONGODB_PASSWORD" '
        '--authenticationDatabase admin --eval "$SCRIPT"'
    )
    container = {
        "name": "reconfigure",
        "image": spec.get("image"),
        "command": ["sh", "-c", command],
        "env": [*environment, {"name": "HOST", "value": host}],
    }
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": platform_labels()},
        "spec": {"backoffLimit": 0, "template": template},
    }
