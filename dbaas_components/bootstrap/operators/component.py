"""`Operators`: the four operators, each in its namespace."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.charts import chart_release
from dbaas_components.bootstrap.gates import place_gate
from dbaas_components.bootstrap.namespaces import NamespaceSpec, namespace_objects
from dbaas_components.bootstrap.operators import extras
from dbaas_components.bootstrap.operators.live import InstalledCheck
from dbaas_components.bootstrap.operators.rows import OPERATORS, OperatorRow
from dbaas_components.bootstrap.operators.spec import Installation, OperatorsSpec
from dbaas_components.errors import Problem, SpecError
from dbaas_components.kubernetes_objects import KubernetesObject


class InstallationArgs(TypedDict):
    """The operators of one namespace."""

    namespace: NotRequired[str]
    """Namespace that they run in; default `percona-operators`."""
    engines: NotRequired[Sequence[str]]
    """Engines whose operators run there; default: all that are chosen."""
    watch_namespaces: NotRequired[Sequence[str]]
    """Namespaces whose databases they run, besides their own; default: every namespace."""


class OperatorsArgs(TypedDict):
    """Arguments of `Operators`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    engines: NotRequired[Sequence[str]]
    """Engines whose operators are installed; default: `pxc`, `ps`, `psmdb` and `pg`."""
    installations: NotRequired[Sequence[InstallationArgs]]
    """Where; default: once, in `percona-operators`, for every namespace. No two may watch the same namespace for the
    same engine."""
    create_namespaces: NotRequired[bool]
    """Whether the namespaces of `installations` are made here; default true."""
    replicas: NotRequired[int]
    """Pods of each operator, one of which works while the others wait; default 2."""
    concurrency: NotRequired[int]
    """Databases that each operator works on at a time; default 4. The operator of pg decides that itself."""
    resources: NotRequired[Mapping[str, str]]
    """CPU and memory of each operator: `cpu` (default `100m`), `memory` (`256Mi`), `cpu_limit` (none) and
    `memory_limit` (`1Gi`; `memory` where only that is given)."""
    log_level: NotRequired[Literal["DEBUG", "INFO", "ERROR"]]
    """What is logged at least; default `INFO`. Logs are JSON."""
    priority_class: NotRequired[str]
    """PriorityClass of the operators' pods; default: none. Charts have no place for it, so that it is patched into the
    Deployments of pxc, psmdb and pg, which `dbaas render` cannot write."""
    node_labels: NotRequired[Mapping[str, str]]
    """Labels of the nodes that they may run on."""
    tolerations: NotRequired[Sequence[Mapping[str, Any]]]
    """Taints of nodes that they accept, as for databases."""
    identities: NotRequired[Mapping[str, Mapping[str, Any]]]
    """Engine (`pxc` or `psmdb`) to annotations of its operator's service account, which make it somebody in the cloud:
    it deletes old backups. `{"pxc": {"eks.amazonaws.com/role-arn": "arn:..."}}`."""
    service_monitor: NotRequired[bool]
    """Whether a ServiceMonitor has Prometheus scrape them; its definition must be there; default false."""
    service_monitor_labels: NotRequired[Mapping[str, str]]
    """Further labels of it, by which Prometheus chooses it."""
    pull_secrets: NotRequired[Sequence[str]]
    """Secrets with credentials of the registry, in each namespace."""
    check_installed: NotRequired[bool]
    """Whether a preview and an update first look for operators that run already and would fight with these; default
    true. It needs a Kubernetes provider that is given to this component, and leave to list Deployments."""
    sources: NotRequired[Mapping[str, str]]
    """`mirror` or `chart_folder`; default: everything from its maker."""


