"""`Dashboards`: our dashboards where Grafana's sidecar finds them."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.monitoring_values import DASHBOARD_LABEL
from dbaas_components.databases.spec.part import LabelKey, LabelValue, Line, NamespaceName, Part
from dbaas_components.errors import Problem, SpecError
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.ownership import Ownership


class DashboardsArgs(TypedDict):
    """Arguments of `Dashboards`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    namespace: NotRequired[str]
    """Namespace of the ConfigMaps; default `monitoring`."""
    sidecar_label: NotRequired[Mapping[str, str]]
    """Label by which the sidecar finds dashboards; default `{"grafana_dashboard": "1"}`."""
    folder: NotRequired[str]
    """Folder in Grafana, for sidecars that read the annotation `grafana_folder`; default: none."""


class DashboardsSpec(Part):
    """The arguments of `Dashboards`, checked."""

    ownership: Ownership
    namespace: NamespaceName = "monitoring"
    sidecar_label: dict[LabelKey, LabelValue] = dict(DASHBOARD_LABEL)
    folder: Line | None = None


class Dashboards(Component):
    """One ConfigMap for each dashboard: fleet, database, backups, disaster recovery. Needs the extra `dashboards`."""

    names: pulumi.Output[Sequence[str]]
    """Names of the ConfigMaps."""

    def __init__(self, name: str, args: DashboardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, and where the extra is not installed."""
        spec = parse_arguments(DashboardsSpec, f'dashboards "{name}"', args)
        try:
            from dbaas_components.observability.dashboards.catalog import DASHBOARDS, dashboard_json
        except ModuleNotFoundError as error:
            message = f"{error.name} is not installed; install dbaas-components[dashboards]"
            raise SpecError(f'dashboards "{name}"', [Problem("", message)]) from error
        self.begin(name, opts)
        made: dict[str, pulumi.Resource] = {}
        for one in DASHBOARDS:
            manifest = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {
                    "name": f"dbaas-dashboard-{one}",
                    "namespace": spec.namespace,
                    "labels": {**spec.ownership.labels(component="dashboard", instance=one), **spec.sidecar_label},
                    **({"annotations": {"grafana_folder": spec.folder}} if spec.folder else {}),
                },
                "data": {f"dbaas-{one}.json": dashboard_json(one)},
            }
            made[f"dbaas-dashboard-{one}"] = KubernetesObject(self.child_name(one), manifest, self.child_options())
        self.publish(*made.values(), names=list(made))
