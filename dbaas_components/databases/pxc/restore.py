"""The restore that fills a new database from a backup. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from dbaas_components.databases.custom_resources import pxc as cr
from dbaas_components.databases.custom_resources.common import ObjectMeta
from dbaas_components.databases.engine import Placed
from dbaas_components.databases.pxc.backup import azure_storage, s3_storage
from dbaas_components.databases.pxc.places import BACKUPS, LOGS
from dbaas_components.databases.pxc.row import ENGINE
from dbaas_components.databases.rendering import pods
from dbaas_components.databases.rendering.shared import labels_of

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.backup import BackupStorage, DataSource

_SCHEMES: Final = {"s3": "s3", "azure": "azure"}


def restore_name(spec: DatabaseSpec) -> str:
    """Name of the restore: one for each life of the database, so that it is never run twice."""
    return f"{spec.name}-start-{spec.incarnation}"


def restore(spec: DatabaseSpec, source: DataSource) -> Placed:
    """The restore of `source` into the database."""
    storage = spec.backup.storages[source.storage]
    manifest = cr.PerconaXtraDBClusterRestore(
        metadata=ObjectMeta(name=restore_name(spec), labels=labels_of(spec, ENGINE) or None),
        spec=cr.RestoreSpec(
            pxc_cluster=spec.name,
            backup_source=_backup_source(source, storage),
            pitr=_target(spec, source),
            resources=pods.resources(spec.backup.resources),
        ),
    ).manifest()
    return Placed("start", manifest, after=True, restores=True)


def _backup_source(source: DataSource, storage: BackupStorage) -> cr.BackupSource:
    backup = source.backup or ""
    # A backup of this library's lies in its own folder; any other is named with the path to it.
    whole = f"{source.path}/{backup}" if "/" in backup else f"{source.path}/{BACKUPS}/{backup}"
    return _place(storage, whole.rpartition("/")[0], BACKUPS).changed(
        destination=f"{_SCHEMES[storage.type]}://{storage.bucket}/{whole}"
    )


def _place(storage: BackupStorage, path: str, folder: str) -> cr.BackupSource:
    verify = None if storage.verify_tls else False
    if storage.type == "azure":
        return cr.BackupSource(azure=azure_storage(storage, path, folder), verify_tls=verify)
    return cr.BackupSource(s3=s3_storage(storage, path, folder), verify_tls=verify)


def _target(spec: DatabaseSpec, source: DataSource) -> cr.RecoveryTarget | None:
    if source.at is None and source.gtid is None:
        return None
    storage = spec.backup.storages[source.pitr_storage or source.storage]
    place = _place(storage, f"{source.path}/{LOGS}", LOGS)
    if source.gtid is not None:
        return cr.RecoveryTarget(type="transaction", gtid=source.gtid, backup_source=place)
    if source.at is None or source.at == "latest":
        return cr.RecoveryTarget(type="latest", backup_source=place)
    moment = datetime.fromisoformat(source.at).astimezone(UTC)
    return cr.RecoveryTarget(type="date", date=f"{moment:%Y-%m-%d %H:%M:%S}", backup_source=place)
