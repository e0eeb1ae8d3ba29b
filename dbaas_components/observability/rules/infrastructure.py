"""Alerts of what a database stands on: its volumes, its certificates, its replicas' distance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from dbaas_components.observability.rules.alert import Alert, Severity
from dbaas_components.observability.rules.subject import Subject, certificates, named, volumes
from dbaas_components.observability.rules.thresholds import AlertThresholds, certificate_ages, in_words, seconds
from dbaas_components.quantities import Quantity

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

_EXPIRES: Final = "certmanager_certificate_expiration_timestamp_seconds"


def volume_alerts(spec: DatabaseSpec, given: AlertThresholds) -> Iterator[Alert]:
    """A warning, and one that wakes somebody. Volumes are measured by the kubelet while a pod has them."""
    matchers = f'namespace="{spec.namespace}", persistentvolumeclaim=~"{_quoted(volumes(spec))}"'
    left = (
        f"100 * kubelet_volume_stats_available_bytes{{{matchers}}} / kubelet_volume_stats_capacity_bytes{{{matchers}}}"
    )
    steps: tuple[tuple[int, str, Severity], ...] = (
        (given.volume_warning, "15m", "warning"),
        (given.volume_critical, "2m", "critical"),
    )
    for percent, hold, severity in steps:
        yield Alert(
            "DatabaseVolumeFilling",
            f"{left} < {percent}",
            hold,
            severity,
            f"volume {{{{ $labels.persistentvolumeclaim }}}} of {named(spec)} has less than {percent} % left",
            "A full volume stops the server, and some servers do not start again on one.",
        )


def certificate_alerts(spec: DatabaseSpec) -> Iterator[Alert]:
    """A warning, and one that wakes somebody. Only what cert-manager renews is measured."""
    names = f'name=~"{_quoted(certificates(spec))}"'
    # A scrape without honorLabels moves the certificate's namespace away, and leaves that of cert-manager in its place.
    moved = f'{_EXPIRES}{{exported_namespace="{spec.namespace}", {names}}}'
    kept = f'{_EXPIRES}{{exported_namespace="", namespace="{spec.namespace}", {names}}}'
    early, late = certificate_ages(spec)
    steps: tuple[tuple[int, Severity], ...] = ((early, "warning"), (late, "critical"))
    for age, severity in steps:
        yield Alert(
            "DatabaseCertificateExpiring",
            f"({moved} or {kept}) - time() < {age}",
            "15m",
            severity,
            f"certificate {{{{ $labels.name }}}} of {named(spec)} ends in less than {in_words(age)}",
            "It should have been renewed long ago. When it ends, clients or members refuse each other.",
        )


def replication_alerts(spec: DatabaseSpec, given: AlertThresholds, *, exporters: bool) -> Iterator[Alert]:
    """For pg by its operator; for the others by PMM's exporters, where their metrics are to be had."""
    if spec.engine == "pg":
        most = Quantity.parse(given.standby_lag)
        yield Alert(
            "DatabaseReplicationLag",
            f"{Subject.of(spec).greatest('database_standby_lag_bytes')} > {int(most.amount)}",
            "10m",
            "warning",
            f"standby {named(spec)} is {{{{ $value | humanize1024 }}}}B behind",
            "What it is behind would be lost if it had to take over now.",
        )
    elif exporters:
        pmm = spec.observability.pmm
        cluster = (pmm and pmm.cluster_name) or spec.name
        metric = (
            "mongodb_mongod_replset_member_replication_lag"
            if spec.engine == "psmdb"
            else "mysql_slave_status_seconds_behind_master"
        )
        yield Alert(
            "DatabaseReplicationLag",
            f'max by (cluster) ({metric}{{cluster="{cluster}"}}) > {seconds(given.replica_lag)}',
            "10m",
            "warning",
            f"a replica of {named(spec)} is {{{{ $value | humanizeDuration }}}} behind",
            "Reads from it are old, and what it is behind would be lost if it had to take over now.",
        )


def _quoted(expression: str) -> str:
    """A regular expression inside a PromQL string."""
    return expression.replace("\\", "\\\\")
