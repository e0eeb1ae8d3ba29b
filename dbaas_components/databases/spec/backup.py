"""Backups: where to, when, and for how long."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dbaas_components.databases.spec.addresses import SERVICE
from dbaas_components.databases.spec.part import (
    Bytes,
    Count,
    Cron,
    Duration,
    LabelKey,
    LabelName,
    Line,
    ObjectName,
    Part,
    SecretKey,
    Text,
)
from dbaas_components.databases.spec.sizing import Resources


class BackupStorage(Part):
    """A place that backups go to."""

    type: Literal["s3", "gcs", "azure", "volume"]
    """`s3` (also for what speaks its protocol), `gcs`, `azure` or `volume`."""
    bucket: Line | None = None
    """Bucket; for azure the container."""
    region: Line | None = None
    """Region of the bucket (s3)."""
    endpoint: Annotated[str, Field(pattern=SERVICE)] | None = None
    """Address of the service, where it is not the cloud's own: `https://minio.example.com`."""
    prefix: Line | None = None
    """Path in the bucket that only this database writes to; default `<namespace>/<name>/<incarnation>`."""
    credentials: ObjectName | None = None
    """Secret with the keys that the engine reads; default: none, which takes the pod's cloud identity. For pg files of
    pgBackRest: `s3.conf` or `azure.conf` with its options, `gcs-key.json` with a Google service account's key."""
    path_style: bool = False
    """Whether the bucket's name stands in the path instead of the host name (s3)."""
    verify_tls: bool = True
    """Whether the service's certificate is verified."""
    authority: SecretKey | None = None
    """Authority of the service's certificate (pxc, psmdb, pg)."""
    storage_class: Line | None = None
    """Storage class of the objects in the bucket, or of the volume."""
    size: Bytes | None = None
    """Size of the volume (volume); default for pg: three times the data's."""
    claim: ObjectName | None = None
    """Existing claim to keep backups on (volume on psmdb): it must be writable from all members at once."""
    encryption_key: Line | None = None
    """Key of the cloud's key management that encrypts the objects (psmdb and pg on s3)."""
    checksum: Literal["CRC64NVME", "CRC32", "CRC32C", "SHA1", "SHA256", "MD5"] | None = None
    """Checksum of uploads (pxc on s3), for services that do not know the newest."""
    skip_bucket_check: bool = False
    """Whether an upload starts without looking whether the bucket exists (pxc on s3)."""


Compression = Literal["gzip", "pgzip", "snappy", "lz4", "s2", "zstd", "none"]


class Schedule(Part):
    """Backups that are made by the clock."""

    name: LabelName
    """Name of the schedule, unique in the database."""
    cron: Cron
    """When, in UTC: `0 1 * * *`."""
    storage: LabelName | None = None
    """Which of `storages`; default: the first."""
    type: Literal["full", "incremental", "differential"] = "full"
    """`full`, `incremental` (since the last backup) or `differential` (since the last full one)."""
    method: Literal["logical", "physical"] | None = None
    """How a full backup is made (psmdb); default `logical`, or `physical` where incrementals build on it."""
    keep: Count | None = None
    """How many are kept. For pg it holds for all backups of that type in the storage; incremental ones go with the
    backup that they build on."""
    retention: Duration | None = None
    """How long full backups are kept instead (pg), in days."""
    compression: Compression | None = None
    """How the backup is compressed (psmdb)."""
    enabled: bool = True
    """Whether it runs."""


class Pitr(Part):
    """Shipping of logs, for recovery to any moment since a backup."""

    enabled: bool = True
    """Whether logs are shipped; pg always does."""
    storage: LabelName | None = None
    """Which of `storages`; default: the first. pxc and ps want one of its own."""
    interval: Duration | None = None
    """Time between uploads: what a disaster may cost at most; default: from `slo.rpo`, else the operator's."""
    resources: Resources = Resources.usual()
    """CPU and memory of the pod that ships them (pxc, ps)."""
    compression: Compression | None = None
    """How shipped logs are compressed (psmdb); default: the operator's."""
    compression_level: Annotated[int, Field(ge=0, le=22)] | None = None
    """How hard (psmdb); what the numbers mean is the compression's own affair."""
    without_base: bool | None = None
    """Whether logs are shipped before there is a full backup to start from (psmdb)."""
    timeout: Duration | None = None
    """Time that an upload may take (pxc); default: the operator's."""


class Backup(Part):
    """All backups of a database."""

    storages: dict[LabelName, BackupStorage] = {}
    """Places by name. Without one there are no backups, except for pg, which keeps them on a volume of its own."""
    schedules: tuple[Schedule, ...] = ()
    """Backups that are made by the clock."""
    pitr: Pitr | None = None
    """Shipping of logs; default: off where there is no storage, on otherwise for standard and critical."""
    service_account: ObjectName | None = None
    """ServiceAccount of the backup pods, for keyless access to the bucket (pxc, ps)."""
    service_account_annotations: dict[LabelKey, Text] = {}
    """Annotations of the ServiceAccounts that the operator makes, for keyless access to the bucket (pg):
    `eks.amazonaws.com/role-arn`. The operator puts them on all that it makes for the database."""
    resources: Resources = Resources.usual()
    """CPU and memory of the backup pods."""
    delete_from_storage: bool = False
    """Whether a backup that retention drops is deleted from the bucket too; the bucket's lifecycle does it else. pg
    always deletes it."""
    encryption_key: SecretKey | None = None
    """Key that the backups themselves are encrypted with (ps)."""
    parallel: bool = False
    """Whether two backups may run at once (pxc)."""
    retries: Annotated[int, Field(ge=0, le=100)] | None = None
    """How often a failed backup pod is tried again; default: the operator's."""
    deadline: Duration | None = None
    """Time within which a backup must have started; default: the operator's (pxc, psmdb)."""


class Slo(Part):
    """What the owner may lose and wait for at most."""

    rpo: Duration
    """Data that a disaster may cost, as the time it was written in."""
    rto: Duration
    """Time until it is back."""


class DataSource(Part):
    """The backup that a new database starts from. It is read once, when the database is created."""

    storage: LabelName
    """Which of `backup.storages` holds it."""
    path: Line
    """Path in the bucket below which the other database keeps its backups: `shop/orders/1`."""
    backup: Line | None = None
    """Name of the backup; default for pg: the newest before `at`. Other engines need it."""
    method: Literal["logical", "physical"] | None = None
    """How that backup was made (psmdb): `physical` also where it is an incremental one; default `logical`."""
    at: Line | None = None
    """Moment to go on to: `latest`, or a time such as `2026-11-20T03:00:00Z`; default: the backup's own."""
    gtid: Line | None = None
    """Transaction to go on to instead (pxc, ps): a GTID."""
    lsn: Line | None = None
    """Log position to go on to instead (pg)."""
    pitr_storage: LabelName | None = None
    """Which of `backup.storages` holds the logs (pxc, ps); default: `storage`."""
    overwrite: Line | None = None
    """The database's own name, to restore into it although it exists already and whatever it holds. Only after a first
    `up` that made the database and broke off before its restore (pxc, ps, psmdb)."""
