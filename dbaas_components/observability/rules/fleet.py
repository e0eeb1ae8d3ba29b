"""Alerts of what all databases depend on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from dbaas_components.observability.rules.alert import Alert

_AVAILABLE: Final = "kube_deployment_status_replicas_available"


@dataclass(frozen=True, slots=True)
class OperatorPlace:
    """Where an operator runs."""

    engine: str
    namespace: str
    deployment: str


def fleet_alerts(operators: Iterable[OperatorPlace]) -> Iterator[tuple[Alert, dict[str, str]]]:
    """Each with labels of its own."""
    for one in operators:
        series = f'{_AVAILABLE}{{namespace="{one.namespace}", deployment="{one.deployment}"}}'
        alert = Alert(
            "DatabaseOperatorDown",
            f"max by (namespace, deployment) ({series}) == 0 or absent({series})",
            "10m",
            "critical",
            f"the operator of {one.engine} in {one.namespace} is down",
            "Its databases go on, but nobody repairs them, backs them up or changes them.",
        )
        yield alert, {"engine": one.engine, "namespace": one.namespace}
    yield (
        Alert(
            "DatabaseMetricsSourceDown",
            "absent(dbaas_database_info)",
            "15m",
            "critical",
            "the monitoring sees no database at all",
            "kube-state-metrics is down, not scraped, or lacks its configuration: no alert of a database can be told.",
        ),
        {},
    )
