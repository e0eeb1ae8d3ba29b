"""What the parts of a MongoDB database are called. Names are those of the PSMDB operator 1.22.0."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dbaas_components.naming import DNS_LABEL_LIMIT, object_name

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

PORT: Final = 27017
CONFIG_SERVERS: Final = "cfg"
"""The operator's name of the config servers' replica set; there is no other."""
MONGOS: Final = "mongos"
_NUMBERED: Final = re.compile(r"(.*?)(\d+)")


def replica_sets(spec: DatabaseSpec) -> tuple[str, ...]:
    """Names of the replica sets with data: the shards, or the only one. They are part of their volumes' names.

    The first has the name that was given; the others count on from its number: rs0, rs1, rs2.
    """
    if spec.sharding is None:
        return (spec.replica_set,)
    numbered = _NUMBERED.fullmatch(spec.replica_set)
    stem, start = (numbered[1], int(numbered[2])) if numbered else (spec.replica_set, 0)
    return (spec.replica_set, *(f"{stem}{start + index}" for index in range(1, spec.sharding.shards)))


def has_arbiter(spec: DatabaseSpec) -> bool:
    """Whether an arbiter runs."""
    return spec.arbiter is not None and spec.arbiter.enabled


def users_secret(spec: DatabaseSpec) -> str:
    """The Secret of the system users. The operator's own default is one name for all databases of a namespace."""
    return spec.credentials.secret or object_name(spec.name, "secrets")


def certificate_secret(spec: DatabaseSpec) -> str:
    """The Secret with the servers' certificate."""
    return spec.tls.secret or object_name(spec.name, "tls" if spec.tls.issuer else "ssl")


def vault_secret(spec: DatabaseSpec) -> str:
    """The Secret with the token for Vault."""
    vault = spec.encryption.vault if spec.encryption else None
    return (vault.secret if vault else None) or object_name(spec.name, "vault")


def key_secret(spec: DatabaseSpec) -> str | None:
    """The Secret with the key of the data files, where it is not of the operator's own name.

    That name also becomes the name of a volume of the pods, which Kubernetes cuts off at 63 characters.
    """
    given = spec.encryption.secret if spec.encryption else None
    usual = object_name(spec.name, "mongodb-encryption-key")
    return given or (object_name(spec.name, "encryption-key") if len(usual) > DNS_LABEL_LIMIT else None)


def pod_labels(spec: DatabaseSpec, component: str, replica_set: str | None = None) -> dict[str, str]:
    """The labels that the operator gives to one group of pods."""
    labels = {"app.kubernetes.io/name": "percona-server-mongodb", "app.kubernetes.io/instance": spec.name}
    if replica_set is not None:
        labels["app.kubernetes.io/replset"] = replica_set
    return {**labels, "app.kubernetes.io/component": component}
