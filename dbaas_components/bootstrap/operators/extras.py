"""What stands beside each operator, which no chart brings: service account, disruption budget, metrics. Pure."""

from __future__ import annotations

from typing import Any

from dbaas_components.bootstrap.operators.rows import OperatorRow
from dbaas_components.bootstrap.operators.spec import Installation, OperatorsSpec, annotations_of
from dbaas_components.labels import ENGINE, GATE


def service_account(spec: OperatorsSpec, installation: Installation, row: OperatorRow) -> dict[str, Any]:
    """The operator's service account, with its identity in the cloud where it has one."""
    metadata = _metadata(spec, installation, row)
    if annotations := annotations_of(spec, row.engine):
        metadata["annotations"] = dict(annotations)
    account: dict[str, Any] = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    if spec.pull_secrets:
        account["imagePullSecrets"] = [{"name": name} for name in spec.pull_secrets]
    return account


def disruption_budget(spec: OperatorsSpec, installation: Installation, row: OperatorRow) -> dict[str, Any]:
    """At most one of its pods is taken by a drain at a time. It is applied when the operator runs: the gate."""
    metadata = _metadata(spec, installation, row)
    metadata["annotations"] = {GATE: f"the operator of {row.engine}, {row.version}, is available"}
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata,
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": row.selector(row.name(installation))}},
    }


def metrics_service(spec: OperatorsSpec, installation: Installation, row: OperatorRow) -> dict[str, Any]:
    """A headless Service for the operator's metrics: every replica is scraped, the waiting ones as well."""
    metadata = _metadata(spec, installation, row)
    metadata["name"] = _metrics(row.name(installation))
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {
            "clusterIP": "None",
            "selector": row.selector(row.name(installation)),
            "ports": [{"name": "metrics", "port": 8080, "targetPort": 8080}],
        },
    }


def service_monitor(spec: OperatorsSpec, installation: Installation, row: OperatorRow) -> dict[str, Any]:
    """Has Prometheus scrape that Service."""
    metadata = _metadata(spec, installation, row)
    chosen = {"app.kubernetes.io/name": row.chart, "app.kubernetes.io/instance": row.name(installation)}
    metadata["labels"] = {**metadata["labels"], **spec.service_monitor_labels}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": metadata,
        "spec": {
            "selector": {"matchLabels": chosen},
            "endpoints": [{"port": "metrics", "interval": "30s"}],
            "targetLabels": [ENGINE],
        },
    }


def _metrics(name: str) -> str:
    return f"{name}-metrics"


def _metadata(spec: OperatorsSpec, installation: Installation, row: OperatorRow) -> dict[str, Any]:
    name = row.name(installation)
    labels = {
        "app.kubernetes.io/name": row.chart,
        "app.kubernetes.io/version": row.version,
        **spec.ownership.labels(component="operator", instance=name),
        ENGINE: row.engine,
    }
    return {"name": name, "namespace": installation.namespace, "labels": labels}