class Operators(Component):
    """The operators of the chosen engines, with telemetry off and leader election on.

    Their definitions are not theirs: `CustomResourceDefinitions` owns them. Databases depend on `gate`.
    """

    operator_namespaces: pulumi.Output[dict[str, list[str]]]
    """Engine to the namespaces of its operators, for the databases' `network.operator_namespaces`."""
    service_accounts: pulumi.Output[dict[str, list[str]]]
    """Engine to the operators' service accounts as `namespace/name`, for policies of Vault and of the cloud."""
    versions: pulumi.Output[dict[str, str]]
    """Engine to its operator's version."""

    def __init__(self, name: str, args: OperatorsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(OperatorsSpec, f'operators "{name}"', args)
        self.begin(name, opts)
        self._spec = spec
        self._check = InstalledCheck(self, name)
        self._hooks = self._check.binding() if spec.check_installed else None
        self._gates: list[tuple[Installation, str, KubernetesObject]] = []
        for installation in spec.installations:
            before = self._namespace(installation)
            for engine in spec.engines_of(installation):
                gate = self._operator(installation, OPERATORS[engine], before)
                self._gates.append((installation, engine, gate))
        self.publish(*self.gates, **_outputs(spec))

    @property
    def gates(self) -> list[KubernetesObject]:
        """What is made last of each operator."""
        return [gate for _, _, gate in self._gates]

    def gate(self, engine: str, namespace: str) -> KubernetesObject:
        """What a database of this engine in this namespace has to depend on: its operator runs and leads.

        Raises `SpecError` where none of these operators would see that database.
        """
        for installation, one, gate in self._gates:
            if one == engine and (installation.watched is None or namespace in installation.watched):
                return gate
        message = f"no operator of {engine} watches it; add {engine} to engines, or {namespace} to watch_namespaces"
        raise SpecError(f"namespace {namespace}", [Problem("", message)])

    def _namespace(self, installation: Installation) -> list[pulumi.Resource]:
        if not self._spec.create_namespaces:
            return []
        made = NamespaceSpec(name=installation.namespace, deletion_protection=False)
        (manifest,) = namespace_objects(made, self._spec.ownership)
        return [KubernetesObject(self.child_name(installation.namespace), manifest, self.child_options())]

    def _operator(
        self, installation: Installation, row: OperatorRow, before: Sequence[pulumi.Resource]
    ) -> KubernetesObject:
        spec = self._spec

        def place(
            role: str, manifest: dict[str, Any], behind: Sequence[pulumi.Resource], **leaf: Any
        ) -> KubernetesObject:
            full = f"{installation.namespace}-{row.engine}-{role}"
            options = self.child_options(depends_on=list(behind) or None, **leaf)
            return KubernetesObject(self.child_name(full), manifest, options)

        if row.own_account:
            before = [*before, place("account", extras.service_account(spec, installation, row), before)]
        deployed = self._deployed(installation, row, before)
        place("metrics", extras.metrics_service(spec, installation, row), before)
        if spec.service_monitor:
            place("monitor", extras.service_monitor(spec, installation, row), before)
        leads = place_gate(extras.gate_job(spec, installation, row), "leads", place, [*before, *deployed])
        return place("gate", extras.disruption_budget(spec, installation, row), [*deployed, leads])

    def _deployed(
        self, installation: Installation, row: OperatorRow, before: Sequence[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        """The operator itself, from its chart or as objects of its own; what is behind these has it running."""
        spec, name = self._spec, row.name(installation)
        image = spec.sources.image(row.image)
        role = f"{installation.namespace}-{row.engine}"
        self._check.add(self.child_name(role), installation, row.engine)
        if row.values is not None:
            release = chart_release(
                self,
                role,
                row.chart,
                row.values(spec, installation, name, image),
                namespace=installation.namespace,
                sources=spec.sources,
                release_name=name,
                depends_on=before,
                hooks=self._hooks,
            )
            return [release, *self._priority(installation, row, release)]
        assert row.objects is not None
        *rights, deployment = row.objects(spec, installation, name, image)
        made: list[pulumi.Resource] = [
            KubernetesObject(
                self.child_name(f"{role}-{one['kind'].lower()}"),
                one,
                self.child_options(depends_on=list(before) or None),
            )
            for one in rights
        ]
        options = self.child_options(depends_on=[*before, *made], hooks=self._hooks)
        return [KubernetesObject(self.child_name(role), deployment, options)]

    def _priority(
        self, installation: Installation, row: OperatorRow, release: pulumi.Resource
    ) -> Sequence[pulumi.Resource]:
        """What the chart has no place for, written into its Deployment; Helm leaves alone what it never wrote."""
        if self._spec.priority_class is None:
            return []
        # Here and not above: it loads a good part of the Kubernetes SDK.
        from pulumi_kubernetes.apps.v1 import DeploymentPatch

        pods: Any = {
            "metadata": {"labels": self._spec.ownership.owner_labels()},
            "spec": {"priorityClassName": self._spec.priority_class},
        }
        return [
            DeploymentPatch(
                self.child_name(f"{installation.namespace}-{row.engine}-priority"),
                metadata={"name": row.name(installation), "namespace": installation.namespace},
                spec={"template": pods},
                opts=self.child_options(depends_on=[release]),
            )
        ]


def _outputs(spec: OperatorsSpec) -> Mapping[str, Any]:
    namespaces: dict[str, list[str]] = {}
    accounts: dict[str, list[str]] = {}
    for installation, engine in spec.installed:
        namespaces.setdefault(engine, []).append(installation.namespace)
        name = OPERATORS[engine].name(installation)
        accounts.setdefault(engine, []).append(f"{installation.namespace}/{name}")
    return {
        "operator_namespaces": namespaces,
        "service_accounts": accounts,
        "versions": {engine: OPERATORS[engine].version for engine in namespaces},
    }
