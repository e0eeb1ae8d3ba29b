"""What Vault needs beside its chart: its certificate, and the programs that fill it and keep it. Pure functions."""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.bootstrap.certificate_authority import COMMON_NAME_BYTES
from dbaas_components.bootstrap.jobs import KUBERNETES_API, ProgramJob
from dbaas_components.bootstrap.vault.content import BOOTSTRAP, SNAPSHOT, TOKENS, content
from dbaas_components.bootstrap.vault.spec import VaultSpec
from dbaas_components.bootstrap.vault.values import certificate_secret
from dbaas_components.labels import GATE
from dbaas_components.versions.tools import PYTHON_IMAGE

_CA: Final = "/run/dbaas/vault-ca"
_LOGIN: Final = "/run/dbaas/vault-login"
_ROLES: Final = "rbac.authorization.k8s.io"


def keys_secret(spec: VaultSpec) -> str:
    """The Secret with the recovery keys, encrypted for those who hold them."""
    return f"{spec.release}-recovery-keys"


def certificate(spec: VaultSpec) -> dict[str, Any]:
    """The servers' certificate, for every name that they are reached by."""
    release, home = spec.release, spec.home
    named = f"{release}.{home}.svc"
    services = (release, f"{release}-active", f"{release}-standby", f"{release}-internal", f"*.{release}-internal")
    names = [
        f"{one}{end}" for one in services for end in ("", f".{home}", f".{home}.svc", f".{home}.svc.cluster.local")
    ]
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": release, "namespace": home, "labels": _labels(spec, "vault")},
        "spec": {
            "secretName": certificate_secret(spec),
            "secretTemplate": {"labels": _labels(spec, "certificate")},
            # A namespace may be too long for it; clients look at the names below alone.
            "commonName": named if len(named) <= COMMON_NAME_BYTES else release,
            "dnsNames": [*names, "localhost", *spec.host_names],
            "ipAddresses": ["127.0.0.1"],
            # The servers read it at their start and at SIGHUP, so it outlives the time between two upgrades.
            "duration": "8760h",
            "renewBefore": "2880h",
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
            "usages": ["server auth", "client auth", "digital signature", "key encipherment"],
            "issuerRef": {"name": spec.issuer.name, "kind": spec.issuer.kind, "group": "cert-manager.io"},
        },
    }


def bootstrap_job(spec: VaultSpec) -> ProgramJob:
    """Initialises it once and brings its content to what is wanted."""
    volumes, mounts = files(spec)
    claims = ", ".join(f"data-{name}" for name, _ in spec.pods)
    configuration: dict[str, Any] = {
        "address": spec.address,
        "pods": [{"name": name, "address": address} for name, address in spec.pods],
        "ca_file": f"{_CA}/ca.crt",
        "namespace": spec.home,
        "keys_secret": keys_secret(spec),
        "volumes": claims,
        "labels": spec.ownership.labels(component="credentials"),
        "kubernetes": dict(KUBERNETES_API),
        "seal": {
            "type": spec.seal.kind,
            "shares": spec.seal.shares,
            "threshold": spec.seal.threshold,
            "pgp_keys": list(spec.seal.recovery_public_keys),
        },
        "login": {"auth_mount": spec.auth_mount, "role": BOOTSTRAP, "token_file": f"{_LOGIN}/token"},
        "desired": content(spec),
    }
    return ProgramJob(
        name=BOOTSTRAP,
        namespace=spec.home,
        program="vault_bootstrap",
        modules=("service", "vault_client", "vault_content", "kubernetes_api", "kubernetes_secret"),
        configuration=configuration,
        image=spec.sources.image(PYTHON_IMAGE),
        labels=_labels(spec, BOOTSTRAP),
        volumes=volumes,
        mounts=mounts,
        annotations={GATE: "Vault is open, every member votes, and each consumer has its role"},
        pull_secrets=spec.pull_secrets,
    )


def tokens_job(spec: VaultSpec) -> ProgramJob:
    """Makes and renews the tokens of databases that keep their keys in Vault."""
    volumes, mounts = files(spec)
    consumers = [{"name": one.name, "role": f"dbaas-{one.name}", "path": one.entry} for one in spec.consumers.keys]
    return ProgramJob(
        name=TOKENS,
        namespace=spec.home,
        program="vault_tokens",
        modules=("service", "vault_client"),
        configuration={"vault": access(spec, TOKENS), "consumers": consumers},
        image=spec.sources.image(PYTHON_IMAGE),
        labels=_labels(spec, TOKENS),
        volumes=volumes,
        mounts=mounts,
        annotations={GATE: "each database that keeps its keys in Vault has a token that lives"},
        pull_secrets=spec.pull_secrets,
    )


def rights(spec: VaultSpec) -> list[dict[str, Any]]:
    """Service accounts of the programs; the first may also write the Secret of the keys."""
    accounts = [BOOTSTRAP, *((TOKENS,) if spec.consumers.keys else ()), *((SNAPSHOT,) if spec.snapshots else ())]
    made = [service_account(spec, name) for name in accounts]
    metadata = {"name": BOOTSTRAP, "namespace": spec.home, "labels": _labels(spec, BOOTSTRAP)}
    rules = [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [keys_secret(spec)], "verbs": ["get", "patch"]},
        # Kubernetes cannot tie the making of an object to a name.
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
    ]
    subject = {"kind": "ServiceAccount", "name": BOOTSTRAP, "namespace": spec.home}
    reference = {"apiGroup": _ROLES, "kind": "Role", "name": BOOTSTRAP}
    role = {"apiVersion": f"{_ROLES}/v1", "kind": "Role", "metadata": metadata, "rules": rules}
    binding = {**role, "kind": "RoleBinding", "roleRef": reference, "subjects": [subject]}
    del binding["rules"]
    return [*made, role, binding]


def service_account(spec: VaultSpec, name: str) -> dict[str, Any]:
    """A service account of one of the programs."""
    metadata: dict[str, Any] = {"name": name, "namespace": spec.home, "labels": _labels(spec, name)}
    if name == SNAPSHOT and spec.snapshots and spec.snapshots.service_account_annotations:
        metadata["annotations"] = dict(spec.snapshots.service_account_annotations)
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def access(spec: VaultSpec, role: str) -> dict[str, Any]:
    """How a program reaches Vault, and as whom."""
    return {
        "address": spec.address,
        "ca_file": f"{_CA}/ca.crt",
        "mount": spec.mount,
        "auth_mount": spec.auth_mount,
        "role": role,
        "token_file": f"{_LOGIN}/token",
    }


def files(spec: VaultSpec) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Volumes and mounts: the authority of the certificate, and the token to log in with."""
    token = {"audience": spec.audience, "expirationSeconds": 3_600, "path": "token"}
    items = [{"key": "ca.crt", "path": "ca.crt"}]
    # 288 is 0440: for the group that the pod's fsGroup gives the files to.
    secret = {"secretName": certificate_secret(spec), "items": items, "defaultMode": 288}
    volumes: list[dict[str, Any]] = [
        {"name": "vault-ca", "secret": secret},
        {"name": "vault-login", "projected": {"sources": [{"serviceAccountToken": token}]}},
    ]
    mounts = [
        {"name": "vault-ca", "mountPath": _CA, "readOnly": True},
        {"name": "vault-login", "mountPath": _LOGIN, "readOnly": True},
    ]
    return volumes, mounts


def _labels(spec: VaultSpec, component: str) -> dict[str, str]:
    return spec.ownership.labels(component=component, instance=spec.release)
