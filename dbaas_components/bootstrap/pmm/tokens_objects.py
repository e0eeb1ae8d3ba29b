"""What `PmmTokens` makes: the Job, its configuration and its rights. Pure functions."""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.bootstrap.jobs import KUBERNETES_API, ProgramJob
from dbaas_components.bootstrap.pmm.tokens_spec import PmmTokensSpec, TokenConsumer
from dbaas_components.labels import GATE
from dbaas_components.versions.tools import PYTHON_IMAGE

_PASSWORD: Final = "/run/dbaas/admin"  # noqa: S105 - where it is, not what
_SERVER_CA: Final = "/run/dbaas/pmm-ca"
_VAULT_CA: Final = "/run/dbaas/vault-ca"
_VAULT_TOKEN: Final = "/run/dbaas/vault-login"  # noqa: S105 - where it is, not what
_ROLES: Final = "rbac.authorization.k8s.io"


def token_job(spec: PmmTokensSpec, name: str) -> ProgramJob:
    """The program with all that it is told; `name` is that of its service account."""
    volumes, mounts = _files(spec)
    return ProgramJob(
        name=name,
        namespace=spec.namespace,
        program="pmm_tokens",
        modules=("service", "vault_client"),
        configuration=_configuration(spec),
        image=spec.sources.image(PYTHON_IMAGE),
        labels=spec.ownership.labels(component="pmm-tokens", instance=name),
        volumes=volumes,
        mounts=mounts,
        annotations={GATE: "PMM accepts the token of each database"},
        pull_secrets=spec.pull_secrets,
    )


def rights(spec: PmmTokensSpec, name: str) -> list[dict[str, Any]]:
    """The Job's service account, and in each consumer's namespace leave to write the named Secrets."""
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": spec.namespace, "labels": _labels(spec, name)},
    }
    made: list[dict[str, Any]] = [account]
    for namespace in sorted({one.namespace for one in spec.consumers if one.in_secret}):
        secrets = sorted({one.secret_name for one in spec.consumers if one.namespace == namespace and one.in_secret})
        metadata = {"name": name, "namespace": namespace, "labels": _labels(spec, name)}
        rules: list[dict[str, Any]] = [
            {"apiGroups": [""], "resources": ["secrets"], "resourceNames": secrets, "verbs": ["get", "patch"]},
            # Kubernetes cannot tie the making of an object to a name.
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
        ]
        subject = {"kind": "ServiceAccount", "name": name, "namespace": spec.namespace}
        reference = {"apiGroup": _ROLES, "kind": "Role", "name": name}
        made += [
            {"apiVersion": f"{_ROLES}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
            {
                "apiVersion": f"{_ROLES}/v1",
                "kind": "RoleBinding",
                "metadata": metadata,
                "roleRef": reference,
                "subjects": [subject],
            },
        ]
    return made


def _labels(spec: PmmTokensSpec, name: str) -> dict[str, str]:
    return spec.ownership.labels(component="pmm-tokens", instance=name)


def _configuration(spec: PmmTokensSpec) -> dict[str, Any]:
    configuration: dict[str, Any] = {
        "server": spec.server,
        "ca_file": f"{_SERVER_CA}/{spec.ca_key}" if spec.ca_secret else None,
        "user": spec.admin_user,
        "password_file": f"{_PASSWORD}/{spec.admin_key}",
        "password_place": f"key {spec.admin_key} of Secret {spec.namespace}/{spec.admin_secret}",
        "labels": spec.ownership.labels(component="credentials"),
        "kubernetes": dict(KUBERNETES_API),
        "consumers": [_consumer(one) for one in spec.consumers],
    }
    if spec.vault:
        configuration["vault"] = {
            "address": spec.vault.address,
            "ca_file": f"{_VAULT_CA}/{spec.vault.ca_key}" if spec.vault.ca_secret else None,
            "mount": spec.vault.mount,
            "auth_mount": spec.vault.auth_mount,
            "role": spec.vault.role,
            "token_file": f"{_VAULT_TOKEN}/token",
        }
    return configuration


def _consumer(one: TokenConsumer) -> dict[str, Any]:
    # Agents of PMM register what they watch, for which they have to be admins.
    told: dict[str, Any] = {"name": one.account, "role": "Admin"}
    if one.in_secret:
        told["secret"] = {"namespace": one.namespace, "name": one.secret_name, "key": one.key}
    if one.path:
        told["vault"] = {"path": one.path, "key": one.key}
    return told


def _files(spec: PmmTokensSpec) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Volumes and where they are mounted: of each Secret the one key that is needed."""
    volumes = [_key("admin", spec.admin_secret, spec.admin_key)]
    mounts = [{"name": "admin", "mountPath": _PASSWORD, "readOnly": True}]
    if spec.ca_secret:
        volumes.append(_key("pmm-ca", spec.ca_secret, spec.ca_key))
        mounts.append({"name": "pmm-ca", "mountPath": _SERVER_CA, "readOnly": True})
    if spec.vault:
        token = {"audience": spec.vault.audience, "expirationSeconds": 3_600, "path": "token"}
        sources = {"sources": [{"serviceAccountToken": token}]}
        volumes.append({"name": "vault-login", "projected": sources})
        mounts.append({"name": "vault-login", "mountPath": _VAULT_TOKEN, "readOnly": True})
        if spec.vault.ca_secret:
            volumes.append(_key("vault-ca", spec.vault.ca_secret, spec.vault.ca_key))
            mounts.append({"name": "vault-ca", "mountPath": _VAULT_CA, "readOnly": True})
    return volumes, mounts


def _key(volume: str, secret: str, key: str) -> dict[str, Any]:
    # 288 is 0440: for the group that the pod's fsGroup gives the files to.
    items = [{"key": key, "path": key}]
    return {"name": volume, "secret": {"secretName": secret, "items": items, "defaultMode": 288}}
