"""`CertificateAuthority` and `NamespaceIssuers`: one root, and who signs with it."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, Final, NotRequired, TypedDict

import pulumi
from pydantic import AfterValidator

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.fields import not_empty
from dbaas_components.databases.spec.part import (
    Duration,
    LabelName,
    Line,
    NamespaceName,
    ObjectName,
    Part,
    duration_of,
    go_duration,
)
from dbaas_components.errors import Problem, SpecError, shown
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.ownership import Ownership

_API: Final = "cert-manager.io/v1"
_GROUP: Final = "cert-manager.io"
COMMON_NAME_BYTES: Final = 64
"""What a certificate has for its common name (RFC 5280); cert-manager refuses more."""
_READY: Final = {"pulumi.com/waitFor": "condition=Ready"}
"""The Kubernetes provider goes on when the object says that it is ready."""


class CertificateAuthorityArgs(TypedDict):
    """Arguments of `CertificateAuthority`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    namespace: NotRequired[str]
    """cert-manager's namespace, in which the root's Secret is; default `cert-manager`."""
    issuer: NotRequired[str]
    """Name of the ClusterIssuer that databases name; default `dbaas-ca`. No namespace may have an Issuer of that name:
    the operator of psmdb would write its own into it."""
    existing_root: NotRequired[str]
    """Secret in that namespace with a root that is there already, under `tls.crt` and `tls.key`. A further region takes
    the first one's, so that certificates of either are trusted by both."""
    common_name: NotRequired[str]
    """Name in the root's certificate; default `dbaas root`."""
    lifetime: NotRequired[str]
    """How long the root lasts, two years at least; default ten years, `3650d`. It is renewed a year before its end,
    with the same key."""
    deletion_protection: NotRequired[bool]
    """Whether the engine refuses to delete the root, and leaves it there if it leaves the program; default true."""


def _longer_than(days: int, why: str) -> AfterValidator:
    def check(text: str) -> str:
        if duration_of(text) < timedelta(days=days):
            raise ValueError(f"{shown(text)} is too short: {why}; write {days}d or more")
        return text

    return AfterValidator(check)


def _common_name(text: str) -> str:
    if len(text.encode()) > COMMON_NAME_BYTES:
        raise ValueError(f"{shown(text)} is longer than the {COMMON_NAME_BYTES} bytes that a certificate has for it")
    return text


class CertificateAuthoritySpec(Part):
    """The arguments of `CertificateAuthority`, checked."""

    ownership: Ownership
    namespace: NamespaceName = "cert-manager"
    issuer: LabelName = "dbaas-ca"
    existing_root: ObjectName | None = None
    common_name: Annotated[Line, AfterValidator(_common_name)] = "dbaas root"
    lifetime: Annotated[Duration, _longer_than(730, "a root is renewed a year before its end")] = "3650d"
    deletion_protection: bool = True


