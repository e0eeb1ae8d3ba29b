"""Certificates, encryption, networks, and where credentials come from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dbaas_components.databases.spec.addresses import SECURE_SERVER
from dbaas_components.databases.spec.part import (
    Duration,
    LabelKey,
    LabelValue,
    Line,
    NamespaceName,
    NetworkRange,
    ObjectName,
    Part,
)


class Issuer(Part):
    """A cert-manager issuer that signs the database's certificates."""

    name: ObjectName
    """Name of the issuer."""
    kind: Literal["Issuer", "ClusterIssuer"]
    """`ClusterIssuer`, or `Issuer` in the database's namespace. ps takes only the second."""
    group: Line = "cert-manager.io"
    """API group of the issuer."""


class Tls(Part):
    """Encryption of connections. It is always on."""

    required: bool = True
    """Whether connections without TLS are refused, where the engine can refuse them."""
    issuer: Issuer | None = None
    """Who signs; default: a certificate authority of the database's own, made by the operator."""
    names: tuple[Line, ...] = ()
    """Further DNS names that the server's certificate bears (psmdb: with an `issuer`)."""
    certificate_lifetime: Duration | None = None
    """How long a certificate is valid; default: the operator's (90 days)."""
    authority_lifetime: Duration | None = None
    """How long the database's own certificate authority is valid; at least as long as a certificate."""
    secret: ObjectName | None = None
    """Secret of a ready-made server certificate: `ca.crt`, `tls.crt`, `tls.key`."""
    internal_secret: ObjectName | None = None
    """Secret of a ready-made certificate for traffic between members (pxc, psmdb) or replicas (pg)."""
    authority_secret: ObjectName | None = None
    """Secret with a certificate authority to sign with (pg): `root.crt`, `root.key`."""


class Store(Part):
    """A store of External Secrets that values are fetched from, inside the Kubernetes cluster."""

    name: ObjectName
    """Name of the store."""
    kind: Literal["SecretStore", "ClusterSecretStore"] = "ClusterSecretStore"
    """`ClusterSecretStore`, or `SecretStore` in the database's namespace."""
    refresh: Duration = "1h"
    """How often a changed value is fetched."""


class Vault(Part):
    """The Vault or OpenBao server that holds the master key."""

    address: Annotated[str, Field(pattern=SECURE_SERVER)]
    """Address of the server: `https://vault.example.com:8200`."""
    mount: Line
    """Mount of the key-value engine: version 1 for pxc and ps, version 2 for psmdb."""
    path: Line | None = None
    """Path of this database's key below the mount (psmdb); default `<namespace>/<name>`."""
    secret: ObjectName | None = None
    """Secret in the shape that the engine reads; default `<name>-vault`. It must exist, unless `store` makes it."""
    store: Store | None = None
    """Store of External Secrets from which the Secret is made in the right shape for engine and version."""
    store_path: Line | None = None
    """Path in that store of an entry with the properties `token` and, if the server's certificate needs it, `ca`."""
    authority: bool = True
    """Whether the Secret also holds the authority of the server's certificate."""


class Encryption(Part):
    """Encryption of the data files."""

    provider: Literal["vault", "secret", "none"]
    """`vault`: master key in Vault; `secret`: key in a Secret (psmdb); `none`: left to the storage."""
    vault: Vault | None = None
    """The server, for provider `vault`."""
    secret: ObjectName | None = None
    """Secret with the key `encryption-key`, for provider `secret`; default `<name>-mongodb-encryption-key`, which the
    operator makes. Whoever loses it has lost the data."""


class AllowedNamespace(Part):
    """Pods of a namespace that may connect."""

    namespace: NamespaceName
    """Name of the namespace."""
    pod_labels: dict[LabelKey, LabelValue] = {}
    """Labels that the pods must have; default: all pods of the namespace."""


class Network(Part):
    """Who may connect to the database's pods. Everyone else is kept out by network policies."""

    allow_from: tuple[AllowedNamespace, ...] = ()
    """Namespaces whose pods may connect, beside the database's own."""
    peers: tuple[NetworkRange, ...] = ()
    """Networks that may connect: the other site of a replication, or clients that come through a load balancer."""
    operator_namespaces: tuple[NamespaceName, ...] = ()
    """Namespaces in which the operator runs; default: the one of its official manifests, such as `pxc-operator`."""
    monitoring_namespaces: tuple[NamespaceName, ...] = ()
    """Namespaces whose pods may scrape metrics."""


class Credentials(Part):
    """Where the passwords of the database's own users come from: always complete sets of keys."""

    secret: ObjectName | None = None
    """Name of the Secret with the passwords; default: the engine's own name for it. The operator makes it, and fills
    in missing keys."""
    store: Store | None = None
    """Store of External Secrets that delivers the Secret instead, every key of it."""
    store_path: Line | None = None
    """Path in that store of an entry with one property for each key; default `<namespace>/<name>/credentials`."""
