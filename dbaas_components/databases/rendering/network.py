"""Network policies: who may connect to a database's pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.engine import Placed
from dbaas_components.databases.rendering.shared import labels_of
from dbaas_components.naming import object_name

if TYPE_CHECKING:
    from dbaas_components.databases.engine import Engine
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.security import AllowedNamespace

OPERATORS_NAMESPACE: Final = "percona-operators"
"""Namespace that `Operators` runs in unless another is named."""
# Kubernetes itself puts this label on every namespace.
_NAMESPACE: Final = "kubernetes.io/metadata.name"


def network_policy(spec: DatabaseSpec, engine: Engine) -> list[Placed]:
    """One policy that lets in the database's own pods, its operator and those who are named, and no one else.

    Outgoing traffic stays free: a database that cannot reach its bucket or its key is lost, not safe.
    """
    network = spec.network
    if network is None:
        return []
    rules = engine.network
    own_pods = {key: value.format(name=spec.name) for key, value in rules.pods.items()}
    clients = [_peer(one) for one in network.allow_from]
    ingress: list[dict[str, Any]] = [
        {"from": [{"podSelector": {"matchLabels": own_pods}}]},
        # The operator's own chart and the platform put it into different ones.
        {"from": [_namespaces(network.operator_namespaces or (rules.operator_namespace, OPERATORS_NAMESPACE))]},
        # An empty selector means all pods of the policy's own namespace.
        {"from": [{"podSelector": {}}, *clients], "ports": _ports(rules.client_ports)},
    ]
    if network.peers:
        ingress.append({"from": [{"ipBlock": {"cidr": peer}} for peer in network.peers]})
    if network.monitoring_namespaces:
        ports = (*rules.client_ports, *rules.metrics_ports)
        ingress.append({"from": [_namespaces(network.monitoring_namespaces)], "ports": _ports(ports)})
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": object_name(spec.name, "clients"), "labels": labels_of(spec, engine)},
        "spec": {"podSelector": {"matchLabels": own_pods}, "policyTypes": ["Ingress"], "ingress": ingress},
    }
    return [Placed("network-policy", manifest)]


def _peer(allowed: AllowedNamespace) -> dict[str, Any]:
    peer = _namespaces((allowed.namespace,))
    if allowed.pod_labels:
        peer["podSelector"] = {"matchLabels": dict(allowed.pod_labels)}
    return peer


def _namespaces(names: tuple[str, ...]) -> dict[str, Any]:
    return {"namespaceSelector": {"matchExpressions": [{"key": _NAMESPACE, "operator": "In", "values": list(names)}]}}


def _ports(ports: tuple[int, ...]) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]
