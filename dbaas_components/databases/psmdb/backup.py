"""Backups: storages, schedules and shipped logs, and the restore that a new database starts from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from dbaas_components.databases.custom_resources.common import ObjectMeta, SecretKeySelector
from dbaas_components.databases.custom_resources.psmdb import backup as cr
from dbaas_components.databases.custom_resources.psmdb import restore as restore_cr
from dbaas_components.databases.custom_resources.psmdb.members import ClaimSource, SidecarVolume
from dbaas_components.databases.engine import Placed
from dbaas_components.databases.rendering import pods, shared
from dbaas_components.databases.spec.part import duration_of
from dbaas_components.databases.spec.places import bucket_prefix, first_storage
from dbaas_components.naming import object_name

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.backup import BackupStorage, DataSource, Schedule

MOUNTS: Final = "/mnt/backups"
"""Folder below which the claims of storages are mounted in the backup agents."""
DEFAULT_SPAN: Final = timedelta(minutes=10)
"""How often the operator ships logs where nothing is said."""
_SCHEMES: Final = {"s3": "s3", "gcs": "gs", "azure": "azure"}


def volume_name(storage: str) -> str:
    """Name of the volume of the pods that a storage of type `volume` is."""
    return f"backup-{storage}"


def backup(spec: DatabaseSpec) -> cr.Backup:
    """Backups as the custom resource has them; off without a storage."""
    given = spec.backup
    image = shared.image_of(spec, "backup")
    if not given.storages:
        return cr.Backup(enabled=False, image=image, pitr=_pitr(spec))
    several = len(given.storages) > 1
    main = first_storage(spec)
    deadline = duration_of(given.deadline) if given.deadline else None
    return cr.Backup(
        enabled=True,
        image=image,
        starting_deadline_seconds=int(deadline.total_seconds()) if deadline else None,
        resources=pods.resources(given.resources),
        storages={
            name: cr.BackupStorage(
                type=_kind(storage),
                main=True if several and name == main else None,
                **_place(name, storage, bucket_prefix(spec, storage), spec),
            )
            for name, storage in given.storages.items()
        },
        volume_mounts=[
            cr.VolumeMount(name=volume_name(name), mount_path=f"{MOUNTS}/{name}")
            for name, storage in given.storages.items()
            if storage.type == "volume"
        ]
        or None,
        pitr=_pitr(spec),
        tasks=[_task(spec, schedule) for schedule in given.schedules] or None,
    )


def sidecar_volumes(spec: DatabaseSpec) -> list[SidecarVolume] | None:
    """The claims that backup agents keep backups on. Every member has one, so that any of them can back up."""
    return [
        SidecarVolume(name=volume_name(name), persistent_volume_claim=ClaimSource(claim_name=storage.claim))
        for name, storage in spec.backup.storages.items()
        if storage.claim
    ] or None


def has_incrementals(spec: DatabaseSpec, storage: str | None) -> bool:
    """Whether incremental backups are kept in a storage."""
    first = first_storage(spec)
    return any(one.type == "incremental" and (one.storage or first) == storage for one in spec.backup.schedules)


def restore(spec: DatabaseSpec) -> list[Placed]:
    """The restore that fills a new database; empty where it starts without data."""
    source = spec.data_source
    if source is None:
        return []
    name = object_name(spec.name, f"start-{spec.incarnation}")
    storage = spec.backup.storages[source.storage]
    model = restore_cr.PerconaServerMongoDBRestore(
        metadata=ObjectMeta(name=name, labels=_labels(spec)),
        spec=restore_cr.RestoreSpec(
            cluster_name=spec.name,
            backup_source=restore_cr.BackupSource(
                type=source.method,
                destination=f"{_SCHEMES[storage.type]}://{storage.bucket}/{source.path}/{source.backup}",
                **_place(source.storage, storage, source.path, spec),
            ),
            pitr=_target(source),
        ),
    )
    return [Placed("start", model.manifest(), after=True, restores=True)]


def _labels(spec: DatabaseSpec) -> dict[str, str] | None:
    from dbaas_components.databases.psmdb.row import ENGINE

    return shared.labels_of(spec, ENGINE) or None


def _target(source: DataSource) -> restore_cr.Target | None:
    if source.at is None:
        return None
    if source.at == "latest":
        return restore_cr.Target(type="latest")
    # The operator reads it as UTC, without a zone and to the second.
    moment = datetime.fromisoformat(source.at).astimezone(UTC)
    return restore_cr.Target(type="date", date=moment.strftime("%Y-%m-%d %H:%M:%S"))


def _kind(storage: BackupStorage) -> Any:
    if storage.type == "volume":
        return "filesystem"
    # Of the two clients for this protocol only MinIO's takes an authority of the service's own.
    return "minio" if storage.type == "s3" and storage.authority else storage.type


def _place(name: str, storage: BackupStorage, prefix: str, spec: DatabaseSpec) -> dict[str, Any]:
    """Where a storage is. Backups and shipped logs lie below one prefix, which Percona Backup for MongoDB divides."""
    if storage.type == "volume":
        # A claim is of one namespace, and this path within it of one life of one database.
        return {"filesystem": cr.Filesystem(path=f"{MOUNTS}/{name}/{spec.name}/{spec.incarnation}")}
    bucket, credentials = storage.bucket or "", storage.credentials or ""
    if storage.type == "gcs":
        return {"gcs": cr.Gcs(bucket=bucket, prefix=prefix, credentials_secret=credentials)}
    if storage.type == "azure":
        place = cr.Azure(container=bucket, prefix=prefix, endpoint_url=storage.endpoint, credentials_secret=credentials)
        return {"azure": place}
    return {"minio": _minio(storage, prefix)} if storage.authority else {"s3": _s3(storage, prefix)}


def _s3(storage: BackupStorage, prefix: str) -> cr.S3:
    key = storage.encryption_key
    return cr.S3(
        bucket=storage.bucket or "",
        region=storage.region,
        prefix=prefix,
        endpoint_url=storage.endpoint,
        credentials_secret=storage.credentials,
        storage_class=storage.storage_class,
        insecure_skip_tls_verify=None if storage.verify_tls else True,
        force_path_style=True if storage.path_style else None,
        server_side_encryption=cr.ServerSideEncryption(sse_algorithm="aws:kms", kms_key_id=key) if key else None,
    )


def _minio(storage: BackupStorage, prefix: str) -> cr.Minio:
    address, authority = urlsplit(storage.endpoint or ""), storage.authority
    assert authority is not None
    return cr.Minio(
        bucket=storage.bucket or "",
        region=storage.region,
        prefix=prefix,
        endpoint_url=f"{address.netloc}{address.path}",
        credentials_secret=storage.credentials or "",
        secure=address.scheme == "https",
        insecure_skip_tls_verify=None if storage.verify_tls else True,
        force_path_style=True if storage.path_style else None,
        ca_bundle=SecretKeySelector(name=authority.secret, key=authority.key),
    )


def _pitr(spec: DatabaseSpec) -> cr.Pitr | None:
    given = spec.backup.pitr
    if given is None:
        return None
    kept: dict[str, Any] = {
        "compression_type": given.compression,
        "compression_level": given.compression_level,
        "oplog_only": given.without_base,
    }
    if not given.enabled:
        return cr.Pitr(enabled=False, **kept)
    span = duration_of(given.interval) if given.interval else None
    if span is None and spec.slo:
        # Only ever to ship more often: what may be lost for an hour need not be.
        objective = duration_of(spec.slo.rpo)
        span = objective if objective < DEFAULT_SPAN else None
    return cr.Pitr(
        enabled=True,
        oplog_span_min=_minutes(span) if span else None,
        **kept,
    )


def _minutes(span: timedelta) -> float | int:
    minutes = span / timedelta(minutes=1)
    return int(minutes) if minutes.is_integer() else round(minutes, 4)


def _task(spec: DatabaseSpec, schedule: Schedule) -> cr.Task:
    storage = schedule.storage or first_storage(spec)
    assert storage is not None
    incremental = schedule.type == "incremental"
    kind: Any = "incremental" if incremental else schedule.method
    if kind in (None, "physical") and has_incrementals(spec, storage):
        kind = "incremental-base"
    # Said also where nothing is counted: the operator's default would empty the bucket with the namespace.
    retention = cr.Retention(type="count", count=schedule.keep, delete_from_storage=spec.backup.delete_from_storage)
    return cr.Task(
        name=schedule.name,
        enabled=schedule.enabled,
        schedule=schedule.cron,
        storage_name=storage,
        type=kind,
        compression_type=schedule.compression,
        retention=None if incremental else retention,
    )
