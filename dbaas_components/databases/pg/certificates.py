"""Certificates of an issuer: PG operator 3.0.0 takes ready-made ones only, so cert-manager is asked for them here.

Fields are those of cert-manager 1.21.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.engine import Placed
from dbaas_components.databases.pg import names
from dbaas_components.databases.pg.row import ENGINE
from dbaas_components.databases.rendering.shared import labels_of
from dbaas_components.databases.spec.part import go_duration
from dbaas_components.naming import object_name

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.security import Issuer

# The role that replicas log in with; PostgreSQL reads it from the certificate's common name.
_REPLICATION_ROLE: Final = "_crunchyrepl"
_SERVICES: Final = ("primary", "replicas", "pgbouncer", "ha", "pods")
_KEY_USAGES: Final = ("digital signature", "key encipherment")


def certificates(spec: DatabaseSpec) -> list[Placed]:
    """The server's certificate, which the pooler shows too, and the replicas'; none without an issuer."""
    issuer, server, replication = spec.tls.issuer, names.server_secret(spec), names.replication_secret(spec)
    if issuer is None or server is None or replication is None:
        return []
    return [
        _certificate(spec, issuer, "server-certificate", server, object_name(spec.name, "primary"), _host_names(spec)),
        _certificate(spec, issuer, "replication-certificate", replication, _REPLICATION_ROLE, []),
    ]


def _host_names(spec: DatabaseSpec) -> list[str]:
    """Every way of writing every Service, also the bare name: the pooler calls the primary so, and checks."""
    found = [
        f"{object_name(spec.name, service)}{suffix}"
        for service in _SERVICES
        for suffix in ("", f".{spec.namespace}", f".{spec.namespace}.svc", f".{spec.namespace}.svc.cluster.local")
    ]
    pods = f"*.{object_name(spec.name, 'pods')}.{spec.namespace}.svc"
    return [*found, pods, f"{pods}.cluster.local", *spec.tls.names]


def _certificate(
    spec: DatabaseSpec, issuer: Issuer, role: str, secret: str, common_name: str, host_names: list[str]
) -> Placed:
    body: dict[str, Any] = {
        "secretName": secret,
        "commonName": common_name,
        "issuerRef": {"name": issuer.name, "kind": issuer.kind, "group": issuer.group},
        "usages": [*_KEY_USAGES, "server auth" if host_names else "client auth"],
    }
    if host_names:
        body["dnsNames"] = host_names
    if spec.tls.certificate_lifetime:
        body["duration"] = go_duration(spec.tls.certificate_lifetime)
    manifest = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": secret, "labels": labels_of(spec, ENGINE)},
        "spec": body,
    }
    return Placed(role, manifest)
