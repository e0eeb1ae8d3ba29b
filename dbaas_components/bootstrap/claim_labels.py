"""`ClaimLabels`: owner labels on the volume claims of databases whose operators give them none."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.charts import Sources
from dbaas_components.bootstrap.jobs import KUBERNETES_API, ProgramJob
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec.part import Cron, NamespaceName, Part
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.labels import COST_CENTRE, ENVIRONMENT, OWNER, TENANT
from dbaas_components.ownership import Ownership
from dbaas_components.versions.tools import PYTHON_IMAGE

_ROLES: Final = "rbac.authorization.k8s.io"
_INSTANCE: Final = "app.kubernetes.io/instance"
_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
# Of the selectors of their StatefulSets, which Kubernetes puts on the claims. The other two engines' operators label
# claims themselves.
_OPERATORS: Final[Mapping[str, str]] = MappingProxyType(
    {"pxc": "percona-xtradb-cluster-operator", "ps": "percona-server-mysql-operator"}
)


class ClaimLabelsArgs(TypedDict):
    """Arguments of `ClaimLabels`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    namespace: NotRequired[str]
    """Existing namespace that it runs in; default `percona-operators`."""
    schedule: NotRequired[str]
    """When it looks, in UTC; default every hour, `17 * * * *`."""
    sources: NotRequired[Mapping[str, str]]
    """Where images come from: `mirror`; default: from their makers."""


class ClaimLabelsSpec(Part):
    """The arguments of `ClaimLabels`, checked."""

    ownership: Ownership
    namespace: NamespaceName = "percona-operators"
    schedule: Cron = "17 * * * *"
    sources: Sources = Sources()


class ClaimLabels(Component):
    """Copies tenant, owner, environment and cost centre of `pxc` and `ps` databases onto their claims, every hour.

    No field of PXC operator 1.20.0 and PS operator 1.2.0 reaches the labels of a claim. It reads custom resources and
    claims of all namespaces and changes nothing but these labels.
    """

    def __init__(self, name: str, args: ClaimLabelsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(ClaimLabelsSpec, f'claim labels "{name}"', args)
        self.begin(name, opts)
        job = labelling_job(spec, name)
        needed = [
            KubernetesObject(self.child_name(one["kind"].lower()), one, self.child_options())
            for one in [*rights(spec, name), job.config_map()]
        ]
        options = self.child_options(depends_on=needed)
        self._last = KubernetesObject(self.child_name("cronjob"), job.cron_job(spec.schedule), options)
        self.publish(self._last)


def labelling_job(spec: ClaimLabelsSpec, name: str) -> ProgramJob:
    """The program with what it is told."""
    configuration = {
        "kubernetes": dict(KUBERNETES_API),
        "labels": [TENANT, OWNER, ENVIRONMENT, COST_CENTRE],
        "kinds": [
            {
                "path": f"apis/{ENGINES[engine].api_version}/{ENGINES[engine].plural}",
                "claims": {_MANAGED_BY: operator},
                "instance": _INSTANCE,
            }
            for engine, operator in _OPERATORS.items()
        ],
    }
    return ProgramJob(
        name=name,
        namespace=spec.namespace,
        program="claim_labels",
        modules=("service", "kubernetes_api"),
        configuration=configuration,
        image=spec.sources.image(PYTHON_IMAGE),
        labels=spec.ownership.labels(component="claim-labels", instance=name),
        deadline_seconds=600,
    )


def rights(spec: ClaimLabelsSpec, name: str) -> list[dict[str, Any]]:
    """To list databases and claims of all namespaces, and to patch claims."""
    labels = spec.ownership.labels(component="claim-labels", instance=name)
    rules: list[dict[str, Any]] = [
        {"apiGroups": [ENGINES[engine].group], "resources": [ENGINES[engine].plural], "verbs": ["list"]}
        for engine in _OPERATORS
    ]
    rules.append({"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["list", "patch"]})
    inside, everywhere = {"name": name, "namespace": spec.namespace, "labels": labels}, {"name": name, "labels": labels}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": inside},
        {"apiVersion": f"{_ROLES}/v1", "kind": "ClusterRole", "metadata": everywhere, "rules": rules},
        {
            "apiVersion": f"{_ROLES}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": everywhere,
            "roleRef": {"apiGroup": _ROLES, "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": spec.namespace}],
        },
    ]