class CertificateAuthority(Component):
    """A root of one's own whose key never changes by itself, and the ClusterIssuer that signs with it.

    Whoever trusts the root trusts every database; a key that changed would end that in one moment everywhere.
    """

    issuer: pulumi.Output[str]
    """Name of the ClusterIssuer, for the databases' `tls.issuer`."""
    root: pulumi.Output[str]
    """Where the root's certificate is: `namespace/secret/key`."""
    shows: pulumi.Output[str]
    """What is so before anything waits no longer, in words."""

    def __init__(self, name: str, args: CertificateAuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(CertificateAuthoritySpec, f'certificate authority "{name}"', args)
        self.begin(name, opts)
        before: list[pulumi.Resource] = []
        for manifest in [] if spec.existing_root else root_objects(spec):
            lasting = manifest["kind"] == "Certificate" and spec.deletion_protection
            # Without its Certificate the root would run out unseen.
            options = self.child_options(depends_on=before or None, protect=lasting, retain_on_delete=lasting)
            before = [KubernetesObject(self.child_name(f"root-{manifest['kind'].lower()}"), manifest, options)]
        self._gate = KubernetesObject(
            self.child_name("issuer"), cluster_issuer(spec), self.child_options(depends_on=before or None)
        )
        root = f"{spec.namespace}/{root_secret(spec)}/tls.crt"
        self.publish(self._gate, issuer=spec.issuer, root=root, shows="the ClusterIssuer is ready to sign")

    @property
    def gate(self) -> KubernetesObject:
        """What certificates have to depend on."""
        return self._gate


def root_secret(spec: CertificateAuthoritySpec) -> str:
    """Name of the Secret that holds the root."""
    return spec.existing_root or f"{spec.issuer}-root"


def root_objects(spec: CertificateAuthoritySpec) -> list[dict[str, Any]]:
    """What makes the root: an issuer that lets a certificate sign itself, and the certificate."""
    bootstrap = f"{spec.issuer}-self-signed"
    certificate = {
        "isCA": True,
        "commonName": spec.common_name,
        "secretName": root_secret(spec),
        "secretTemplate": {"labels": spec.ownership.labels(component="certificates")},
        "duration": go_duration(spec.lifetime),
        "renewBefore": "8760h",
        # By default each renewal makes a new key (since v1.18), and every site that trusts the old one is cut off.
        "privateKey": {"algorithm": "ECDSA", "size": 384, "rotationPolicy": "Never"},
        "usages": ["cert sign", "crl sign", "digital signature"],
        "issuerRef": {"name": bootstrap, "kind": "ClusterIssuer", "group": _GROUP},
    }
    return [
        _object(spec.ownership, "ClusterIssuer", bootstrap, None, {"selfSigned": {}}),
        _object(spec.ownership, "Certificate", root_secret(spec), spec.namespace, certificate),
    ]


def cluster_issuer(spec: CertificateAuthoritySpec) -> dict[str, Any]:
    """The issuer for every namespace."""
    return _object(spec.ownership, "ClusterIssuer", spec.issuer, None, {"ca": {"secretName": root_secret(spec)}})


class NamespaceIssuersArgs(TypedDict):
    """Arguments of `NamespaceIssuers`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    namespaces: Sequence[str]
    """Namespaces of databases of ps, whose operator (1.2.0) knows Issuers of their own namespace only."""
    authority: NotRequired[str]
    """ClusterIssuer that signs for them; default `dbaas-ca`."""
    issuer: NotRequired[str]
    """Name of each Issuer; default `dbaas-ca-ns`. Never that of a ClusterIssuer, see there."""
    lifetime: NotRequired[str]
    """How long each intermediate authority lasts, a year at least; default five years, `1825d`. Its key stays."""


class NamespaceIssuersSpec(Part):
    """The arguments of `NamespaceIssuers`, checked."""

    ownership: Ownership
    namespaces: tuple[NamespaceName, ...]
    authority: LabelName = "dbaas-ca"
    issuer: LabelName = "dbaas-ca-ns"
    lifetime: Annotated[Duration, _longer_than(365, "it is renewed half a year before its end")] = "1825d"


class NamespaceIssuers(Component):
    """An Issuer in each namespace, which signs with an intermediate authority of that namespace's own.

    The root's key stays where it is; who reads the Secrets of one namespace can sign for that namespace's clients only
    as far as they trust the intermediate.
    """

    issuer: pulumi.Output[str]
    """Name of the Issuer in each namespace, for the databases' `tls.issuer` with kind `Issuer`."""

    def __init__(self, name: str, args: NamespaceIssuersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        subject = f'namespace issuers "{name}"'
        spec = parse_arguments(NamespaceIssuersSpec, subject, args)
        problems = namespace_issuer_problems(spec)
        if problems:
            raise SpecError(subject, problems)
        self.begin(name, opts)
        self._gates: dict[str, KubernetesObject] = {}
        for namespace in spec.namespaces:
            certificate, issuer = namespace_issuer(spec, namespace)
            made = KubernetesObject(self.child_name(f"{namespace}-authority"), certificate, self.child_options())
            self._gates[namespace] = KubernetesObject(
                self.child_name(namespace), issuer, self.child_options(depends_on=[made])
            )
        self.publish(*self._gates.values(), issuer=spec.issuer)

    def gate(self, namespace: str) -> KubernetesObject:
        """The Issuer that databases of this namespace have to depend on. Raises `KeyError` for any other."""
        return self._gates[namespace]


def namespace_issuer_problems(spec: NamespaceIssuersSpec) -> list[Problem]:
    """What would break databases later."""
    problems: list[Problem] = []
    try:
        not_empty(spec.namespaces)
    except ValueError as error:
        problems.append(Problem("namespaces", str(error)))
    problems += [
        Problem(f"namespaces[{index}]", f'"{one}" is there already; leave it there once')
        for index, one in enumerate(spec.namespaces)
        if one in spec.namespaces[:index]
    ]
    if spec.issuer == spec.authority:
        message = (
            f'"{spec.issuer}" is the ClusterIssuer too, and the operator of psmdb writes an Issuer of its own under '
            "that name into the namespaces of its databases; choose another name"
        )
        problems.append(Problem("issuer", message))
    return problems


def namespace_issuer(spec: NamespaceIssuersSpec, namespace: str) -> list[dict[str, Any]]:
    """The intermediate authority of a namespace, and the Issuer that signs with it."""
    secret = f"{spec.issuer}-authority"
    certificate = {
        "isCA": True,
        # A namespace may be as long as that alone.
        "commonName": f"dbaas {namespace}"[:COMMON_NAME_BYTES],
        "secretName": secret,
        "secretTemplate": {"labels": spec.ownership.labels(component="certificates")},
        "duration": go_duration(spec.lifetime),
        "renewBefore": "4380h",
        "privateKey": {"algorithm": "ECDSA", "size": 384, "rotationPolicy": "Never"},
        "usages": ["cert sign", "crl sign", "digital signature"],
        "issuerRef": {"name": spec.authority, "kind": "ClusterIssuer", "group": _GROUP},
    }
    return [
        _object(spec.ownership, "Certificate", secret, namespace, certificate),
        _object(spec.ownership, "Issuer", spec.issuer, namespace, {"ca": {"secretName": secret}}),
    ]


def _object(ownership: Ownership, kind: str, name: str, namespace: str | None, spec: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, **({"namespace": namespace} if namespace else {})}
    metadata |= {"labels": ownership.labels(component="certificates"), "annotations": dict(_READY)}
    return {"apiVersion": _API, "kind": kind, "metadata": metadata, "spec": spec}
