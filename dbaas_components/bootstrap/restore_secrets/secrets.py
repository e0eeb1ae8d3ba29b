"""Which Secrets of a database a restore into an empty Kubernetes cluster needs. Pure.

A restored MySQL or MongoDB has the system users' passwords of the backup, so that the operator gets in only with the
same Secret; encrypted data files and backups need their key. PXC operator 1.20.0, PS 1.2.0, PSMDB 1.22.0, PG 3.0.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.ps import names as ps
from dbaas_components.databases.psmdb import names as psmdb
from dbaas_components.databases.pxc import names as pxc
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.naming import object_name


@dataclass(frozen=True, slots=True)
class NeededSecret:
    """One Secret that a restore needs."""

    role: str
    """What it is for, the same for every name of database: the last part of its path in the store."""
    secret: str
    """Its name in the database's namespace."""
    keys: tuple[str, ...] = ()
    """Keys that a new database takes from it; empty for all of them."""


def _pxc(spec: DatabaseSpec) -> str | None:
    return pxc.vault_secret(spec)


def _ps(spec: DatabaseSpec) -> str | None:
    return ps.vault_secret(spec)


def _psmdb(spec: DatabaseSpec) -> str | None:
    provider = spec.encryption.provider if spec.encryption else "secret"
    if provider == "vault":
        return psmdb.vault_secret(spec)
    key = psmdb.key_secret(spec) or object_name(spec.name, "mongodb-encryption-key")
    return key if provider == "secret" else None


def _none(_: DatabaseSpec) -> None:
    return None


_ENCRYPTION: Final[Mapping[str, Callable[[DatabaseSpec], str | None]]] = MappingProxyType(
    {"pxc": _pxc, "ps": _ps, "psmdb": _psmdb, "pg": _none}
)
"""By engine, the Secret that opens encrypted data files."""
# The rest of such a Secret says where the old database was; the operator writes it anew.
_KEYS_OF_USERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"pg": ("password", "verifier")})


def needed_secrets(spec: DatabaseSpec) -> list[NeededSecret]:
    """The Secrets, each once, in a stable order."""
    found: dict[str, NeededSecret] = {}
    for one in _all(spec):
        found.setdefault(one.secret, one)
    return list(found.values())


def _all(spec: DatabaseSpec) -> Iterator[NeededSecret]:
    engine = ENGINES[spec.engine]
    keys = _KEYS_OF_USERS.get(spec.engine, ())
    system = engine.system_users(spec).secret
    if spec.engine not in _KEYS_OF_USERS:
        yield NeededSecret("users", system)
    for user, password in engine.passwords(spec).items():
        if password.secret != system or keys:
            yield NeededSecret(f"user-{user}", password.secret, keys)
    if encryption := _ENCRYPTION[spec.engine](spec):
        yield NeededSecret("encryption", encryption)
    if spec.backup.encryption_key:
        yield NeededSecret("backup-encryption", spec.backup.encryption_key.secret)
    for name, storage in spec.backup.storages.items():
        if storage.credentials:
            yield NeededSecret(f"storage-{name}", storage.credentials)
