"""`SecretStore`: where External Secrets takes secrets from, and for whom."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NotRequired, TypedDict

import pulumi
from pydantic import model_validator

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.fields import SecureServer, ServiceAccount, VaultMount
from dbaas_components.bootstrap.placing import place
from dbaas_components.bootstrap.store_probe import (
    SHOWS,
    StoreProbe,
    StoreProbeArgs,
    default_entry,
    namespace_of,
    probe_namespace,
    pulling,
    pushing,
)
from dbaas_components.databases.spec.part import LabelName, Line, NamespaceName, ObjectName, Part, SecretKeyName
from dbaas_components.errors import Problem, SpecError
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.ownership import Ownership

_API: Final = "external-secrets.io/v1"


class VaultStoreArgs(TypedDict):
    """A mount of Vault or OpenBao. Both speak the same language; External Secrets' own words for OpenBao know no login
    by Kubernetes (2.9.0)."""

    address: str
    """`https://openbao-active.openbao.svc:8200`."""
    mount: NotRequired[str]
    """Path of the key-value engine; default `secret`."""
    version: NotRequired[int]
    """Version of that engine, 1 or 2; default 2."""
    role: NotRequired[str]
    """Role that External Secrets logs in with; default `external-secrets`."""
    auth_mount: NotRequired[str]
    """Path of the login by Kubernetes; default `kubernetes`."""
    audience: NotRequired[str]
    """Whom its tokens are for; default `vault`. Vault from 1.21 on takes no role without."""
    service_account: NotRequired[str]
    """Service account that it logs in as, `namespace/name`; default `external-secrets/external-secrets`."""
    authority: NotRequired[Mapping[str, str]]
    """Secret with the authority of the server's certificate: `namespace`, `secret` and `key` (default `ca.crt`)."""


class AwsStoreArgs(TypedDict):
    """AWS Secrets Manager, read with the identity of External Secrets' own pods."""

    region: str
    """`eu-west-1`."""
    role: NotRequired[str]
    """ARN of a role to take on; default: the pods' own."""


class GoogleStoreArgs(TypedDict):
    """Google Secret Manager, read with the identity of External Secrets' own pods."""

    project: str
    """Identifier of the project."""


class SecretStoreArgs(TypedDict):
    """Arguments of `SecretStore`; one of `vault`, `aws`, `google` and `existing`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    namespaces: Sequence[str]
    """Namespaces that may read from it. Everybody is no choice: a store without this list is open to all."""
    name: NotRequired[str]
    """Name of the ClusterSecretStore; default: the component's."""
    vault: NotRequired[VaultStoreArgs]
    """A mount of Vault or OpenBao."""
    aws: NotRequired[AwsStoreArgs]
    """AWS Secrets Manager."""
    google: NotRequired[GoogleStoreArgs]
    """Google Secret Manager."""
    existing: NotRequired[bool]
    """Whether the ClusterSecretStore `name` is there and somebody else's: it is tried and not made; default false."""
    probe: NotRequired[StoreProbeArgs]
    """The secret that the store is tried with before anything relies on it."""


class StoreAuthority(Part):
    """Where the authority of the server's certificate is."""

    namespace: NamespaceName
    secret: ObjectName
    key: SecretKeyName = "ca.crt"


class VaultStore(Part):
    """A mount of Vault or OpenBao, checked."""

    address: SecureServer
    mount: VaultMount = "secret"
    version: Literal[1, 2] = 2
    role: Line = "external-secrets"
    auth_mount: VaultMount = "kubernetes"
    audience: Line = "vault"
    service_account: ServiceAccount = "external-secrets/external-secrets"
    authority: StoreAuthority | None = None


class AwsStore(Part):
    """AWS Secrets Manager, checked."""

    region: Line
    role: Line | None = None


class GoogleStore(Part):
    """Google Secret Manager, checked."""

    project: Line


class SecretStoreSpec(Part):
    """The arguments of `SecretStore`, checked."""

    ownership: Ownership
    namespaces: tuple[NamespaceName, ...]
    name: LabelName | None = None
    vault: VaultStore | None = None
    aws: AwsStore | None = None
    google: GoogleStore | None = None
    existing: bool = False
    probe: StoreProbe = StoreProbe()

    @property
    def entry(self) -> str:
        """The entry that the probe reads."""
        # Names in Google's store have no slash.
        return self.probe.entry or default_entry(self.namespaces, "-" if self.google else "/")

    @model_validator(mode="after")
    def _one_store(self) -> "SecretStoreSpec":
        given = [name for name in ("vault", "aws", "google", "existing") if getattr(self, name)]
        if len(given) == 1:
            return self
        said = " and ".join(given) or "none"
        message = f"takes one of vault, aws, google and existing, and {said} was given; write one of them"
        raise SpecError("secret store", [Problem("", message)])

    @model_validator(mode="after")
    def _named(self) -> "SecretStoreSpec":
        if self.existing and self.name is None:
            message = "is required with existing; write the name of the ClusterSecretStore that is there"
            raise SpecError("secret store", [Problem("name", message)])
        return self

    @model_validator(mode="after")
    def _readers(self) -> "SecretStoreSpec":
        if not self.namespaces:
            message = "is empty, and a store without it is open to every namespace; name those that may read"
            raise SpecError("secret store", [Problem("namespaces", message)])
        return self

    @model_validator(mode="after")
    def _probe_place(self) -> "SecretStoreSpec":
        place = self.probe.namespace
        if place and self.namespaces and place not in self.namespaces:
            message = f'"{place}" may not read from this store; choose one of namespaces: {", ".join(self.namespaces)}'
            raise SpecError("secret store", [Problem("probe.namespace", message)])
        return self

    @model_validator(mode="after")
    def _probe_role(self) -> "SecretStoreSpec":
        if self.probe.write_role and not (self.vault and self.probe.push):
            message = "is a role of Vault to write with; it takes vault and probe.push: true, so leave it out"
            raise SpecError("secret store", [Problem("probe.write_role", message)])
        return self


