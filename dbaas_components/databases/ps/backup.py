"""Backups, shipped binary logs, and the backup that a new database starts from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from dbaas_components.databases.custom_resources import ps as cr
from dbaas_components.databases.custom_resources.common import ObjectMeta
from dbaas_components.databases.engine import Placed
from dbaas_components.databases.ps.names import restore_name
from dbaas_components.databases.rendering import pods, shared
from dbaas_components.databases.spec.part import duration_of
from dbaas_components.databases.spec.places import bucket_prefix

if TYPE_CHECKING:
    from dbaas_components.databases.engine import Engine
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.backup import BackupStorage, DataSource, Pitr

# The operator's own time between two uploads of binary logs.
_CHECKPOINT: Final = duration_of("30s")
# Apart, because the binary log server keeps an index of its own, and because logs and backups end at different times.
BACKUPS: Final = "backup"
"""Path of backups below a storage's prefix."""
LOGS: Final = "pitr"
"""Path of shipped logs below a storage's prefix."""


def backup_part(spec: DatabaseSpec) -> cr.Backup:
    """The custom resource's block of backups."""
    backup = spec.backup
    storages = {
        name: _storage(spec, storage, f"{bucket_prefix(spec, storage)}/{BACKUPS}")
        for name, storage in backup.storages.items()
    }
    # The operator has no switch for a schedule, so one that is off is left out.
    schedules = [
        cr.Schedule(
            name=schedule.name,
            schedule=schedule.cron,
            storage_name=schedule.storage or next(iter(backup.storages)),
            type="incremental" if schedule.type == "incremental" else "full",
            keep=schedule.keep,
        )
        for schedule in backup.schedules
        if schedule.enabled
    ]
    return cr.Backup(
        enabled=bool(storages),
        image=shared.image_of(spec, "backup"),
        image_pull_secrets=shared.pull_secrets(spec),
        image_pull_policy=spec.image_pull_policy,
        backoff_limit=backup.retries,
        # Of the process beside each server that streams the backup; the pod that takes it has its storage's.
        resources=pods.resources(backup.resources),
        encryption_key_secret=_encryption_key(spec),
        storages=storages or None,
        schedule=schedules or None,
        pitr=_pitr(spec, backup.pitr) if backup.pitr else None,
    )


def _encryption_key(spec: DatabaseSpec) -> cr.EncryptionKey | None:
    key = spec.backup.encryption_key
    return cr.EncryptionKey(name=key.secret, key=key.key) if key else None


def _storage(spec: DatabaseSpec, storage: BackupStorage, prefix: str) -> cr.BackupStorage:
    bucket, credentials, endpoint = storage.bucket or "", storage.credentials or "", storage.endpoint
    s3 = gcs = azure = None
    if storage.type == "gcs":
        gcs = cr.Gcs(bucket=bucket, credentials_secret=credentials, endpoint_url=endpoint, prefix=prefix)
    elif storage.type == "azure":
        azure = cr.Azure(container=bucket, credentials_secret=credentials, endpoint_url=endpoint, prefix=prefix)
    else:
        s3 = _s3(storage, prefix)
    return cr.BackupStorage(
        type="gcs" if gcs else "azure" if azure else "s3",
        s3=s3,
        gcs=gcs,
        azure=azure,
        verify_tls=storage.verify_tls,
        resources=pods.resources(spec.backup.resources),
        affinity=_zones(spec),
    )


def _s3(storage: BackupStorage, prefix: str) -> cr.S3:
    return cr.S3(
        bucket=storage.bucket or "",
        credentials_secret=storage.credentials or "",
        region=storage.region,
        endpoint_url=storage.endpoint,
        prefix=prefix,
    )


def _zones(spec: DatabaseSpec) -> cr.Zones | None:
    """Only the zones that were named: helpers come one at a time, so that there is nothing to keep apart."""
    affinity = pods.affinity(spec, {})
    return cr.Zones(node_affinity=affinity.node_affinity) if affinity and affinity.node_affinity else None


def _pitr(spec: DatabaseSpec, pitr: Pitr) -> cr.Pitr:
    if not pitr.enabled:
        return cr.Pitr(enabled=False)
    storage = spec.backup.storages[pitr.storage or next(iter(spec.backup.storages))]
    zones = _zones(spec)
    server = cr.BinlogServer(
        size=1,
        image=shared.image_of(spec, "binlog_server"),
        image_pull_secrets=shared.pull_secrets(spec),
        image_pull_policy=spec.image_pull_policy,
        resources=pods.resources(pitr.resources),
        affinity=cr.HelperAffinity(advanced=zones) if zones else None,
        storage=cr.BinlogStorage(s3=_s3(storage, f"{bucket_prefix(spec, storage)}/{LOGS}")),
        checkpoint_interval=_checkpoint(spec, pitr),
    )
    return cr.Pitr(enabled=True, binlog_server=server)


def _checkpoint(spec: DatabaseSpec, pitr: Pitr) -> str | None:
    """Time between uploads, in the one unit that the binary log server always takes.

    An objective that the operator's own interval keeps changes nothing: less often would save nothing that counts.
    """
    if pitr.interval:
        return f"{int(duration_of(pitr.interval).total_seconds())}s"
    if spec.slo and duration_of(spec.slo.rpo) < _CHECKPOINT:
        return f"{int(duration_of(spec.slo.rpo).total_seconds())}s"
    return None


def restore(spec: DatabaseSpec, engine: Engine) -> list[Placed]:
    """The restore that a new database starts with; empty without a data source.

    It bears the incarnation in its name, so that a later life is restored anew, and the same life never twice.
    """
    source = spec.data_source
    if source is None or source.storage not in spec.backup.storages:
        return []
    storage = spec.backup.storages[source.storage]
    path = f"{source.path}/{BACKUPS}"
    where = _storage(spec, storage, path).as_given()
    manifest = cr.PerconaServerMySQLRestore(
        metadata=ObjectMeta(
            name=restore_name(spec), namespace=spec.namespace or None, labels=shared.labels_of(spec, engine) or None
        ),
        spec=cr.RestoreSpec(
            cluster_name=spec.name,
            backup_source=cr.BackupSource(
                destination=f"{_SCHEMES[storage.type]}{storage.bucket}/{path}/{source.backup}",
                storage=cr.SourceStorage(**where, encryption_key_secret=_encryption_key(spec)),
            ),
            pitr=_recovery(spec, source),
        ),
    ).manifest()
    return [Placed("restore", manifest, after=True, restores=True)]


# How the operator writes the place of a backup; of azure it writes the container alone.
_SCHEMES: Final = {"s3": "s3://", "gcs": "gs://", "azure": ""}


def _recovery(spec: DatabaseSpec, source: DataSource) -> cr.RestorePitr | None:
    if source.at is None and source.gtid is None:
        return None
    storage = spec.backup.storages[source.pitr_storage or source.storage]
    server = cr.BinlogServer(
        size=1,
        image=shared.image_of(spec, "binlog_server"),
        image_pull_secrets=shared.pull_secrets(spec),
        image_pull_policy=spec.image_pull_policy,
        storage=cr.BinlogStorage(s3=_s3(storage, f"{source.path}/{LOGS}")),
    )
    return cr.RestorePitr(
        type="gtid" if source.gtid else "date",
        gtid=source.gtid,
        date=_moment(source.at) if source.at else None,
        backup_source=cr.RestorePitrSource(binlog_server=server),
    )


def _moment(text: str) -> str:
    """A moment in the only form that both the search for logs and `mysqlbinlog` read: UTC, to the second."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
