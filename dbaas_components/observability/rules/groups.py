"""A database's or a fleet's alerts as rule groups, and as the object that Prometheus' operator reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from dbaas_components.observability.rules.alert import DEFAULT_RUNBOOKS, Alert
from dbaas_components.observability.rules.availability import availability_alerts
from dbaas_components.observability.rules.backups import backup_alerts, restore_alerts
from dbaas_components.observability.rules.fleet import OperatorPlace, fleet_alerts
from dbaas_components.observability.rules.infrastructure import certificate_alerts, replication_alerts, volume_alerts
from dbaas_components.observability.rules.thresholds import AlertThresholds
from dbaas_components.observability.vocabulary import METRICS

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

API_VERSION: Final = "monitoring.coreos.com/v1"


def database_groups(
    spec: DatabaseSpec,
    thresholds: AlertThresholds | None = None,
    *,
    runbooks: str = DEFAULT_RUNBOOKS,
    exporters: bool = False,
) -> list[dict[str, Any]]:
    """The rule groups of one database, whose namespace has to be known.

    `exporters` says that the metrics of PMM's exporters are to be had where these rules are evaluated.
    """
    given = thresholds or AlertThresholds()
    alerts: dict[str, Iterable[Alert]] = {
        "availability": availability_alerts(spec, given),
        "backups": [*backup_alerts(spec, given), *restore_alerts(spec, given)],
        "infrastructure": [
            *volume_alerts(spec, given),
            *certificate_alerts(spec),
            *replication_alerts(spec, given, exporters=exporters),
        ],
    }
    labels = {
        "engine": spec.engine,
        "namespace": spec.namespace,
        "database": spec.name,
        "profile": spec.profile,
        **{
            name: value
            for name, value in {
                "owner": spec.owner,
                "tenant": spec.tenant,
                "environment": spec.environment,
                "cost_centre": spec.cost_centre,
            }.items()
            if value
        },
    }
    return [
        {
            "name": f"dbaas-{spec.engine}-{spec.namespace}-{spec.name}-{what}",
            "rules": [alert.rule(labels, runbooks) for alert in found],
        }
        for what, found in alerts.items()
    ]


def not_told(spec: DatabaseSpec, *, exporters: bool = False) -> list[str]:
    """What no alert watches although one might expect it, each with the reason, for people."""
    found: list[str] = []
    enabled = [one for one in spec.backup.schedules if one.enabled]
    if not enabled:
        found.append("age of backups: no schedule makes any")
    elif spec.engine not in METRICS["dbaas_backup_latest_restorable_timestamp_seconds"].engines:
        found.append(f"age of the recovery point: the operator of {spec.engine} does not tell it")
    if spec.engine != "pg" and not exporters:
        found.append(f"replication lag: the operator of {spec.engine} does not tell it; PMM does")
    if spec.engine == "pg":
        found.append("errors: the operator of pg has no such state; such a database stays initializing")
    return found


def fleet_groups(
    operators: Sequence[OperatorPlace], labels: Mapping[str, str], *, runbooks: str = DEFAULT_RUNBOOKS
) -> list[dict[str, Any]]:
    """The rule group of what all databases depend on; `labels` say whose it is."""
    rules = [alert.rule({**labels, **own}, runbooks) for alert, own in fleet_alerts(operators)]
    return [{"name": "dbaas-fleet", "rules": rules}]


def rule_object(
    name: str, namespace: str, groups: Sequence[Mapping[str, Any]], labels: Mapping[str, str]
) -> dict[str, Any]:
    """The PrometheusRule with these groups; `labels` are its own, by which Prometheus' operator may select it."""
    return {
        "apiVersion": API_VERSION,
        "kind": "PrometheusRule",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        "spec": {"groups": [dict(group) for group in groups]},
    }
