"""Where the data is and how it is spread, encrypted and first filled: what an operator cannot change afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from dbaas_components.databases.guards.fields import (
    UNKNOWN,
    Members,
    Object,
    Unknown,
    at,
    in_both,
    is_whole,
    left_out,
    listed,
    members_of,
    quantity_at,
    text_at,
)

REPLICA_SETS: Final = Members("spec.replsets", 'replica set "{}"', unnamed="rs{}")
INSTANCE_SETS: Final = Members("spec.instances", 'instance set "{}"', unnamed="{:02}")
TABLESPACES: Final = Members("tablespaceVolumes", 'tablespace "{}"', unnamed="{}")

REPOSITORIES: Final = Members("spec.backups.pgbackrest.repos", 'backup repository "{}"', unnamed="{}")
# The operator's own word for leave to delete a repository's volume.
_REMOVAL: Final = "postgres-operator.crunchydata.com/authorizeBackupRemoval"
_OR_RESTORE: Final = "or restore a backup into a new database"


def replication_refusals(before: Object, after: Object) -> Iterator[str]:
    """PS operator 1.2.0 has no way from group replication to asynchronous replication or back."""
    path, default = "spec.mysql.clusterType", "group-replication"
    old, new = text_at(before, path, default), text_at(after, path, default)
    if old != new and _known(old, new):
        yield (
            f'replication "{new}" is not the "{old}" that it runs, and the operator cannot switch a database that '
            f'exists; keep "{old}", {_OR_RESTORE} with "{new}"'
        )


def replica_set_refusals(before: Object, after: Object) -> Iterator[str]:
    """A replica set that is left out or renamed takes its part of the data with it; so do shards without sharding."""
    for name in left_out(before, after, REPLICA_SETS):
        yield (
            f"{REPLICA_SETS.word(name)} would be left out, and its data with it (under a new name it would be empty); "
            f"keep it, {_OR_RESTORE} without it"
        )
    path = "spec.sharding.enabled"
    if at(before, path) is True and at(after, path) in (None, False):
        yield (
            "sharding would be switched off, and what the shards hold would be out of reach; "
            f"keep it on, {_OR_RESTORE} without sharding"
        )
    for name, old, new in in_both(before, after, REPLICA_SETS):
        path, default = "storage.engine", "wiredTiger"
        had, wanted = text_at(old, path, default), text_at(new, path, default)
        if had != wanted and _known(had, wanted):
            yield (
                f'storage engine "{wanted}" of {REPLICA_SETS.word(name)} is not the "{had}" that wrote its data, which '
                f'no other reads; keep "{had}", {_OR_RESTORE} with "{wanted}"'
            )


def instance_set_refusals(before: Object, after: Object) -> Iterator[str]:
    """The volumes of an instance set go with it: one that stays has to hold the data."""
    old, new = members_of(before, INSTANCE_SETS), members_of(after, INSTANCE_SETS)
    if old and new is not None and not old.keys() & new.keys():
        yield (
            f"{listed([INSTANCE_SETS.word(name) for name in old])} would be left out, and with it every volume that "
            "holds the data; keep it beside the new ones until they have caught up, and leave it out after that"
        )
    for name, had, has in in_both(before, after, INSTANCE_SETS):
        for space in left_out(had, has, TABLESPACES):
            yield (
                f"{TABLESPACES.word(space)} of {INSTANCE_SETS.word(name)} would be left out, and its tables with it; "
                f"keep it, {_OR_RESTORE} without it"
            )


def repository_refusals(before: Object, after: Object) -> Iterator[str]:
    """The PG operator 3.0.0 deletes the volume of a repository that leaves, and every backup on it."""
    annotations = at(after, "metadata.annotations")
    if isinstance(annotations, Mapping) and cast("Object", annotations).get(_REMOVAL) == "true":
        return
    old, new = members_of(before, REPOSITORIES), members_of(after, REPOSITORIES)
    if not old or new is None:
        return
    gone = [name for name, had in old.items() if at(had, "volume") and at(new.get(name, {}), "volume") is None]
    for name in gone:
        size = at(old[name], "volume.volumeClaimSpec.resources.requests.storage")
        yield (
            f"the volume of {REPOSITORIES.word(name)} would be deleted, and the backups on it with it; keep it in "
            f"backup.storages as {name} (type volume, size {size}) beside the new ones until their backups are enough, "
            f'and then allow it with the annotation {_REMOVAL} "true"'
        )


def proxy_volume_refusals(before: Object, after: Object) -> Iterator[str]:
    """The PXC operator 1.20.0 grows the servers' volumes only, and Kubernetes refuses the change of ProxySQL's."""
    path = "spec.proxysql.volumeSpec.persistentVolumeClaim.resources.requests.storage"
    old, new = quantity_at(before, path), quantity_at(after, path)
    if old is not None and new is not None and new > old:
        yield (
            f"storage of ProxySQL cannot grow from {old} to {new}: the operator has no way to do it; keep {old}, which "
            "holds nothing but ProxySQL's own settings"
        )


def data_source_refusals(before: Object, after: Object) -> Iterator[str]:
    """PG operator 3.0.0 reads the data source while it makes a database, and never again."""
    old, new = (at(part, "spec.dataSource") for part in (before, after))
    if isinstance(new, Mapping) and new and old != new and is_whole(old) and is_whole(new):
        yield (
            "a data source is read only while a database is made, and nothing would be restored into this one; make a "
            "new database with it, or restore into this one with a PerconaPGRestore"
        )


def encryption_refusals(before: Object, after: Object, vault: str) -> Iterator[str]:
    """MySQL's keyring: without it the server cannot read what it encrypted."""
    old, new = text_at(before, vault), text_at(after, vault)
    if old and not new and _known(old, new):
        yield (
            f'the Vault Secret "{old}" would be left out, and the server could not read what it encrypted; '
            f"keep it, {_OR_RESTORE} without encryption"
        )


def encryption_key_refusals(before: Object, after: Object) -> Iterator[str]:
    """MongoDB's master key: PSMDB operator 1.22.0 takes it from a Secret of its own making, or from Vault."""
    path = "spec.secrets.vault"
    old, new = text_at(before, path), text_at(after, path)
    if bool(old) != bool(new) and _known(old, new):
        had, wanted = ("Vault", "a Secret") if old else ("a Secret", "Vault")
        yield (
            f"the encryption key would come from {wanted} and not from {had}, and MongoDB reads its files only with "
            f"the key that encrypted them; keep {had}, {_OR_RESTORE} with {wanted}"
        )
    path = "spec.secrets.encryptionKey"
    old, new = text_at(before, path), text_at(after, path)
    if old and new and old != new and _known(old, new):
        yield (
            f'the encryption key of Secret "{new}" is not that of "{old}", and MongoDB reads its files only with the '
            f'key that encrypted them; keep "{old}", {_OR_RESTORE} with the other key'
        )


def _known(*values: str | Unknown) -> bool:
    return UNKNOWN not in values
