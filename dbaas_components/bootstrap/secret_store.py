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
    """Arguments of `SecretStore`; one of `vault`, `aws` and `google`."""

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

    @model_validator(mode="after")
    def _one_store(self) -> "SecretStoreSpec":
        problems: list[Problem] = []
        given = [name for name in ("vault", "aws", "google") if getattr(self, name)]
        if len(given) != 1:
            said = " and ".join(given) or "none"
            problems.append(Problem("", f"takes one of vault, aws and google, and {said} was given; write one of them"))
        if not self.namespaces:
            message = "is empty, and a store without it is open to every namespace; name those that may read"
            problems.append(Problem("namespaces", message))
        if problems:
            raise SpecError("secret store", problems)
        return self


class SecretStore(Component):
    """A ClusterSecretStore that only the namespaces that are named can read from."""

    store: pulumi.Output[dict[str, str]]
    """`name` and `kind`, for the databases' `credentials.store`."""
    shows: pulumi.Output[str]
    """What is so before anything waits no longer, in words."""

    def __init__(self, name: str, args: SecretStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(SecretStoreSpec, f'secret store "{name}"', args)
        self.begin(name, opts)
        manifest = secret_store(spec, name)
        self._gate = KubernetesObject(self.child_name("store"), manifest, self.child_options())
        store = {"name": manifest["metadata"]["name"], "kind": "ClusterSecretStore"}
        self.publish(self._gate, store=store, shows="it can log in to its store")

    @property
    def gate(self) -> KubernetesObject:
        """What ExternalSecrets have to depend on."""
        return self._gate


def secret_store(spec: SecretStoreSpec, name: str) -> dict[str, Any]:
    """The ClusterSecretStore."""
    metadata = {
        "name": spec.name or name,
        "labels": spec.ownership.labels(component="secrets"),
        "annotations": {"pulumi.com/waitFor": "condition=Ready"},
    }
    conditions = [{"namespaces": list(spec.namespaces)}]
    return {
        "apiVersion": _API,
        "kind": "ClusterSecretStore",
        "metadata": metadata,
        "spec": {"conditions": conditions, "provider": _provider(spec)},
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
