"""`Coroot`: its operator and one Coroot, for whoever asks for it."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.charts import chart_release
from dbaas_components.bootstrap.coroot.render import (
    NAME,
    PASSWORD_KEY,
    custom_resource,
    first_password,
    gate_job,
    operator_values,
)
from dbaas_components.bootstrap.coroot.spec import CorootSpec
from dbaas_components.bootstrap.first_passwords import place_first_password
from dbaas_components.bootstrap.gates import place_gate
from dbaas_components.bootstrap.namespaces import NamespaceSpec, namespace_objects
from dbaas_components.bootstrap.placing import place
from dbaas_components.labels import GATE


class SecretKeyArgs(TypedDict):
    """A key of a Secret in Coroot's namespace."""

    secret: str
    """Name of the Secret."""
    key: str
    """Key within it."""


class CorootPostgresArgs(TypedDict):
    """The PostgreSQL database in which several replicas keep what they share."""

    host: str
    """Its host: `<database>-primary.<namespace>.svc` of a `pg` database."""
    port: NotRequired[int]
    """Default 5432."""
    user: str
    """Who logs in."""
    database: str
    """Name of the database."""
    password: SecretKeyArgs
    """Where the password is."""
    ssl_mode: NotRequired[Literal["require", "verify-ca", "verify-full", "disable"]]
    """Default `require`."""


class CorootPrometheusArgs(TypedDict):
    """A Prometheus that is there. It gets all that Coroot's agents measure, a second set of `kube_*` metrics among it:
    one that other alerts look into should keep them apart, by a tenant's header for instance."""

    url: str
    """Its address."""
    remote_write_url: NotRequired[str]
    """Where it takes metrics; default: below `url`."""
    headers: NotRequired[Mapping[str, str]]
    """Headers of each request, such as `X-Scope-OrgID`."""


class CorootStorageArgs(TypedDict):
    """A volume."""

    size: str
    """Its size; it can grow later, never shrink."""
    storage_class: NotRequired[str]
    """StorageClass; default: the Kubernetes cluster's own."""


class CorootRetentionArgs(TypedDict):
    """How long what is seen is kept: a number and `h`, `d`, `w` or `y`."""

    metrics: NotRequired[str]
    """Default `30d`."""
    logs: NotRequired[str]
    """Default `7d`."""
    traces: NotRequired[str]
    """Default `7d`."""
    profiles: NotRequired[str]
    """Default `7d`."""


class CorootArgs(TypedDict):
    """Arguments of `Coroot`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    namespace: NotRequired[str]
    """Namespace; default `coroot`."""
    create_namespace: NotRequired[bool]
    """Whether it is made here; default true. One that is there must allow privileged pods
    (`pod-security.kubernetes.io/enforce: privileged`): the agent on each node is one."""
    admin_from: NotRequired[Literal["external_secrets", "job", "existing"]]
    """Who makes the admin's first password within the Kubernetes cluster: a generator of External Secrets (default), a
    Job where there is none, or nobody, because `admin_secret` is there."""
    admin_secret: NotRequired[str]
    """Secret with it under the key `password`; default `coroot-admin`."""
    replicas: NotRequired[int]
    """Pods of Coroot itself; default 1. More need `postgres`."""
    postgres: NotRequired[CorootPostgresArgs]
    """Where they keep what they share."""
    external_prometheus: NotRequired[CorootPrometheusArgs]
    """A Prometheus that is there; default: one of Coroot's own."""
    prometheus_storage: NotRequired[CorootStorageArgs]
    """Volume of its own Prometheus; default `20Gi`."""
    clickhouse_replicas: NotRequired[int]
    """Copies of logs, traces and profiles; default 1. More bring three keepers."""
    clickhouse_storage: NotRequired[CorootStorageArgs]
    """Volume of each copy; default `50Gi`."""
    storage: NotRequired[CorootStorageArgs]
    """Volume of each pod of Coroot; default `10Gi`."""
    retention: NotRequired[CorootRetentionArgs]
    """How long what is seen is kept."""
    resources: NotRequired[Mapping[str, str]]
    """CPU and memory of Coroot: `cpu` (default `500m`), `memory` (`1Gi`), `cpu_limit`, `memory_limit` (`4Gi`)."""
    logs: NotRequired[bool]
    """Whether logs of all pods are collected; default true. They may hold what no one should read."""
    traces: NotRequired[bool]
    """Whether requests are traced from the nodes; default true."""
    profiles: NotRequired[bool]
    """Whether programs are profiled; default true."""
    api_key: NotRequired[SecretKeyArgs]
    """Key with which agents send what they see; default: none."""
    node_agent_priority_class: NotRequired[str]
    """PriorityClass of the agents on the nodes."""
    node_labels: NotRequired[Mapping[str, str]]
    """Labels of the nodes that all but these agents may run on."""
    tolerations: NotRequired[Sequence[Mapping[str, Any]]]
    """Taints of nodes that these accept, as for databases; the agents run everywhere."""
    pull_secret: NotRequired[str]
    """Secret with credentials of the registry."""
    deletion_protection: NotRequired[bool]
    """Whether volumes stay when Coroot goes, and the engine refuses to delete their namespace; default true."""
    sources: NotRequired[Mapping[str, str]]
    """`mirror` or `chart_folder`; default: everything from its maker."""


