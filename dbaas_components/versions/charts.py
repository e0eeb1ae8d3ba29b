"""The charts that the platform is made of: which version, with which software in it, from where.

Sources: the charts' own repositories, read at the versions below. The known-good combinations are in `combinations.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_PERCONA: Final = "https://percona.github.io/percona-helm-charts/"
_PROMETHEUS: Final = "https://prometheus-community.github.io/helm-charts"


@dataclass(frozen=True, slots=True)
class ChartPin:
    """One chart at one version."""

    name: str
    """The chart's name in its repository, also our word for it."""
    version: str
    """Version of the chart."""
    software: str
    """Version of what the chart installs, as its images are tagged."""
    repository: str
    """Address of the chart repository, or of a registry (`oci://...`) in which the chart has its own name."""
    namespace: str
    """Namespace that it is installed into unless another is named."""
    kubernetes: str = "1.31"
    """The oldest Kubernetes minor version that it runs on."""


def _pins(*pins: ChartPin) -> Mapping[str, ChartPin]:
    return MappingProxyType({pin.name: pin for pin in pins})


CHARTS: Final[Mapping[str, ChartPin]] = _pins(
    ChartPin("cert-manager", "v1.21.1", "v1.21.1", "oci://quay.io/jetstack/charts", "cert-manager"),
    ChartPin("vault", "0.34.1", "2.0.4", "https://helm.releases.hashicorp.com", "vault"),
    ChartPin("openbao", "0.29.2", "2.6.2", "https://openbao.github.io/openbao-helm", "openbao"),
    ChartPin("external-secrets", "2.9.0", "v2.9.0", "https://charts.external-secrets.io", "external-secrets"),
    ChartPin("pmm", "1.8.1", "3.8.1", _PERCONA, "pmm"),
    ChartPin("pxc-operator", "1.20.0", "1.20.0", _PERCONA, "percona-operators"),
    ChartPin("psmdb-operator", "1.22.0", "1.22.0", _PERCONA, "percona-operators"),
    ChartPin("pg-operator", "3.0.0", "3.0.0", _PERCONA, "percona-operators"),
    ChartPin("coroot-operator", "0.9.4", "1.9.3", "https://coroot.github.io/helm-charts", "coroot"),
    ChartPin("prometheus-operator-crds", "28.0.1", "0.90.1", _PROMETHEUS, "monitoring"),
    ChartPin("kube-prometheus-stack", "85.1.1", "0.90.1", _PROMETHEUS, "monitoring"),
    ChartPin("kube-state-metrics", "7.3.0", "2.18.0", _PROMETHEUS, "monitoring"),
)
"""Every pinned chart by its name."""
