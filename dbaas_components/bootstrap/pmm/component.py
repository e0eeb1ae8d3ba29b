"""`Pmm`: Percona Monitoring and Management, in this Kubernetes cluster or elsewhere."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.charts import chart_release
from dbaas_components.bootstrap.first_passwords import place_first_password
from dbaas_components.bootstrap.namespaces import NamespaceSpec, namespace_objects
from dbaas_components.bootstrap.placing import place
from dbaas_components.bootstrap.pmm import objects
from dbaas_components.bootstrap.pmm.spec import PASSWORD_KEY, PmmSpec
from dbaas_components.bootstrap.pmm.values import CLAIM, RELEASE, pmm_values


class IssuerArgs(TypedDict):
    """Who issues a certificate."""

    name: NotRequired[str]
    """Its name; default `dbaas-ca`."""
    kind: NotRequired[Literal["ClusterIssuer", "Issuer"]]
    """Default `ClusterIssuer`; an `Issuer` must be in PMM's namespace."""


class PmmStorageArgs(TypedDict):
    """The volume with all metrics and settings."""

    size: NotRequired[str]
    """Default `100Gi`. It can grow later, never shrink."""
    storage_class: NotRequired[str]
    """StorageClass; default: the Kubernetes cluster's own. It cannot be changed later."""


class ExternalPmmArgs(TypedDict):
    """A PMM server, version 3, that somebody else runs."""

    server: str
    """Its address: `https://pmm.example.com`."""
    admin_secret: str
    """Secret with the password of an admin, in the namespace of `PmmTokens`."""
    admin_key: NotRequired[str]
    """Key in it; default `PMM_ADMIN_PASSWORD`."""
    admin_user: NotRequired[str]
    """That admin; default `admin`."""
    ca_secret: NotRequired[str]
    """Secret with the authority of its certificate, in that namespace; default: the public ones."""
    ca_key: NotRequired[str]
    """Key in it; default `ca.crt`."""


class PmmArgs(TypedDict):
    """Arguments of `Pmm`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    external: NotRequired[ExternalPmmArgs]
    """A server elsewhere: nothing is installed, and `namespace` is where its admin's Secret is."""
    namespace: NotRequired[str]
    """Namespace; default `pmm`."""
    create_namespace: NotRequired[bool]
    """Whether it is made here; default true, for an external server never."""
    admin_from: NotRequired[Literal["external_secrets", "job", "existing"]]
    """Who makes the admin's first password within the Kubernetes cluster: a generator of External Secrets (default), a
    Job where there is none, or nobody, because `admin_secret` is there."""
    admin_secret: NotRequired[str]
    """Secret with it under the key `PMM_ADMIN_PASSWORD`; default `pmm-admin`. All its keys become variables of PMM."""
    certificate: NotRequired[Literal["cert_manager", "self_signed"]]
    """Where the server's certificate is from; default cert-manager."""
    issuer: NotRequired[IssuerArgs]
    """Who issues it."""
    host_names: NotRequired[Sequence[str]]
    """Further names in it, such as the load balancer's."""
    storage: NotRequired[PmmStorageArgs]
    """The volume."""
    retention: NotRequired[str]
    """How long metrics are kept, in whole days; default `30d`."""
    resources: NotRequired[Mapping[str, str]]
    """CPU and memory: `cpu` (default `1`), `memory` (`4Gi`), `cpu_limit` and `memory_limit`."""
    environment: NotRequired[Mapping[str, str]]
    """Further settings of PMM (`PMM_...`) and of its Grafana (`GF_...`); secret ones belong into `admin_secret`."""
    service: NotRequired[Literal["internal", "load_balancer"]]
    """Who reaches it; default: the Kubernetes cluster alone."""
    service_annotations: NotRequired[Mapping[str, str]]
    """Annotations of a load balancer's Service."""
    node_labels: NotRequired[Mapping[str, str]]
    """Labels of the nodes that it may run on."""
    tolerations: NotRequired[Sequence[Mapping[str, Any]]]
    """Taints of nodes that it accepts, as for databases."""
    pull_secrets: NotRequired[Sequence[str]]
    """Secrets with credentials of the registry."""
    deletion_protection: NotRequired[bool]
    """Whether the engine refuses to delete the volume and the admin's password, and leaves them there if they leave the
    program; default true."""
    sources: NotRequired[Mapping[str, str]]
    """`mirror` or `chart_folder`; default: everything from its maker."""


