"""What stands beside each operator, which no chart brings: service account, disruption budget, metrics. Pure."""

from __future__ import annotations

from typing import Any

from dbaas_components.bootstrap.gates import DefinitionVersion, GateJob, HeldLease, Workload
from dbaas_components.bootstrap.operators.rows import OperatorRow
from dbaas_components.bootstrap.operators.spec import Installation, OperatorsSpec, annotations_of
from dbaas_components.databases.engines import ENGINES
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
    """At most one of its pods is taken by a drain at a time. It is applied when the operator leads: the gate."""
    metadata = _metadata(spec, installation, row)
    metadata["annotations"] = {GATE: _shows(installation, row)}
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


def gate_job(spec: OperatorsSpec, installation: Installation, row: OperatorRow) -> GateJob:
    """Waits until the operator is available, its leader leads, and its definition is of its own version."""
    name, place = row.name(installation), installation.namespace
    definition = DefinitionVersion(ENGINES[row.engine].definition_name, row.version_label, f"v{row.version}")
    return GateJob(
        name=f"{row.chart}-gate",
        namespace=place,
        shows=_shows(installation, row),
        ownership=spec.ownership,
        sources=spec.sources,
        workloads=[Workload("Deployment", place, name)],
        leases=[HeldLease(place, row.lease, f"{name}-")],
        definitions=[] if installation.stays_home else [definition],
        wait_seconds=600,
        pull_secrets=spec.pull_secrets,
    )


def _shows(installation: Installation, row: OperatorRow) -> str:
    # Who looks at a definition needs rights in the whole Kubernetes cluster, which an operator at home has not either.
    definition = "" if installation.stays_home else ", and its definition is of that version"
    return f"the operator of {row.engine}, {row.version}, is available and its leader holds its lease{definition}"


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
