"""The agent's objects in Kubernetes: its program, its rights, its pod. Pure functions.

The pod runs the very modules that the explorations prove, out of a ConfigMap; the image has only what they import.
"""

from __future__ import annotations

import copy
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dbaas_components.bootstrap.workloads import CONTAINER_SECURITY, POD_SECURITY
from dbaas_components.dr.agent.lag_manifests import LagPlan, MemberLagPlan, lag_volumes
from dbaas_components.dr.failover.access import lease_name
from dbaas_components.dr.failover.document import TopologyDocument
from dbaas_components.dr.failover.site import plural_of
from dbaas_components.dr.measures.network_deny import policy_name
from dbaas_components.dr.measures.revocation import secret_name

FOLDER: Final = "/opt/dbaas"
_WITNESS_FOLDER: Final = "/etc/dbaas-dr/witness"
_CONFIGURATION: Final = "agent.json"
_ROLES: Final = "rbac.authorization.k8s.io"
_NOBODY: Final = 65_534
OBSERVER: Final = "witness"
"""The region that an observer in the witness is told."""
PACKAGES: Final = (
    "dbaas_components",
    "dbaas_components.dr",
    "dbaas_components.dr.agent",
    "dbaas_components.dr.failover",
    "dbaas_components.dr.lease",
    "dbaas_components.dr.measures",
)
MODULES: Final = (
    "dbaas_components.dr.agent.__main__",
    "dbaas_components.dr.agent.agent",
    "dbaas_components.dr.agent.channel_lag",
    "dbaas_components.dr.agent.lag_probe",
    "dbaas_components.dr.agent.looking",
    "dbaas_components.dr.agent.member_lag",
    "dbaas_components.dr.agent.member_probe",
    "dbaas_components.dr.agent.probe",
    "dbaas_components.dr.agent.votes",
    "dbaas_components.dr.decisions",
    "dbaas_components.dr.failover.access",
    "dbaas_components.dr.failover.cluster",
    "dbaas_components.dr.failover.document",
    "dbaas_components.dr.failover.operator_facts",
    "dbaas_components.dr.failover.probe",
    "dbaas_components.dr.failover.records",
    "dbaas_components.dr.failover.site",
    "dbaas_components.dr.guards",
    "dbaas_components.dr.lease.gcs_object",
    "dbaas_components.dr.lease.interface",
    "dbaas_components.dr.lease.kubernetes_lease",
    "dbaas_components.dr.lease.s3_object",
    "dbaas_components.dr.measures.archive",
    "dbaas_components.dr.measures.endpoint",
    "dbaas_components.dr.measures.measured",
    "dbaas_components.dr.measures.network_deny",
    "dbaas_components.dr.measures.revocation",
    "dbaas_components.dr.measures.taken_role",
    "dbaas_components.dr.measures.taking",
    "dbaas_components.dr.records",
    "dbaas_components.dr.roles",
    "dbaas_components.dr.timing",
    "dbaas_components.errors",
    "dbaas_components.labels",
    "dbaas_components.quantities",
)
"""What the agent imports of this library."""
# The errors' module derives from the SDK's own error, so that the engine prints a refusal alone. There is no engine in
# the pod, and the SDK would make the image ten times as large.
_SDK: Final = 'class RunError(Exception):\n    """Stands for the SDK\'s error."""\n'


