"""`MonitoringStack`: what measures the databases and tells when something is wrong."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, NotRequired, TypedDict

import pulumi
from pydantic import Field

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.charts import FromCharts, chart_release
from dbaas_components.bootstrap.monitoring_values import (
    definitions_values,
    kube_state_metrics_values,
    stack_values,
    webhook_policy,
)
from dbaas_components.bootstrap.namespaces import NamespaceSpec, namespace_objects
from dbaas_components.databases.spec.part import (
    Bytes,
    Duration,
    LabelKey,
    LabelValue,
    NamespaceName,
    ObjectName,
    Part,
)
from dbaas_components.databases.spec.sizing import Resources
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.ownership import Ownership

_STACK: Final = "kube-prometheus-stack"
_METRICS: Final = "kube-state-metrics"
_DEFINITIONS: Final = "prometheus-operator-crds"


class GrafanaArgs(TypedDict):
    """Grafana beside Prometheus."""

    admin_secret: str
    """Secret in the same namespace with `admin-user` and `admin-password`."""


class MonitoringStackArgs(TypedDict):
    """Arguments of `MonitoringStack`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    existing: NotRequired[bool]
    """Whether there is a Prometheus with its operator already. Then kube-state-metrics alone is installed, for the
    databases' custom resources and nothing else, so that it goes beside the one that is there. Default false."""
    select_labels: NotRequired[Mapping[str, str]]
    """Labels by which an existing Prometheus selects rules and monitors, such as `{"release": "prometheus"}`."""
    namespace: NotRequired[str]
    """Namespace that it runs in; default `monitoring`."""
    create_namespace: NotRequired[bool]
    """Whether that namespace is made here; default true."""
    isolated: NotRequired[bool]
    """Whether pods of other namespaces are kept out, but for the API server's calls of the operator's webhook; default
    false. Who looks at Grafana then needs a policy of his own, or `kubectl port-forward`."""
    replicas: NotRequired[int]
    """Pods of Prometheus and of Alertmanager; default 2, which each watch everything."""
    retention: NotRequired[str]
    """How long measurements are kept; default `15d`. An alert on a pause looks back over all of it."""
    storage: NotRequired[str]
    """Volume of each Prometheus; default `50Gi`. Four fifths of it are used."""
    storage_class: NotRequired[str]
    """Storage class of the volumes; default: the Kubernetes cluster's own."""
    prometheus: NotRequired[Mapping[str, str]]
    """`cpu`, `memory`, `cpu_limit`, `memory_limit` of Prometheus; default half a CPU and `2Gi`."""
    kube_state_metrics: NotRequired[Mapping[str, str]]
    """The same of kube-state-metrics; default a twentieth of a CPU and `256Mi`."""
    alertmanager: NotRequired[bool]
    """Whether Alertmanager is installed; default true. Who is told is for its own configuration."""
    node_exporter: NotRequired[bool]
    """Whether nodes are measured, by a pod on each that sees its host; default false. The namespace is then
    `privileged`."""
    grafana: NotRequired[GrafanaArgs]
    """Grafana; default: none."""
    priority_class: NotRequired[str]
    """PriorityClass of its pods; default: none."""
    sources: NotRequired[Mapping[str, str]]
    """`mirror` or `chart_folder`; default: everything from its maker."""


class GrafanaSpec(Part):
    """Grafana, checked."""

    admin_secret: ObjectName


class MonitoringSpec(FromCharts):
    """The arguments of `MonitoringStack`, checked."""

    ownership: Ownership
    existing: bool = False
    select_labels: dict[LabelKey, LabelValue] = {}
    namespace: NamespaceName = "monitoring"
    create_namespace: bool = True
    isolated: bool = False
    replicas: Annotated[int, Field(ge=1, le=5)] = 2
    retention: Duration = "15d"
    storage: Bytes = "50Gi"
    storage_class: ObjectName | None = None
    prometheus: Resources = Resources()
    kube_state_metrics: Resources = Resources()
    alertmanager: bool = True
    node_exporter: bool = False
    grafana: GrafanaSpec | None = None
    priority_class: ObjectName | None = None

    @property
    def charts(self) -> Iterable[str]:
        """The charts that are installed."""
        return (_METRICS,) if self.existing else (_DEFINITIONS, _STACK, _METRICS)


class MonitoringStack(Component):
    """Prometheus with its operator, and kube-state-metrics with what makes metrics out of the databases' custom
    resources; or the second alone, beside a Prometheus that is there. cert-manager has to run already."""

    namespace: pulumi.Output[str]
    """Namespace that it runs in."""
    select_labels: pulumi.Output[Mapping[str, str]]
    """Labels that rules and monitors need to be seen; empty where everything is seen."""
    shows: pulumi.Output[str]
    """What is so before anything waits no longer, in words."""

    def __init__(self, name: str, args: MonitoringStackArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(MonitoringSpec, f'monitoring stack "{name}"', args)
        self.begin(name, opts)
        behind: list[pulumi.Resource] = []
        if spec.create_namespace:
            level = "privileged" if spec.node_exporter else "baseline"
            made = NamespaceSpec(
                name=spec.namespace, security=level, deletion_protection=not spec.existing, isolated=spec.isolated
            )
            manifest, *policies = namespace_objects(made, spec.ownership)
            options = self.child_options(protect=made.deletion_protection)
            namespace = KubernetesObject(self.child_name("namespace"), manifest, options)
            behind.append(namespace)
            if spec.isolated and not spec.existing:
                policies.append(webhook_policy(spec))
            behind += [
                KubernetesObject(
                    self.child_name(policy["metadata"]["name"]), policy, self.child_options(depends_on=[namespace])
                )
                for policy in policies
            ]
        if not spec.existing:
            definitions = self._release("definitions", _DEFINITIONS, definitions_values(), spec, behind)
            behind.append(definitions)
            behind.append(self._release("stack", _STACK, stack_values(spec), spec, behind))
        self._gate = self._release("metrics", _METRICS, kube_state_metrics_values(spec), spec, behind)
        self.publish(
            self._gate,
            namespace=spec.namespace,
            select_labels=dict(spec.select_labels),
            shows="kube-state-metrics answers, and PrometheusRules are read",
        )

    @property
    def gate(self) -> pulumi.Resource:
        """What rules and monitors have to depend on: the kinds are served, and kube-state-metrics is ready."""
        return self._gate

    def _release(
        self,
        role: str,
        chart: str,
        values: Mapping[str, Any],
        spec: MonitoringSpec,
        behind: list[pulumi.Resource],
    ) -> pulumi.CustomResource:
        # A release of its own name beside one that is there, whose objects bear the chart's name.
        own = f"dbaas-{chart}" if spec.existing else chart
        return chart_release(
            self,
            role,
            chart,
            values,
            namespace=spec.namespace,
            sources=spec.sources,
            release_name=own,
            depends_on=behind,
        )
