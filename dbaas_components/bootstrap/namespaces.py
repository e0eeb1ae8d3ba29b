"""`Namespaces`: namespaces with their security level, limits and owner."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.databases.spec.part import LabelKey, LabelValue, Line, NamespaceName, Part
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.ownership import Ownership, Somebody

_SECURITY = "pod-security.kubernetes.io"


class NamespaceArgs(TypedDict):
    """One namespace."""

    name: str
    """Name of the namespace."""
    security: NotRequired[Literal["restricted", "baseline", "privileged"]]
    """What its pods may do at most, by Kubernetes' Pod Security Standards; default `baseline`. `privileged` allows
    everything that the node can do."""
    deletion_protection: NotRequired[bool]
    """Whether the engine refuses to delete it; default true, because everything in it goes with it."""
    tenant: NotRequired[str]
    """Who it belongs to; default: the platform's own tenant."""
    labels: NotRequired[Mapping[str, str]]
    """Further labels."""
    quota: NotRequired[Mapping[str, str]]
    """What all its objects may take together, such as `{"requests.cpu": "40", "requests.storage": "2Ti"}`."""
    isolated: NotRequired[bool]
    """Whether pods of other namespaces are kept out unless a further policy lets them in; default false."""


class NamespacesArgs(TypedDict):
    """Arguments of `Namespaces`."""

    namespaces: Sequence[NamespaceArgs]
    """The namespaces."""
    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""


class NamespaceSpec(Part):
    """One namespace, checked."""

    name: NamespaceName
    security: Literal["restricted", "baseline", "privileged"] = "baseline"
    deletion_protection: bool = True
    tenant: Somebody | None = None
    labels: dict[LabelKey, LabelValue] = {}
    quota: dict[Line, Line] = {}
    isolated: bool = False


class NamespacesSpec(Part):
    """The arguments of `Namespaces`, checked."""

    namespaces: tuple[NamespaceSpec, ...]
    ownership: Ownership


class Namespaces(Component):
    """Namespaces that say how far their pods may go, whose they are and who pays."""

    names: pulumi.Output[list[str]]
    """Names of the namespaces, known once all are made."""

    def __init__(self, name: str, args: NamespacesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(NamespacesSpec, f'namespaces "{name}"', args)
        self.begin(name, opts)
        self._made: dict[str, KubernetesObject] = {}
        for one in spec.namespaces:
            first, *others = namespace_objects(one, spec.ownership)
            namespace = KubernetesObject(
                self.child_name(one.name), first, self.child_options(protect=one.deletion_protection)
            )
            self._made[one.name] = namespace
            for manifest in others:
                role = f"{one.name}-{manifest['kind'].lower()}"
                KubernetesObject(self.child_name(role), manifest, self.child_options(depends_on=[namespace]))
        self.publish(*self._made.values(), names=list(self._made))

    def gate(self, namespace: str) -> KubernetesObject:
        """The namespace that what lives in it has to depend on. Raises `KeyError` for one that is not made here."""
        return self._made[namespace]


def namespace_objects(spec: NamespaceSpec, ownership: Ownership) -> list[dict[str, Any]]:
    """The namespace first, then its quota and its network policy where it has them."""
    whose = ownership if spec.tenant is None else ownership.model_copy(update={"tenant": spec.tenant})
    labels = {
        **whose.labels(component="namespace"),
        f"{_SECURITY}/enforce": spec.security,
        # What is stricter than enforced is only told, to whoever applies it.
        f"{_SECURITY}/warn": "restricted" if spec.security == "baseline" else spec.security,
        **spec.labels,
    }
    found: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": spec.name, "labels": labels}}
    ]
    inside = {"namespace": spec.name, "labels": whose.labels(component="namespace")}
    if spec.quota:
        quota = {"metadata": {"name": "platform", **inside}, "spec": {"hard": dict(spec.quota)}}
        found.append({"apiVersion": "v1", "kind": "ResourceQuota", **quota})
    if spec.isolated:
        # Empty selectors: every pod of this namespace, let in from every pod of this namespace.
        rules: dict[str, Any] = {
            "podSelector": {},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {}}]}],
        }
        policy = {"metadata": {"name": "own-namespace-only", **inside}, "spec": rules}
        found.append({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", **policy})
    return found
