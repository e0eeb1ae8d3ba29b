"""Names of what the operator makes for a database, and the labels of its pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dbaas_components.naming import object_name

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

SERVER: Final = "mysql"
HAPROXY: Final = "haproxy"
ROUTER: Final = "router"
ORCHESTRATOR: Final = "orchestrator"
_COMPONENTS: Final = {SERVER: "database", HAPROXY: "proxy", ROUTER: "proxy", ORCHESTRATOR: "orchestrator"}

MYSQL_PORT: Final = 3306
ADMIN_PORT: Final = 33062
"""MySQL's administrative interface: it takes connections when all others are used up."""

# Role and port of the Service that takes writes, and the port there that only reads.
WRITE_SERVICES: Final = {HAPROXY: (MYSQL_PORT, 3307), ROUTER: (MYSQL_PORT, 6447)}


def pod_labels(spec: DatabaseSpec, application: str) -> dict[str, str]:
    """Labels of the pods of one application: `mysql`, `haproxy`, `router` or `orchestrator`."""
    return {
        "app.kubernetes.io/name": application,
        "app.kubernetes.io/instance": spec.name,
        "app.kubernetes.io/component": _COMPONENTS[application],
    }


def primary_service(spec: DatabaseSpec) -> str:
    """The Service of the primary, past the proxy."""
    return object_name(spec.name, "mysql-primary")


def credentials_secret(spec: DatabaseSpec) -> str:
    """The Secret of the database's own users."""
    return spec.credentials.secret or object_name(spec.name, "secrets")


def certificate_secret(spec: DatabaseSpec) -> str:
    """The Secret of the server's certificate and its authority."""
    return spec.tls.secret or object_name(spec.name, "ssl")


def vault_secret(spec: DatabaseSpec) -> str | None:
    """The Secret that says how Vault is reached, or None without encryption."""
    encryption = spec.encryption
    if encryption is None or encryption.vault is None or encryption.provider != "vault":
        return None
    return encryption.vault.secret or object_name(spec.name, "vault")


def restore_name(spec: DatabaseSpec) -> str:
    """The restore that this life of the database starts with."""
    return object_name(spec.name, f"start-{spec.incarnation}")
