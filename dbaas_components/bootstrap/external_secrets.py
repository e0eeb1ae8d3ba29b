"""`ExternalSecrets`: what brings secrets from a store into Kubernetes."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, NotRequired, TypedDict

import pulumi
from pydantic import Field, model_validator

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.charts import FromCharts, chart_release
from dbaas_components.bootstrap.namespaces import NamespaceSpec, namespace_objects
from dbaas_components.databases.spec.part import NamespaceName, ObjectName
from dbaas_components.errors import Problem, SpecError
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.ownership import Ownership

_NAME: Final = "external-secrets"
_IMAGE: Final = "ghcr.io/external-secrets/external-secrets"


class ExternalSecretsArgs(TypedDict):
    """Arguments of `ExternalSecrets`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    existing: NotRequired[bool]
    """Whether somebody else runs it here: nothing is installed, and `namespace` is where it runs; default false."""
    namespace: NotRequired[str]
    """Namespace that it runs in; default `external-secrets`."""
    create_namespace: NotRequired[bool]
    """Whether that namespace is made here; default true."""
    definitions: NotRequired[Literal["apart", "chart"]]
    """Who brings its definitions: `CustomResourceDefinitions`, with `external-secrets` in its `software` (default), or
    its chart, marked so that no uninstallation takes them along."""
    replicas: NotRequired[int]
    """Pods of each of its three parts; default 2, of which one of the controller works."""
    concurrency: NotRequired[int]
    """How many secrets it works on at a time; default 4."""
    service_monitor: NotRequired[bool]
    """Whether a ServiceMonitor has Prometheus scrape it; its definition must be there; default false."""
    priority_class: NotRequired[str]
    """PriorityClass of its pods; default: none."""
    sources: NotRequired[Mapping[str, str]]
    """`mirror` or `chart_folder`; default: everything from its maker."""


class ExternalSecretsSpec(FromCharts):
    """The arguments of `ExternalSecrets`, checked."""

    ownership: Ownership
    existing: bool = False
    namespace: NamespaceName = _NAME
    create_namespace: bool = True
    definitions: Literal["apart", "chart"] = "apart"
    replicas: Annotated[int, Field(ge=1, le=9)] = 2
    concurrency: Annotated[int, Field(ge=1, le=100)] = 4
    service_monitor: bool = False
    priority_class: ObjectName | None = None

    @property
    def charts(self) -> Iterable[str]:
        """The charts that are installed."""
        return () if self.existing else (_NAME,)

    @model_validator(mode="after")
    def _told_for_nothing(self) -> "ExternalSecretsSpec":
        vain = self.model_fields_set - {"ownership", "existing", "namespace", "sources"} if self.existing else ()
        if vain:
            message = "has no effect where somebody else runs it; leave it out, or existing"
            raise SpecError("external secrets", [Problem(name, message) for name in sorted(vain)])
        return self


class ExternalSecrets(Component):
    """External Secrets Operator v2.9.0. Its definitions outlive it: with them would go every ExternalSecret, and with
    those the Secrets that they own."""

    namespace: pulumi.Output[str]
    """Namespace that it runs in."""
    service_account: pulumi.Output[str]
    """Its service account, `namespace/name`, for roles of Vault."""
    shows: pulumi.Output[str]
    """What is so before anything waits no longer, in words; not where somebody else runs it."""

    def __init__(self, name: str, args: ExternalSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(ExternalSecretsSpec, f'external secrets "{name}"', args)
        self.begin(name, opts)
        self._gate = None if spec.existing else self._install(spec)
        found = {"namespace": spec.namespace, "service_account": f"{spec.namespace}/{_NAME}"}
        if self._gate:
            self.publish(self._gate, **found, shows="its webhook runs with a certificate")
        else:
            self.publish(**found)

    @property
    def gate(self) -> pulumi.Resource:
        """What stores and ExternalSecrets have to depend on: all three parts are ready, the webhook with a
        certificate. Of somebody else's, this component: the store's own probe shows whether it works."""
        return self._gate or self

    def _install(self, spec: ExternalSecretsSpec) -> pulumi.Resource:
        before: list[pulumi.Resource] = []
        if spec.create_namespace:
            made = NamespaceSpec(name=spec.namespace, security="restricted", deletion_protection=False)
            (manifest,) = namespace_objects(made, spec.ownership)
            before.append(KubernetesObject(self.child_name("namespace"), manifest, self.child_options()))
        return chart_release(
            self,
            "release",
            _NAME,
            external_secrets_values(spec),
            namespace=spec.namespace,
            sources=spec.sources,
            depends_on=before,
        )


def external_secrets_values(spec: ExternalSecretsSpec) -> dict[str, Any]:
    """Values of chart external-secrets 2.9.0."""
    several = spec.replicas > 1
    part: dict[str, Any] = {
        "image": {"repository": spec.sources.image(_IMAGE)},
        "replicaCount": spec.replicas,
        "podDisruptionBudget": {"enabled": several, **({"minAvailable": 1} if several else {})},
        **({"priorityClassName": spec.priority_class} if spec.priority_class else {}),
    }
    return {
        **part,
        "commonLabels": spec.ownership.owner_labels(),
        "global": {"podLabels": spec.ownership.owner_labels()},
        **_definitions(spec),
        # Off by default, and a second replica would then write at the same time.
        "leaderElect": True,
        "concurrent": spec.concurrency,
        # A store for a whole Kubernetes cluster is one of ours, bound to namespaces; who pushes to all of them is not.
        "processClusterPushSecret": False,
        "webhook": {**part, "failurePolicy": "Fail"},
        "certController": part,
        # Rendered also where nobody can be asked whether the definition is there.
        "serviceMonitor": {"enabled": spec.service_monitor, "renderMode": "alwaysRender"},
    }


def _definitions(spec: ExternalSecretsSpec) -> dict[str, Any]:
    if spec.definitions == "apart":
        return {"installCRDs": False}
    # They are templates of the chart: Helm upgrades them, and without the mark it would delete them too.
    return {"installCRDs": True, "crds": {"annotations": {"helm.sh/resource-policy": "keep"}}}
