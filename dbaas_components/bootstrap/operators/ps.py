"""The operator of ps as objects of this library's own: service account, rights, Deployment. Pure functions.

Its chart is not used: the newest that is published, 1.1.0, installs operator 1.1.0, and gives no rights on
PerconaServerMySQLClusterSets, without which operator 1.2.0 does not start its controllers. What is asked for here is
what `deploy/cw-bundle.yaml` of percona-server-mysql-operator v1.2.0 asks for.
"""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.bootstrap.operators.spec import Installation, OperatorsSpec
from dbaas_components.bootstrap.operators.values import RESOURCES
from dbaas_components.bootstrap.workloads import (
    CONTAINER_SECURITY,
    HOSTNAME,
    POD_SECURITY,
    ZONE,
    resources_of,
    tolerations_of,
)

_READ: Final = ("get", "list", "watch")
_KEEP: Final = (*_READ, "create", "update", "patch")
_ALL: Final = (*_KEEP, "delete")

_RULES: Final = (
    # Leases, ConfigMaps and events are also what electing a leader takes.
    ("", ("configmaps", "persistentvolumeclaims", "secrets", "services"), _ALL),
    ("", ("pods", "pods/exec"), (*_ALL, "deletecollection")),
    ("", ("serviceaccounts",), _KEEP),
    (("", "events.k8s.io"), ("events",), (*_READ, "create", "patch")),
    ("apps", ("deployments", "statefulsets"), _ALL),
    ("batch", ("jobs",), _ALL),
    (("cert-manager.io", "certmanager.k8s.io"), ("certificates", "issuers"), (*_ALL, "deletecollection")),
    ("coordination.k8s.io", ("leases",), _ALL),
    ("policy", ("poddisruptionbudgets", "poddisruptionbudgets/finalizers"), _KEEP),
    (
        "ps.percona.com",
        tuple(
            f"perconaservermysql{kind}{part}"
            for kind in ("s", "backups", "restores", "clustersets")
            for part in ("", "/finalizers", "/status")
        ),
        _ALL,
    ),
    ("rbac.authorization.k8s.io", ("roles", "rolebindings"), _KEEP),
)
_EVERYWHERE: Final = ("admissionregistration.k8s.io", ("validatingwebhookconfigurations",), _ALL)
_ROLES: Final = "rbac.authorization.k8s.io"


def operator_objects(spec: OperatorsSpec, installation: Installation, name: str, image: str) -> list[dict[str, Any]]:
    """Rights, their binding and the Deployment, in this order."""
    labels = {"app.kubernetes.io/name": "ps-operator", **spec.ownership.labels(component="operator", instance=name)}
    where = {} if _cluster_wide(installation) else {"namespace": installation.namespace}
    kind = "ClusterRole" if _cluster_wide(installation) else "Role"
    metadata = {"name": name, **where, "labels": labels}
    rules = [_rule(*one) for one in ((*_RULES, _EVERYWHERE) if _cluster_wide(installation) else _RULES)]
    binding: dict[str, Any] = {
        "apiVersion": f"{_ROLES}/v1",
        "kind": f"{kind}Binding",
        "metadata": metadata,
        "roleRef": {"apiGroup": _ROLES, "kind": kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": installation.namespace}],
    }
    return [
        {"apiVersion": f"{_ROLES}/v1", "kind": kind, "metadata": metadata, "rules": rules},
        binding,
        _deployment(spec, installation, name, image, labels),
    ]


def _cluster_wide(installation: Installation) -> bool:
    return not installation.stays_home


def _rule(groups: str | tuple[str, ...], resources: tuple[str, ...], verbs: tuple[str, ...]) -> dict[str, Any]:
    of = [groups] if isinstance(groups, str) else list(groups)
    return {"apiGroups": of, "resources": list(resources), "verbs": list(verbs)}


def _deployment(
    spec: OperatorsSpec, installation: Installation, name: str, image: str, labels: dict[str, str]
) -> dict[str, Any]:
    selector = {"app.kubernetes.io/name": "ps-operator", "app.kubernetes.io/instance": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": installation.namespace, "labels": labels},
        "spec": {
            "replicas": spec.replicas,
            "selector": {"matchLabels": selector},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
            "template": {"metadata": {"labels": labels}, "spec": _pod(spec, installation, name, image, selector)},
        },
    }


def _pod(
    spec: OperatorsSpec, installation: Installation, name: str, image: str, selector: dict[str, str]
) -> dict[str, Any]:
    pod: dict[str, Any] = {
        "serviceAccountName": name,
        "securityContext": dict(POD_SECURITY),
        "terminationGracePeriodSeconds": 10,
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": selector},
            }
            for key in (ZONE, HOSTNAME)
        ],
        "containers": [_container(spec, installation, image)],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    }
    if spec.priority_class:
        pod["priorityClassName"] = spec.priority_class
    if spec.node_labels:
        pod["nodeSelector"] = dict(spec.node_labels)
    if spec.tolerations:
        pod["tolerations"] = tolerations_of(spec.tolerations)
    if spec.pull_secrets:
        pod["imagePullSecrets"] = [{"name": one} for one in spec.pull_secrets]
    return pod


def _container(spec: OperatorsSpec, installation: Installation, image: str) -> dict[str, Any]:
    watched = installation.watched
    environment = {
        "LOG_STRUCTURED": "true",
        "LOG_LEVEL": spec.log_level,
        "WATCH_NAMESPACE": "" if watched is None else ",".join(sorted(watched)),
        "DISABLE_TELEMETRY": "true",
        "MAX_CONCURRENT_RECONCILES": str(spec.concurrency),
    }
    itself = {"POD_NAME": "metadata.name", "POD_NAMESPACE": "metadata.namespace"}
    return {
        "name": "manager",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/usr/local/bin/percona-server-mysql-operator"],
        "args": ["--leader-elect"],
        "env": [
            *({"name": key, "value": value} for key, value in environment.items()),
            # The operator reads its own pod to learn its image, which it then starts beside every database.
            *({"name": key, "valueFrom": {"fieldRef": {"fieldPath": path}}} for key, path in itself.items()),
        ],
        "ports": [{"name": "metrics", "containerPort": 8080}, {"name": "health", "containerPort": 8081}],
        "livenessProbe": {
            "httpGet": {"path": "/healthz", "port": "health"},
            "initialDelaySeconds": 15,
            "periodSeconds": 20,
        },
        "readinessProbe": {
            "httpGet": {"path": "/readyz", "port": "health"},
            "initialDelaySeconds": 5,
            "periodSeconds": 10,
        },
        "resources": resources_of(spec.resources, RESOURCES),
        "securityContext": dict(CONTAINER_SECURITY),
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - a path within the container
    }
