"""What the charts of `MonitoringStack` are told. Pure functions from its specification to values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from dbaas_components.bootstrap.workloads import CONTAINER_SECURITY, resources_of
from dbaas_components.databases.spec.sizing import Resources
from dbaas_components.observability.kube_state_metrics import custom_resource_state, reading_rules
from dbaas_components.quantities import Quantity

if TYPE_CHECKING:
    from dbaas_components.bootstrap.monitoring import MonitoringSpec

DASHBOARD_LABEL: Final[Mapping[str, str]] = {"grafana_dashboard": "1"}
"""By which Grafana's sidecar finds dashboards, as the chart sets it up."""
_KUBE_STATE_METRICS_REGISTRY: Final = "registry.k8s.io"
# Everything that our alerts and a look into a namespace need. The chart would also read every Secret of the Kubernetes
# cluster, and every ConfigMap.
_COLLECTED: Final = (
    "cronjobs",
    "daemonsets",
    "deployments",
    "jobs",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "poddisruptionbudgets",
    "pods",
    "replicasets",
    "resourcequotas",
    "services",
    "statefulsets",
    "storageclasses",
)
# Planes that managed Kubernetes clusters hide: their alerts would fire for ever.
_HIDDEN: Final = ("kubeControllerManager", "kubeEtcd", "kubeScheduler", "kubeProxy")


def definitions_values() -> dict[str, Any]:
    """Values of chart prometheus-operator-crds 28.0.1."""
    # Deleting a definition deletes all that is of its kind.
    return {"crds": {"annotations": {"helm.sh/resource-policy": "keep"}}}


def kube_state_metrics_values(spec: MonitoringSpec) -> dict[str, Any]:
    """Values of chart kube-state-metrics 7.3.0, with our configuration.

    Beside another one it reads the databases alone.
    """
    labels = spec.ownership.owner_labels()
    return {
        "image": {"registry": spec.sources.registry(_KUBE_STATE_METRICS_REGISTRY)},
        "customLabels": labels,
        "rbac": {"create": True, "extraRules": reading_rules()},
        "collectors": [] if spec.existing else list(_COLLECTED),
        "extraArgs": ["--custom-resource-state-only"] if spec.existing else [],
        "customResourceState": {"enabled": True, "create": True, "config": custom_resource_state()},
        "resources": resources_of(spec.kube_state_metrics, Resources(cpu="50m", memory="256Mi")),
        "containerSecurityContext": dict(CONTAINER_SECURITY),
        "prometheusScrape": False,
        # Without honorLabels every series would say that it is of the namespace of kube-state-metrics.
        "prometheus": {
            "monitor": {
                "enabled": True,
                "additionalLabels": dict(spec.select_labels),
                "http": {"honorLabels": True},
            }
        },
        **({"priorityClassName": spec.priority_class} if spec.priority_class else {}),
    }


def stack_values(spec: MonitoringSpec) -> dict[str, Any]:
    """Values of chart kube-prometheus-stack 85.1.1."""
    labels, registry = spec.ownership.owner_labels(), spec.sources.registry
    priority = {"priorityClassName": spec.priority_class} if spec.priority_class else {}
    quay = {"registry": registry("quay.io")}
    return {
        "commonLabels": labels,
        "crds": {"enabled": False},
        # Its own, and once: with our configuration.
        "kubeStateMetrics": {"enabled": False},
        "nodeExporter": {"enabled": spec.node_exporter},
        "prometheus-node-exporter": {"image": quay, "podLabels": labels},
        **{part: {"enabled": False} for part in _HIDDEN},
        "prometheusOperator": {
            "image": quay,
            "prometheusConfigReloader": {"image": quay},
            "thanosImage": quay,
            "podLabels": labels,
            # cert-manager makes its webhook's certificate; the chart's own way runs Jobs with rights over webhooks.
            "admissionWebhooks": {"certManager": {"enabled": True}, "patch": {"enabled": False}},
        },
        "prometheus": {
            "enabled": True,
            "prometheusSpec": {
                "image": quay,
                "replicas": spec.replicas,
                "retention": spec.retention,
                "retentionSize": _retention_size(spec),
                "resources": resources_of(spec.prometheus, Resources(cpu="500m", memory="2Gi")),
                "storageSpec": _claim("volumeClaimTemplate", spec, spec.storage, labels),
                "podMetadata": {"labels": labels},
                "podAntiAffinity": "soft",
                **priority,
                # What anybody labels is selected, not only what this release made.
                **{
                    f"{kind}SelectorNilUsesHelmValues": False
                    for kind in ("rule", "serviceMonitor", "podMonitor", "probe", "scrapeConfig")
                },
            },
        },
        "alertmanager": {
            "enabled": spec.alertmanager,
            "alertmanagerSpec": {
                "image": quay,
                "replicas": spec.replicas,
                "podMetadata": {"labels": labels},
                "storage": _claim("volumeClaimTemplate", spec, "1Gi", labels),
                **priority,
            },
        },
        "grafana": _grafana(spec, labels),
    }


def webhook_policy(spec: MonitoringSpec) -> dict[str, Any]:
    """Lets the API server, whose address nobody knows, ask the operator's webhook about rules."""
    rules = {
        "podSelector": {"matchLabels": {"app": "kube-prometheus-stack-operator"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": [{"protocol": "TCP", "port": 10250}]}],
    }
    labels = spec.ownership.labels(component="monitoring")
    metadata = {"name": "operator-webhook", "namespace": spec.namespace, "labels": labels}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": rules}


def _grafana(spec: MonitoringSpec, labels: Mapping[str, str]) -> dict[str, Any]:
    if spec.grafana is None:
        return {"enabled": False}
    official = {"registry": spec.sources.registry("docker.io")}
    ((label, value),) = DASHBOARD_LABEL.items()
    return {
        "enabled": True,
        "image": official,
        # A Secret that is there: the chart would make a password known to everybody.
        "admin": {"existingSecret": spec.grafana.admin_secret},
        "sidecar": {
            "image": {"registry": spec.sources.registry("quay.io")},
            "dashboards": {"enabled": True, "label": label, "labelValue": value, "searchNamespace": "ALL"},
        },
        "podLabels": dict(labels),
        "extraLabels": dict(labels),
        "testFramework": {"enabled": False},
    }


def _claim(key: str, spec: MonitoringSpec, size: str, labels: Mapping[str, str]) -> dict[str, Any]:
    claim: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
        **({"storageClassName": spec.storage_class} if spec.storage_class else {}),
    }
    return {key: {"metadata": {"labels": dict(labels)}, "spec": claim}}


def _retention_size(spec: MonitoringSpec) -> str:
    """Four fifths of the volume, as Prometheus writes it: what is older goes before the volume is full."""
    return f"{int(Quantity.parse(spec.storage).amount * 4 / 5) // 2**20}MiB"
