"""`CertManager`: what makes and renews certificates."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, NotRequired, TypedDict

import pulumi
from pydantic import Field

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.charts import FromCharts, chart_release
from dbaas_components.bootstrap.namespaces import NamespaceSpec, namespace_objects
from dbaas_components.bootstrap.workloads import HOSTNAME
from dbaas_components.databases.spec.part import NamespaceName, ObjectName
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.ownership import Ownership

_REGISTRY: Final = "quay.io"
_NAME: Final = "cert-manager"


class CertManagerArgs(TypedDict):
    """Arguments of `CertManager`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    namespace: NotRequired[str]
    """Namespace that it runs in, and in which the Secrets of ClusterIssuers are; default `cert-manager`."""
    create_namespace: NotRequired[bool]
    """Whether that namespace is made here; default true."""
    replicas: NotRequired[int]
    """Pods of each of its three parts; default 2. With one, no certificate is made while a node is drained."""
    service_monitor: NotRequired[bool]
    """Whether a ServiceMonitor has Prometheus scrape it; its definition must be there; default false."""
    priority_class: NotRequired[str]
    """PriorityClass of its pods; default: none."""
    sources: NotRequired[Mapping[str, str]]
    """`mirror` or `chart_folder`; default: everything from its maker."""


class CertManagerSpec(FromCharts):
    """The arguments of `CertManager`, checked."""

    ownership: Ownership
    namespace: NamespaceName = _NAME
    create_namespace: bool = True
    replicas: Annotated[int, Field(ge=1, le=9)] = 2
    service_monitor: bool = False
    priority_class: ObjectName | None = None

    @property
    def charts(self) -> Iterable[str]:
        """The charts that are installed."""
        return (_NAME,)


class CertManager(Component):
    """cert-manager v1.21.1. Its definitions are not its own: `CustomResourceDefinitions` owns them, so that no
    uninstallation takes the certificates along; and a certificate's Secret outlives the certificate."""

    namespace: pulumi.Output[str]
    """Namespace that it runs in."""
    shows: pulumi.Output[str]
    """What is so before anything waits no longer, in words."""

    def __init__(self, name: str, args: CertManagerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(CertManagerSpec, f'cert-manager "{name}"', args)
        self.begin(name, opts)
        before: list[pulumi.Resource] = []
        if spec.create_namespace:
            made = NamespaceSpec(name=spec.namespace, deletion_protection=False)
            (manifest,) = namespace_objects(made, spec.ownership)
            before.append(KubernetesObject(self.child_name("namespace"), manifest, self.child_options()))
        self._gate = chart_release(
            self,
            "release",
            _NAME,
            cert_manager_values(spec),
            namespace=spec.namespace,
            sources=spec.sources,
            depends_on=before,
        )
        self.publish(self._gate, namespace=spec.namespace, shows="its webhook accepts a certificate")

    @property
    def gate(self) -> pulumi.Resource:
        """What issuers and certificates have to depend on: Helm waits for a Job of the chart that tries to make one."""
        return self._gate


def cert_manager_values(spec: CertManagerSpec) -> dict[str, Any]:
    """Values of chart cert-manager v1.21.1."""
    several = spec.replicas > 1
    # Through the parts that have more than one pod, one at a time.
    budget = {"enabled": several, "minAvailable": 1} if several else {"enabled": False}
    common: dict[str, Any] = {"replicaCount": spec.replicas, "podDisruptionBudget": budget}
    return {
        **common,
        "imageRegistry": spec.sources.registry(_REGISTRY),
        # Of its own accord the chart would delete and upgrade definitions, and with them every certificate.
        "crds": {"enabled": False},
        "global": {
            "commonLabels": spec.ownership.owner_labels(),
            # Its own namespace, and not kube-system, which some clouds keep for themselves.
            "leaderElection": {"namespace": spec.namespace},
            **({"priorityClassName": spec.priority_class} if spec.priority_class else {}),
        },
        "enableCertificateOwnerRef": False,
        "webhook": {**common, "topologySpreadConstraints": [_apart("webhook")]},
        "cainjector": common,
        "startupapicheck": {"enabled": True, "timeout": "5m"},
        "prometheus": {"enabled": True, "servicemonitor": {"enabled": spec.service_monitor}},
    }


def service_monitor(spec: CertManagerSpec, select_labels: Mapping[str, str]) -> dict[str, Any]:
    """Has Prometheus scrape cert-manager, as its chart would with `service_monitor`; `select_labels` are those by which
    Prometheus chooses it."""
    labels = {**spec.ownership.labels(component="certificates"), **select_labels}
    chosen = {"app.kubernetes.io/name": _NAME, "app.kubernetes.io/instance": _NAME}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {"name": _NAME, "namespace": spec.namespace, "labels": labels},
        "spec": {
            "selector": {"matchLabels": chosen},
            "endpoints": [{"targetPort": "http-metrics", "path": "/metrics", "interval": "60s"}],
        },
    }


def _apart(component: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/instance": _NAME, "app.kubernetes.io/component": component}
    return {
        "maxSkew": 1,
        "topologyKey": HOSTNAME,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": labels},
    }
