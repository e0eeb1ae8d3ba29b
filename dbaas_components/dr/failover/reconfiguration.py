"""The forced reconfiguration of a replica set that lost its majority (psmdb): a step of its own, never implied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from dbaas_components.bootstrap.workloads import POD_SECURITY
from dbaas_components.dr.failover.cluster import Conflict
from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.names import bounded
from dbaas_components.dr.failover.site import part
from dbaas_components.dr.failover.steps import Done, Outcome, Stop, Wait
from dbaas_components.labels import platform_labels
from dbaas_components.naming import DNS_LABEL_LIMIT

# The members of this site keep their place; all others lose it. Votes come back with the operator's own configuration.
# The password comes by the environment alone: no list of processes shows it.
_SCRIPT: Final = """
db.getSiblingDB("admin").auth(process.env.MONGODB_USER, process.env.MONGODB_PASSWORD);
const config = rs.conf();
const hosts = JSON.parse(process.env.KEPT_HOSTS);
const own = (host) => hosts.length ? hosts.includes(host) : host.startsWith(process.env.KEPT_PREFIX);
const kept = config.members.filter((one) => own(one.host));
if (kept.length === 0) { print("no member of this site in the configuration"); quit(1); }
config.members = kept.map((one) => Object.assign(one, {votes: 1, priority: 1}));
config.version += 1;
const answer = rs.reconfig(config, {force: true});
quit(answer.ok === 1 ? 0 : 1);
"""
# As the operator's own pods have them (PSMDB operator 1.22.0): the Secret's files there, key and certificate joined for
# MongoDB's programs. Members' names are left aside, as the operator's probes leave them: members that share the
# primary's certificate bear its names alone. Authority and password are still checked, by both ends.
_CERTIFICATES: Final = "/etc/mongodb-ssl"
_SCRATCH: Final = "/run/dbaas-dr"
_PLAIN: Final = 'exec mongosh --quiet --host "$HOST" --eval "$SCRIPT"'
_JOINED: Final = f"{_SCRATCH}/tls.pem"
_ENCRYPTED: Final = (
    f"umask 077 && cat {_CERTIFICATES}/tls.key {_CERTIFICATES}/tls.crt >{_JOINED} && {_PLAIN} "
    f"--tls --tlsCAFile {_CERTIFICATES}/ca.crt --tlsCertificateKeyFile {_JOINED} --tlsAllowInvalidHostnames"
)


class Reconfiguration:
    """One forced reconfiguration, by a Job beside the surviving members."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._site = switch.live.connections.sites[switch.new]
        self._name = f"dbaas-dr-{switch.topology}-reconfigure-{switch.epoch}"

    def carried_out(self) -> Outcome:
        """Makes the Jobs, one for each replica set, and waits for them."""
        switch = self._switch
        if switch.taken(switch.live.lease()) and switch.live.site(switch.new).role == "primary":
            return Done()
        manifest = self._site.cluster.get(self._site.path())
        if manifest is None:
            return Wait(f"{self._site.place} is not there")
        for name in replica_sets(manifest):
            waits = self._one(manifest, name)
            if waits is not None:
                return waits
        switch.wishes = switch.wishes and switch.wishes.model_copy(update={"reconfigured": True})
        return Done()

    def _one(self, manifest: Mapping[str, Any], replica_set: str) -> Outcome | None:
        name = bounded(f"{self._name}-{replica_set}", DNS_LABEL_LIMIT)
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


def replica_sets(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The replica sets of a custom resource with data of their own, by name: the shards' and the config servers'."""
    spec = part(manifest, "spec")
    found = {str(one.get("name", "rs0")): one for one in cast("list[Mapping[str, Any]]", spec.get("replsets") or [{}])}
    sharding = part(spec, "sharding")
    return {**found, "cfg": part(sharding, "configsvrReplSet")} if sharding.get("enabled") else found


def kept_hosts(manifest: Mapping[str, Any], replica_set: str) -> list[str]:
    """The members of this site as the set's configuration knows them, `host:port`; none where it knows them by their
    pods' own names."""
    overrides = part(replica_sets(manifest)[replica_set], "replsetOverrides")
    hosts = [str(one["host"]) for one in cast("Mapping[str, Mapping[str, Any]]", overrides).values() if "host" in one]
    return [host if ":" in host else f"{host}:27017" for host in hosts]


def job(database: str, replica_set: str, name: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The Job: the database's own image and its user `clusterAdmin`, from the operator's Secret, over TLS with the
    members' own certificate unless the database has none (psmdb 1.22)."""
    spec = part(manifest, "spec")
    users = part(spec, "secrets").get("users") or f"{database}-secrets"
    keys = {"MONGODB_USER": "MONGODB_CLUSTER_ADMIN_USER", "MONGODB_PASSWORD": "MONGODB_CLUSTER_ADMIN_PASSWORD"}
    environment: list[dict[str, Any]] = [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": users, "key": key}}} for variable, key in keys.items()
    ]
    environment.append({"name": "KEPT_HOSTS", "value": json.dumps(kept_hosts(manifest, replica_set))})
    environment.append({"name": "KEPT_PREFIX", "value": f"{database}-{replica_set}-"})
    environment.append({"name": "SCRIPT", "value": _SCRIPT})
    host = f"{database}-{replica_set}-0.{database}-{replica_set}"
    encrypted = part(spec, "tls").get("mode") != "disabled"
    container: dict[str, Any] = {
        "name": "reconfigure",
        "image": spec.get("image"),
        "command": ["sh", "-c", _ENCRYPTED if encrypted else _PLAIN],
        "env": [*environment, {"name": "HOST", "value": host}],
        # The database's own user, 1001; mongosh keeps a log in its home, so the file system stays one to write to.
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    pod: dict[str, Any] = {"restartPolicy": "Never", "containers": [container], "securityContext": dict(POD_SECURITY)}
    if spec.get("imagePullSecrets"):
        pod["imagePullSecrets"] = spec["imagePullSecrets"]
    if encrypted:
        container["volumeMounts"] = [
            {"name": "ssl", "mountPath": _CERTIFICATES, "readOnly": True},
            {"name": "scratch", "mountPath": _SCRATCH},
        ]
        secret = part(spec, "secrets").get("ssl") or f"{database}-ssl"
        pod["volumes"] = [
            {"name": "ssl", "secret": {"secretName": secret}},
            {"name": "scratch", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
        ]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": platform_labels()},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}},
    }
