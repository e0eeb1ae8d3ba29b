"""Names of the Secrets and Services that the operator makes or reads, and the labels of its pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dbaas_components.naming import object_name

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

PORT: Final = 3306
ADMIN_PORT: Final = 33062
"""The server's administrative interface, which has a connection left when all others are taken."""


def behind_proxysql(spec: DatabaseSpec) -> bool:
    """Whether the proxy is ProxySQL; it is HAProxy otherwise."""
    return spec.proxy.type == "proxysql"


def users_secret(spec: DatabaseSpec) -> str:
    """The Secret with the passwords of the database's own users."""
    return spec.credentials.secret or object_name(spec.name, "secrets")


def certificate_secret(spec: DatabaseSpec) -> str:
    """The Secret of the server's certificate."""
    return spec.tls.secret or object_name(spec.name, "ssl")


def client_authority_secret(spec: DatabaseSpec) -> str:
    """The Secret whose authority clients verify.

    A node prefers the certificate between members where it has one, and HAProxy passes TLS through to it; ProxySQL ends
    TLS itself, with the server's certificate. The operator's own two certificates have one authority.
    """
    if spec.tls.internal_secret and not behind_proxysql(spec):
        return spec.tls.internal_secret
    return certificate_secret(spec)


def vault_secret(spec: DatabaseSpec) -> str | None:
    """The Secret with the keyring's configuration; None without encryption by Vault."""
    encryption = spec.encryption
    if encryption is None or encryption.vault is None:
        return None
    return encryption.vault.secret or object_name(spec.name, "vault")


def certificate_names(spec: DatabaseSpec) -> list[str]:
    """Further DNS names in the certificates.

    The operator's own bear the members' Service and ProxySQL's without their namespace, so that no client in another
    one could verify them.
    """
    if not spec.namespace or spec.tls.secret:
        return list(spec.tls.names)
    services = [*(["proxysql"] if behind_proxysql(spec) else []), "pxc"]
    ours = [f"{object_name(spec.name, service)}.{spec.namespace}" for service in services]
    return [*ours, *(name for name in spec.tls.names if name not in ours)]


def pod_labels(spec: DatabaseSpec, component: str) -> dict[str, str]:
    """The labels by which the pods of one component are told apart."""
    return {
        "app.kubernetes.io/name": "percona-xtradb-cluster",
        "app.kubernetes.io/instance": spec.name,
        "app.kubernetes.io/component": component,
    }
