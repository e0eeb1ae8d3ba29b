"""Programs of the monitoring world, built here and run on loopback: kube-state-metrics and promtool."""

from embedded.monitoring.catalog import KUBE_STATE_METRICS, PROMTOOL
from embedded.monitoring.kube_state_metrics import MonitoringError, RunningKubeStateMetrics, start_kube_state_metrics

__all__ = [
    "KUBE_STATE_METRICS",
    "PROMTOOL",
    "MonitoringError",
    "RunningKubeStateMetrics",
    "start_kube_state_metrics",
]
