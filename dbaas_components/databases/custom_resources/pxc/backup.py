"""Backups within a PerconaXtraDBCluster."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dbaas_components.databases.custom_resources.common import (
    Int32,
    Int64,
    LocalReference,
    Resources,
    SecretKeySelector,
    VolumeClaim,
)
from dbaas_components.databases.custom_resources.model import Model

Checksum = Literal["CRC64NVME", "CRC32", "CRC32C", "SHA1", "SHA256", "MD5"]


class S3Storage(Model):
    """A bucket that speaks the S3 protocol."""

    bucket: str
    """Name of the bucket; for shipped logs with the path behind it, because the log shipper reads no `prefix`."""
    prefix: str | None = None
    credentials_secret: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    force_path_style: bool | None = None
    checksum_algorithm: Checksum | None = None
    skip_bucket_exists_check: bool | None = None
    ca_bundle: SecretKeySelector | None = None


class AzureStorage(Model):
    """A container of Azure Blob Storage."""

    container: str
    """Name of the container; for shipped logs with the path behind it."""
    prefix: str | None = None
    credentials_secret: str
    endpoint_url: str | None = None
    storage_class: str | None = None


class ClaimedVolume(Model):
    """A claim of its own for each backup."""

    persistent_volume_claim: VolumeClaim


class BackupStorage(Model):
    """A place that backups go to, and the resources of the pods that write there."""

    type: Literal["s3", "azure", "filesystem"]
    verify_tls: bool | None = Field(default=None, serialization_alias="verifyTLS")
    s3: S3Storage | None = None
    azure: AzureStorage | None = None
    volume: ClaimedVolume | None = None
    labels: dict[str, str] | None = None
    resources: Resources | None = None


class Retention(Model):
    """How many backups of a schedule are kept."""

    type: Literal["count"]
    count: int | None = None
    delete_from_storage: bool


class ScheduledBackup(Model):
    """A backup by the clock."""

    name: str
    schedule: str
    storage_name: str
    retention: Retention


class Pitr(Model):
    """Shipping of binary logs."""

    enabled: bool
    storage_name: str | None = None
    time_between_uploads: float | None = None
    """In seconds."""
    timeout_seconds: float | None = None
    resources: Resources | None = None


class Backup(Model):
    """All backups, and the image that makes them."""

    image: str
    allow_parallel: bool | None = None
    image_pull_secrets: list[LocalReference] | None = None
    image_pull_policy: str | None = None
    service_account_name: str | None = None
    backoff_limit: Int32 | None = None
    starting_deadline_seconds: Int64 | None = None
    storages: dict[str, BackupStorage] | None = None
    schedule: list[ScheduledBackup] | None = None
    pitr: Pitr | None = None