@dataclass(frozen=True, slots=True)
class WitnessSecret:
    """Where the kubeconfig for the witness is, in the database's namespace."""

    name: str
    key: str = "kubeconfig"


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """One region's agent."""

    name: str
    region: str
    document: TopologyDocument
    image: str
    labels: Mapping[str, str]
    witness: WitnessSecret | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict[str, str])
    node_selector: Mapping[str, str] = field(default_factory=dict[str, str])
    lag: LagPlan | MemberLagPlan | None = None

    @property
    def namespace(self) -> str:
        """The database's."""
        return str(self.document.roles[self.region]["namespace"])

    def objects(self) -> list[dict[str, Any]]:
        """All of them, in the order of need."""
        return [self._account(), self._role(), self._binding(), self._program(), self._pod()]

    def _account(self) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": self._metadata()}

    def _role(self) -> dict[str, Any]:
        return {"apiVersion": f"{_ROLES}/v1", "kind": "Role", "metadata": self._metadata(), "rules": self.rules()}

    def rules(self) -> list[dict[str, Any]]:
        """Its own custom resource, two ConfigMaps and NetworkPolicy, and the Service of its clients, all by name.

        A name cannot bound `create` by POST, as of ConfigMaps. Server-side apply names the object in its address, so
        that there the name bounds the creation too.
        """
        table, topology = self.document.roles[self.region], self.document.topology
        kept = f"dbaas-dr-{topology}-{self.region}"
        rules: list[dict[str, Any]] = [
            {
                "apiGroups": [table["api_version"].partition("/")[0]],
                "resources": [plural_of(table["kind"])],
                "resourceNames": [table["name"]],
                "verbs": ["get", "patch"],
            },
            {
                "apiGroups": [""],
                "resources": ["configmaps"],
                "resourceNames": [kept, f"{kept}-report"],
                "verbs": ["get", "update", "patch"],
            },
            {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create"]},
            {
                "apiGroups": ["networking.k8s.io"],
                "resources": ["networkpolicies"],
                "resourceNames": [policy_name(topology, self.region)],
                "verbs": ["get", "create", "patch", "delete"],
            },
            # One that opens nothing; it may read and write no other.
            {
                "apiGroups": [""],
                "resources": ["secrets"],
                "resourceNames": [secret_name(topology, self.region)],
                "verbs": ["create", "patch"],
            },
        ]
        if led := self.document.traffic.get(self.region):
            service = {"resources": ["services"], "resourceNames": [led["name"]], "verbs": ["get", "patch"]}
            rules.append({"apiGroups": [""], **service})
        return rules

    def _binding(self) -> dict[str, Any]:
        return _binding(self._metadata(), self.name, self.namespace)

    def _program(self) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": self._metadata(),
            "data": {**sources(), _CONFIGURATION: json.dumps(self.configuration(), indent=1, sort_keys=True)},
        }

    def configuration(self) -> dict[str, Any]:
        """What the program is told. It is the same wherever the program that registers it runs: the pod finds its own
        cluster around it and the witness in its Secret, so contexts and paths of another machine say nothing there."""
        document: dict[str, Any] = json.loads(self.document.model_dump_json(exclude_none=True))
        document["clusters"] = {region: {"context": region} for region in document["clusters"]}
        if self.document.witness:
            document["witness"] = {"context": "witness", "namespace": self.document.witness.namespace}
        told: dict[str, Any] = {
            "document": document,
            "region": self.region,
            "endpoints": dict(self.endpoints),
        }
        if self.witness:
            told["witness_kubeconfig"] = f"{_WITNESS_FOLDER}/{self.witness.key}"
        if self.lag:
            told["lag"] = self.lag.configuration()
        return told

    def _pod(self) -> dict[str, Any]:
        """A StatefulSet of one: never two at a time. It starts anew only where a person deletes the pod.

        Placed anew it is another instance, which has to take the lease anew, and that shuts a primary down for the
        challenger's wait. So an update of the program waits for a person's moment.
        """
        mounts: list[dict[str, Any]] = [{"name": "program", "mountPath": FOLDER, "readOnly": True}]
        items = [{"key": key, "path": path_of(key)} for key in (*sources(), _CONFIGURATION)]
        volumes: list[dict[str, Any]] = [{"name": "program", "configMap": {"name": self.name, "items": items}}]
        if self.witness:
            mounts.append({"name": "witness", "mountPath": _WITNESS_FOLDER, "readOnly": True})
            volumes.append({"name": "witness", "secret": {"secretName": self.witness.name}})
        if self.lag:
            more = lag_volumes(self.lag)
            mounts += more[0]
            volumes += more[1]
        container: dict[str, Any] = {
            "name": "agent",
            "image": self.image,
            "command": ["python", "-u", "-m", "dbaas_components.dr.agent", f"{FOLDER}/{_CONFIGURATION}"],
            "workingDir": FOLDER,
            "env": [{"name": "POD_UID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}}],
            "resources": {"requests": {"cpu": "50m", "memory": "96Mi"}, "limits": {"memory": "256Mi"}},
            "securityContext": copy.deepcopy(dict(CONTAINER_SECURITY)),
            "volumeMounts": mounts,
        }
        pod: dict[str, Any] = {
            "serviceAccountName": self.name,
            "securityContext": {**POD_SECURITY, "runAsUser": _NOBODY, "runAsGroup": _NOBODY, "fsGroup": _NOBODY},
            "containers": [container],
            "volumes": volumes,
        }
        if self.node_selector:
            pod["nodeSelector"] = dict(self.node_selector)
        selector = {"app.kubernetes.io/name": "dbaas-dr-agent", "app.kubernetes.io/instance": self.name}
        template = {"metadata": {"labels": {**self.labels, **selector}}, "spec": pod}
        spec = {
            "replicas": 1,
            "serviceName": self.name,
            "updateStrategy": {"type": "OnDelete"},
            "selector": {"matchLabels": selector},
            "template": template,
        }
        return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": self._metadata(), "spec": spec}

    def _metadata(self) -> dict[str, Any]:
        return {"name": self.name, "namespace": self.namespace, "labels": dict(self.labels)}


def witness_objects(document: TopologyDocument, region: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """A region's account in the witness: the one Lease, its own vote, and to read the others'. With a token for the
    kubeconfig that the region's Secret holds."""
    assert document.witness is not None, "a topology whose lease is elsewhere has no account in a witness"
    topology, namespace = document.topology, document.witness.namespace
    name = account_name(topology, region)
    metadata: dict[str, Any] = {"name": name, "namespace": namespace, "labels": dict(labels)}
    all_votes = [f"dbaas-dr-{topology}-vote-{voter}" for voter in (*document.roles, OBSERVER)]
    leases = {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"]}
    maps: dict[str, Any] = {"apiGroups": [""], "resources": ["configmaps"]}
    rules = [
        {**leases, "resourceNames": [lease_name(topology)], "verbs": ["get", "update"]},
        {**leases, "verbs": ["create"]},
        {**maps, "resourceNames": all_votes, "verbs": ["get"]},
        {**maps, "resourceNames": [f"dbaas-dr-{topology}-vote-{region}"], "verbs": ["patch"]},
        {**maps, "verbs": ["create"]},
    ]
    token = {**metadata, "annotations": {"kubernetes.io/service-account.name": name}}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {"apiVersion": f"{_ROLES}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        _binding(metadata, name, namespace),
        {"apiVersion": "v1", "kind": "Secret", "metadata": token, "type": "kubernetes.io/service-account-token"},
    ]


def account_name(topology: str, region: str) -> str:
    """Name of a region's account in the witness, and of the Secret with its token."""
    return f"dbaas-dr-{topology}-{region}"


def sources() -> dict[str, str]:
    """The modules by the keys of the ConfigMap."""
    found = {f"{package}.__init__.py": _source(package, "__init__") for package in PACKAGES}
    for module in MODULES:
        package, _, name = module.rpartition(".")
        found[f"{module}.py"] = _source(package, name)
    return {**found, "pulumi.py": _SDK}


def path_of(key: str) -> str:
    """Where a key of the ConfigMap is a file."""
    return key if key == _CONFIGURATION else f"{key.removesuffix('.py').replace('.', '/')}.py"


def _source(package: str, name: str) -> str:
    return (importlib.resources.files(package) / f"{name}.py").read_text(encoding="utf-8")


def _binding(metadata: Mapping[str, Any], name: str, namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{_ROLES}/v1",
        "kind": "RoleBinding",
        "metadata": dict(metadata),
        "roleRef": {"apiGroup": _ROLES, "kind": "Role", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
    }