class Pmm(Component):
    """PMM 3: one pod, its volume, its certificate and an admin whose password nobody has seen.

    Telemetry and updates from within are off. It is one pod whatever is done: while it restarts, no
    alert of its own fires.
    """

    server: pulumi.Output[str]
    """Its address, for `PmmTokens`."""
    host: pulumi.Output[str]
    """Its host, for a database's `observability.pmm.server`."""
    namespace: pulumi.Output[str]
    """Namespace of the Secrets below."""
    admin: pulumi.Output[str]
    """Where the admin's password is: `namespace/secret/key`."""
    ca: pulumi.Output[str | None]
    """Where the authority of its certificate is: `namespace/secret/key`; None for the public ones, and for a
    certificate that PMM made itself."""

    def __init__(self, name: str, args: PmmArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(PmmSpec, f'PMM "{name}"', args)
        self.begin(name, opts)
        self._spec = spec
        self._gate: pulumi.Resource | None = None if spec.external else self._install()
        self.publish(*([self._gate] if self._gate else ()), **_outputs(spec))

    @property
    def gate(self) -> pulumi.Resource:
        """What needs a PMM that answers has to depend on: the release, or this component for a server elsewhere."""
        return self._gate or self

    def _install(self) -> pulumi.Resource:
        spec = self._spec
        before: list[pulumi.Resource] = []
        if spec.create_namespace:
            made = NamespaceSpec(name=spec.namespace, deletion_protection=spec.deletion_protection)
            (manifest,) = namespace_objects(made, spec.ownership)
            before.append(place(self, "namespace", manifest, (), **self._kept()))
        password = place_first_password(
            objects.first_password(spec), spec.admin_from, partial(place, self), before, self._kept()
        )
        needed = [*password, self._volume(before), *self._certificate(before)]
        return chart_release(
            self,
            "server",
            "pmm",
            pmm_values(spec),
            namespace=spec.namespace,
            sources=spec.sources,
            release_name=RELEASE,
            timeout=900,
            depends_on=[*before, *needed],
        )

    def _volume(self, before: Sequence[pulumi.Resource]) -> pulumi.Resource:
        return place(self, "volume", objects.claim(self._spec, CLAIM), before, **self._kept())

    def _certificate(self, before: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        if self._spec.certificate == "self_signed":
            return []
        return [
            place(self, "certificate", objects.certificate(self._spec), before),
            place(self, "web-server", objects.web_server_settings(self._spec), before),
        ]

    def _kept(self) -> dict[str, bool]:
        """Options of what holds data: the volume, the password that opens it, and the namespace of both."""
        protected = self._spec.deletion_protection
        return {"protect": protected, "retain_on_delete": protected}


def _outputs(spec: PmmSpec) -> Mapping[str, Any]:
    external = spec.external
    secret, key = (external.admin_secret, external.admin_key) if external else (spec.admin_secret, PASSWORD_KEY)
    if external:
        ca = f"{spec.namespace}/{external.ca_secret}/{external.ca_key}" if external.ca_secret else None
    else:
        own = spec.certificate == "self_signed"
        ca = None if own else f"{spec.namespace}/{objects.CERTIFICATE_SECRET}/ca.crt"
    return {
        "server": spec.server,
        "host": spec.host,
        "namespace": spec.namespace,
        "admin": f"{spec.namespace}/{secret}/{key}",
        "ca": ca,
    }
