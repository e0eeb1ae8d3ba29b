"""Where things of one database are kept elsewhere: bucket paths, paths in stores of secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbaas_components.databases.spec.backup import BackupStorage
    from dbaas_components.databases.spec.database import DatabaseSpec


def bucket_prefix(spec: DatabaseSpec, storage: BackupStorage) -> str:
    """The path in the bucket that only this life of the database writes to."""
    return storage.prefix or f"{spec.namespace}/{spec.name}/{spec.incarnation}"


def first_storage(spec: DatabaseSpec) -> str | None:
    """Name of the storage that is meant where none is named."""
    return next(iter(spec.backup.storages), None)
