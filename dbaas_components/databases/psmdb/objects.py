"""What a MongoDB database needs beside its custom resource: certificates, the token for Vault, its first data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.engine import Placed
from dbaas_components.databases.psmdb.backup import restore
from dbaas_components.databases.psmdb.names import (
    CONFIG_SERVERS,
    MONGOS,
    certificate_secret,
    replica_sets,
    vault_secret,
)
from dbaas_components.databases.psmdb.row import ENGINE
from dbaas_components.databases.rendering.external_secrets import external_secret
from dbaas_components.databases.rendering.shared import labels_of
from dbaas_components.databases.spec.part import go_duration
from dbaas_components.naming import object_name

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

# Members know each other by an organisation that all their certificates have; this is the operator's own.
_ORGANISATION: Final = "PSMDB"


def objects(spec: DatabaseSpec) -> list[Placed]:
    """Everything beside the custom resource, in order."""
    return [*_certificate(spec), *_vault_token(spec), *restore(spec)]


def _certificate(spec: DatabaseSpec) -> list[Placed]:
    """A certificate of the issuer that was named, with the names that the operator would ask for itself.

    The operator's own way to an issuer is no way in 1.22.0: an Issuer of that name is overwritten with one of its own
    authority, and with a ClusterIssuer it takes its own authority for the newer one and makes the certificate anew
    without end. A certificate that is there and not its own it leaves alone.
    """
    issuer = spec.tls.issuer
    if issuer is None:
        return []
    secret = certificate_secret(spec)
    certificate: dict[str, Any] = {
        "secretName": secret,
        "commonName": spec.name,
        "subject": {"organizations": [_ORGANISATION]},
        "dnsNames": _dns_names(spec),
        # Members are each other's clients.
        "usages": ["digital signature", "key encipherment", "server auth", "client auth"],
        "issuerRef": {"name": issuer.name, "kind": issuer.kind, "group": issuer.group},
    }
    if spec.tls.certificate_lifetime:
        certificate["duration"] = go_duration(spec.tls.certificate_lifetime)
    manifest = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        # Without it in time the operator would make certificates, and an authority, of its own.
        "metadata": {
            "name": secret,
            "labels": labels_of(spec, ENGINE),
            "annotations": {"pulumi.com/waitFor": "condition=Ready"},
        },
        "spec": certificate,
    }
    return [Placed("certificate", manifest)]


def _dns_names(spec: DatabaseSpec) -> list[str]:
    services = [object_name(spec.name, name) for name in replica_sets(spec)]
    if spec.sharding:
        services += [object_name(spec.name, name) for name in (MONGOS, CONFIG_SERVERS)]
    names = ["localhost"]
    for service in services:
        hosts = (service, f"{service}.{spec.namespace}", f"{service}.{spec.namespace}{ENGINE.host_suffix}")
        names += [*hosts, *(f"*.{host}" for host in hosts)]
    return [*names, *(name for name in spec.tls.names if name not in names)]


def _vault_token(spec: DatabaseSpec) -> list[Placed]:
    """The Secret with the token, and the authority of Vault's certificate, from the store that was named."""
    vault = spec.encryption.vault if spec.encryption else None
    if vault is None or vault.store is None or vault.store_path is None:
        return []
    entries = {"token": (vault.store_path, "token")}
    if vault.authority:
        entries["ca.crt"] = (vault.store_path, "ca")
    return [external_secret(spec, ENGINE, "vault", vault_secret(spec), vault.store, entries)]
