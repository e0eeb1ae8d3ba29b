"""Every metric that our alerts and dashboards read: ours, with its meaning, and those of exporters, with their source.

One vocabulary for all engines. `kube_state_metrics.py` makes ours out of the operators' custom resources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dbaas_components.labels import COST_CENTRE, ENVIRONMENT, OWNER, PROFILE, TENANT

PREFIX: Final = "dbaas"
ALL_ENGINES: Final = ("pxc", "ps", "psmdb", "pg")

IDENTITY: Final = ("engine", "namespace", "database")
"""Labels that tell which database, on every metric of ours."""
OWNERSHIP: Final[Mapping[str, str]] = MappingProxyType(
    {
        "owner": OWNER,
        "tenant": TENANT,
        "environment": ENVIRONMENT,
        "cost_centre": COST_CENTRE,
        "profile": PROFILE,
    }
)
"""Labels of metrics to the labels of the custom resource that they come from; absent where it has none."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of ours."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    """Beside `IDENTITY` and `OWNERSHIP`."""
    engines: tuple[str, ...] = ALL_ENGINES
    """Engines whose operators say what it takes."""


def _by_name(*metrics: Metric) -> Mapping[str, Metric]:
    return MappingProxyType({metric.name: metric for metric in metrics})


METRICS: Final[Mapping[str, Metric]] = _by_name(
    Metric(
        "dbaas_database_info",
        "1 for every database.",
        ("version", "operator_version", "host"),
    ),
    Metric("dbaas_database_created_timestamp_seconds", "When the database's custom resource was made, Unix time."),
    Metric(
        "dbaas_database_state",
        "1 for the state that the operator tells, 0 for all others; state is the common word, operator_state its own.",
        ("state", "operator_state"),
    ),
    Metric("dbaas_database_paused", "1 where the database is asked to be paused, else 0."),
    Metric(
        "dbaas_database_replicas_wanted",
        "Members that there should be; group is the replica set (psmdb) or the instance set (pg).",
        ("group",),
    ),
    Metric("dbaas_database_replicas_ready", "Members that are ready.", ("group",)),
    Metric("dbaas_database_proxies_wanted", "Pods of a proxy that there should be.", ("proxy",)),
    Metric("dbaas_database_proxies_ready", "Pods of a proxy that are ready; absent where none is.", ("proxy",)),
    Metric("dbaas_database_generation", "How often the specification was changed."),
    Metric(
        "dbaas_database_observed_generation",
        "The newest of these that the operator has seen.",
        engines=("pxc", "psmdb", "pg"),
    ),
    Metric(
        "dbaas_database_condition",
        "1 where a condition of the database is true, 0 where it is false or unknown.",
        ("condition",),
        engines=("ps", "pg"),
    ),
    Metric("dbaas_database_standby", "1 where the database follows another one, else 0.", engines=("psmdb", "pg")),
    Metric(
        "dbaas_database_standby_lag_bytes",
        "How far a standby is behind; only where spec.standby.maxAcceptableLag is set.",
        engines=("pg",),
    ),
    Metric(
        "dbaas_database_channel_source",
        "1 where the database is the source of a replication channel, 0 where it follows.",
        ("channel",),
        engines=("pxc",),
    ),
    Metric("dbaas_backup_info", "1 for every backup object.", ("backup", "storage", "type", "size", "destination")),
    Metric("dbaas_backup_created_timestamp_seconds", "When the backup was asked for, Unix time.", ("backup",)),
    Metric(
        "dbaas_backup_state",
        "1 for the state that the operator tells, 0 for all others; pending, running, succeeded, failed.",
        ("backup", "state", "operator_state"),
    ),
    Metric("dbaas_backup_completed_timestamp_seconds", "When the backup ended, well or not, Unix time.", ("backup",)),
    Metric(
        "dbaas_backup_latest_restorable_timestamp_seconds",
        "The latest moment that can be restored with the backup and the shipped logs, Unix time.",
        ("backup",),
        engines=("pxc", "psmdb", "pg"),
    ),
    Metric("dbaas_restore_info", "1 for every restore object.", ("restore", "backup", "storage")),
    Metric("dbaas_restore_created_timestamp_seconds", "When the restore was asked for, Unix time.", ("restore",)),
    Metric(
        "dbaas_restore_state",
        "1 for the state that the operator tells, 0 for all others; pending, running, succeeded, failed.",
        ("restore", "state", "operator_state"),
    ),
    Metric(
        "dbaas_restore_completed_timestamp_seconds", "When the restore ended, well or not, Unix time.", ("restore",)
    ),
)
"""Ours by name. The size of a backup is a label, because psmdb alone tells it, and in a text for people."""


@dataclass(frozen=True, slots=True)
class ForeignMetric:
    """A metric that someone else makes."""

    name: str
    source: str
    """Program and version whose documentation or code says so."""
    labels: tuple[str, ...]


_KUBELET: Final = "kubelet, /metrics of Kubernetes 1.31"
_KUBE_STATE_METRICS: Final = "kube-state-metrics 2.18.0, its resource deployments"

EXPORTER_METRICS: Final[Mapping[str, ForeignMetric]] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            ForeignMetric("kubelet_volume_stats_available_bytes", _KUBELET, ("namespace", "persistentvolumeclaim")),
            ForeignMetric("kubelet_volume_stats_capacity_bytes", _KUBELET, ("namespace", "persistentvolumeclaim")),
            ForeignMetric(
                "kube_deployment_status_replicas_available", _KUBE_STATE_METRICS, ("namespace", "deployment")
            ),
            ForeignMetric(
                "certmanager_certificate_expiration_timestamp_seconds",
                "cert-manager 1.21.1",
                # A scrape without honorLabels puts the certificate's namespace into exported_namespace.
                ("name", "namespace", "exported_namespace"),
            ),
            ForeignMetric(
                "mysql_slave_status_seconds_behind_master",
                "mysqld_exporter as in PMM 3, collector slave_status",
                ("cluster",),
            ),
            ForeignMetric(
                "mongodb_mongod_replset_member_replication_lag",
                "mongodb_exporter as in PMM 3, --compatible-mode",
                ("cluster",),
            ),
            ForeignMetric("up", "Prometheus itself", ("job", "instance", "namespace")),
            ForeignMetric("ALERTS", "Prometheus itself", ("alertname", "alertstate", "severity")),
        )
    }
)
"""Those of exporters, by name."""
