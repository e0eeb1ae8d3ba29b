"""Backups of a PerconaServerMongoDB."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from dbaas_components.databases.custom_resources.common import Int64, Resources, SecretKeySelector
from dbaas_components.databases.custom_resources.model import Model

Minutes = Annotated[Any, WithJsonSchema({"type": "number"})]
"""A number of minutes, whole where it can be: the operator writes it into a configuration as it stands."""


class ServerSideEncryption(Model):
    """The key of the cloud's key management that encrypts objects."""

    sse_algorithm: str
    kms_key_id: str = Field(serialization_alias="kmsKeyID")


class S3(Model):
    """A bucket of S3, or of what speaks its protocol."""

    bucket: str
    region: str | None = None
    prefix: str | None = None
    endpoint_url: str | None = None
    credentials_secret: str | None = None
    storage_class: str | None = None
    insecure_skip_tls_verify: bool | None = Field(default=None, serialization_alias="insecureSkipTLSVerify")
    force_path_style: bool | None = None
    server_side_encryption: ServerSideEncryption | None = None


class Minio(Model):
    """A bucket of a service with a certificate authority of its own."""

    bucket: str
    region: str | None = None
    prefix: str | None = None
    endpoint_url: str
    credentials_secret: str
    secure: bool
    insecure_skip_tls_verify: bool | None = Field(default=None, serialization_alias="insecureSkipTLSVerify")
    force_path_style: bool | None = None
    ca_bundle: SecretKeySelector


class Gcs(Model):
    """A bucket of Google Cloud Storage."""

    bucket: str
    prefix: str | None = None
    credentials_secret: str


class Azure(Model):
    """A container of Azure."""

    container: str
    prefix: str | None = None
    endpoint_url: str | None = None
    credentials_secret: str


class Filesystem(Model):
    """A folder that all members write to."""

    path: str


class Place(Model):
    """Where a storage is; one of its parts."""

    s3: S3 | None = None
    minio: Minio | None = None
    gcs: Gcs | None = None
    azure: Azure | None = None
    filesystem: Filesystem | None = None


class _Kind(Model):
    type: Literal["s3", "minio", "gcs", "azure", "filesystem"]
    main: bool | None = None


class BackupStorage(Place, _Kind):
    """A place that backups go to. Of several, the main one also takes the shipped logs."""


class Retention(Model):
    """How many backups are kept, and whether the others are deleted from the storage too."""

    type: Literal["count"]
    count: int | None = None
    delete_from_storage: bool


class Task(Model):
    """Backups that are made by the clock."""

    name: str
    enabled: bool
    schedule: str
    storage_name: str
    type: Literal["logical", "physical", "incremental", "incremental-base"] | None = None
    compression_type: str | None = None
    retention: Retention | None = None


class Pitr(Model):
    """Shipping of the operation log."""

    enabled: bool
    oplog_span_min: Minutes | None = None
    compression_type: str | None = None
    compression_level: Int64 | None = None
    oplog_only: bool | None = None


class VolumeMount(Model):
    """Where a volume is in the file system of the backup agents."""

    name: str
    mount_path: str


class Backup(Model):
    """Backups, and the image that the definition requires even where there are none."""

    enabled: bool
    image: str
    starting_deadline_seconds: Int64 | None = None
    resources: Resources | None = None
    storages: dict[str, BackupStorage] | None = None
    volume_mounts: list[VolumeMount] | None = None
    pitr: Pitr | None = None
    tasks: list[Task] | None = None