class SecretStore(Component):
    """A ClusterSecretStore that only the namespaces that are named can read from, and the secret it is tried with."""

    store: pulumi.Output[dict[str, str]]
    """`name` and `kind`, for the databases' `credentials.store`."""
    shows: pulumi.Output[str]
    """What is so before anything waits no longer, in words."""

    def __init__(self, name: str, args: SecretStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(SecretStoreSpec, f'secret store "{name}"', args)
        self.begin(name, opts)
        store = spec.name or name
        made = [] if spec.existing else [place(self, "store", secret_store(spec, name), [])]
        self._gate = self._tried(spec, store, made)
        self.publish(self._gate, store={"name": store, "kind": "ClusterSecretStore"}, shows=SHOWS)

    @property
    def gate(self) -> KubernetesObject:
        """What ExternalSecrets have to depend on: one of them has brought a secret out of the store."""
        return self._gate

    def _tried(self, spec: SecretStoreSpec, store: str, behind: Sequence[pulumi.Resource]) -> KubernetesObject:
        probe = _placed_probe(spec)
        if probe.namespace is None:
            behind = [*behind, place(self, "probe-namespace", namespace_of(store, probe, spec.ownership), [])]
        if probe.push:
            writer = store
            if probe.write_role:
                writing = writing_store(spec, store)
                writer = writing["metadata"]["name"]
                behind = [*behind, place(self, "probe-writer", writing, behind)]
            generator, push = pushing(store, writer, probe, spec.entry, spec.ownership)
            behind = [*behind, place(self, "probe-value", generator, behind)]
            behind = [*behind, place(self, "probe-push", push, behind)]
        return place(self, "probe", pulling(store, probe, spec.entry, spec.ownership), behind)


def _placed_probe(spec: SecretStoreSpec) -> StoreProbe:
    """The probe with its place: a store of somebody else's lets in whom it lets in."""
    if not spec.existing or spec.probe.namespace:
        return spec.probe
    return spec.probe.model_copy(update={"namespace": spec.namespaces[0]})


def secret_store(spec: SecretStoreSpec, name: str) -> dict[str, Any]:
    """The ClusterSecretStore."""
    store = spec.name or name
    readers = list(dict.fromkeys((*spec.namespaces, probe_namespace(store, spec.probe))))
    return _cluster_store(store, readers, spec.ownership, _provider(spec))


def writing_store(spec: SecretStoreSpec, store: str) -> dict[str, Any]:
    """A further one for the probe's namespace alone, with the role that may write the probe's entry and no other."""
    provider = _provider(spec)
    provider["vault"]["auth"]["kubernetes"]["role"] = spec.probe.write_role
    return _cluster_store(f"{store}-probe", [probe_namespace(store, spec.probe)], spec.ownership, provider)


def _cluster_store(name: str, readers: list[str], ownership: Ownership, provider: dict[str, Any]) -> dict[str, Any]:
    metadata = {
        "name": name,
        "labels": ownership.labels(component="secrets"),
        "annotations": {"pulumi.com/waitFor": "condition=Ready"},
    }
    return {
        "apiVersion": _API,
        "kind": "ClusterSecretStore",
        "metadata": metadata,
        "spec": {"conditions": [{"namespaces": readers}], "provider": provider},
    }


def _provider(spec: SecretStoreSpec) -> dict[str, Any]:
    if spec.aws:
        role = {"role": spec.aws.role} if spec.aws.role else {}
        return {"aws": {"service": "SecretsManager", "region": spec.aws.region, **role}}
    if spec.google:
        return {"gcpsm": {"projectID": spec.google.project}}
    assert spec.vault is not None
    vault = spec.vault
    namespace, _, account = vault.service_account.partition("/")
    reference = {"name": account, "namespace": namespace, "audiences": [vault.audience]}
    found: dict[str, Any] = {
        "server": vault.address,
        "path": vault.mount,
        "version": f"v{vault.version}",
        "auth": {
            "kubernetes": {"mountPath": vault.auth_mount, "role": vault.role, "serviceAccountRef": reference},
        },
    }
    if vault.authority:
        at = vault.authority
        found["caProvider"] = {"type": "Secret", "namespace": at.namespace, "name": at.secret, "key": at.key}
    return {"vault": found}