class Coroot(Component):
    """Coroot's operator and one Coroot: metrics, logs, traces and profiles of all pods, without a change to them.

    An agent on each node sees all that the node does, for which it is privileged. The definition of the custom resource
    must be there. Pods and volumes bear their owner in annotations: the operator passes no labels on.
    """

    url: pulumi.Output[str]
    """Its address within the Kubernetes cluster."""
    admin: pulumi.Output[str]
    """Where the password of user `admin` is: `namespace/secret/key`."""
    namespace: pulumi.Output[str]
    """Its namespace."""
    shows: pulumi.Output[str]
    """What is so before anything waits no longer, in words."""

    def __init__(self, name: str, args: CorootArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(CorootSpec, f'Coroot "{name}"', args)
        self.begin(name, opts)
        self._spec = spec
        before = [*self._namespace()]
        password = place_first_password(
            first_password(spec), spec.admin_from, partial(place, self), before, self._kept()
        )
        operator = chart_release(
            self,
            "operator",
            "coroot-operator",
            operator_values(spec),
            namespace=spec.namespace,
            sources=spec.sources,
            depends_on=before,
        )
        manifest = custom_resource(spec)
        manifest["metadata"]["annotations"] = {GATE: "Coroot's operator is available"}
        # The operator says so when it has made everything, whatever becomes of it, and else what it refuses.
        manifest["metadata"]["annotations"]["pulumi.com/waitFor"] = "jsonpath={.status.status}=OK"
        custom = place(self, NAME, manifest, [*before, *password, operator])
        self._gate = place_gate(gate_job(spec), "gate", partial(place, self), [*before, custom])
        self.publish(
            self._gate,
            url=f"http://{NAME}-coroot.{spec.namespace}:8080",
            admin=f"{spec.namespace}/{spec.admin_secret}/{PASSWORD_KEY}",
            namespace=spec.namespace,
            shows="its pods are ready",
        )

    @property
    def gate(self) -> pulumi.Resource:
        """What looks at Coroot has to depend on: all its pods are ready."""
        return self._gate

    def _namespace(self) -> Sequence[pulumi.Resource]:
        spec = self._spec
        if not spec.create_namespace:
            return []
        text = f"pods of namespace {spec.namespace} may be privileged, for Coroot's agent on every node"
        pulumi.log.info(text, self)
        made = NamespaceSpec(name=spec.namespace, security="privileged", deletion_protection=spec.deletion_protection)
        (manifest,) = namespace_objects(made, spec.ownership)
        return [place(self, "namespace", manifest, (), **self._kept())]

    def _kept(self) -> dict[str, bool]:
        protected = self._spec.deletion_protection
        return {"protect": protected, "retain_on_delete": protected}
