"""The parts of the PS operator 1.2.0's objects that speak of backups, and PerconaServerMySQLRestore."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dbaas_components.databases.custom_resources.common import (
    CustomResourceModel,
    Int32,
    LocalReference,
    NodeAffinity,
    ObjectMeta,
    Resources,
)
from dbaas_components.databases.custom_resources.model import Model


class S3(Model):
    """A bucket that speaks the S3 protocol."""

    bucket: str
    credentials_secret: str
    region: str | None = None
    endpoint_url: str | None = None
    prefix: str


class Gcs(Model):
    """A bucket of Google Cloud Storage."""

    bucket: str
    credentials_secret: str
    endpoint_url: str | None = None
    prefix: str


class Azure(Model):
    """A container of Azure Blob Storage."""

    container: str
    credentials_secret: str
    endpoint_url: str | None = None
    prefix: str


class EncryptionKey(Model):
    """The key that backups are encrypted with."""

    name: str
    key: str


class Zones(Model):
    """Kubernetes' own form of affinity, for helpers that come one at a time: which nodes, and nothing apart."""

    node_affinity: NodeAffinity


class HelperAffinity(Model):
    """The same, in the operator's form."""

    advanced: Zones


class BackupStorage(Model):
    """A place that backups go to, and the pods that take them there."""

    type: Literal["s3", "gcs", "azure"]
    s3: S3 | None = None
    gcs: Gcs | None = None
    azure: Azure | None = None
    verify_tls: bool = Field(serialization_alias="verifyTLS")
    resources: Resources | None = None
    affinity: Zones | None = None


class Schedule(Model):
    """Backups by the clock."""

    name: str
    schedule: str
    storage_name: str
    type: Literal["full", "incremental"]
    keep: int | None = None


class BinlogStorage(Model):
    """The bucket that the binary logs go to."""

    s3: S3


class BinlogServer(Model):
    """The pod that ships the binary logs."""

    size: Int32
    image: str
    image_pull_secrets: list[LocalReference] | None = None
    image_pull_policy: str | None = None
    resources: Resources | None = None
    affinity: HelperAffinity | None = None
    storage: BinlogStorage
    checkpoint_interval: str | None = None


class Pitr(Model):
    """Shipping of the binary logs."""

    enabled: bool
    binlog_server: BinlogServer | None = None


class Backup(Model):
    """Backups."""

    enabled: bool
    image: str
    image_pull_secrets: list[LocalReference] | None = None
    image_pull_policy: str | None = None
    backoff_limit: Int32 | None = None
    resources: Resources | None = None
    encryption_key_secret: EncryptionKey | None = None
    storages: dict[str, BackupStorage] | None = None
    schedule: list[Schedule] | None = None
    pitr: Pitr | None = None


class SourceStorage(BackupStorage):
    """The place of another database's backup, with the key that it was encrypted with."""

    encryption_key_secret: EncryptionKey | None = None


class BackupSource(Model):
    """A backup of another database, by its place."""

    destination: str
    storage: SourceStorage


class RestorePitrSource(Model):
    """Where the other database's binary logs are."""

    binlog_server: BinlogServer


class RestorePitr(Model):
    """How far the binary logs are applied after the backup."""

    type: Literal["date", "gtid"]
    date: str | None = None
    gtid: str | None = None
    backup_source: RestorePitrSource


class RestoreSpec(Model):
    """What is restored, and into which database."""

    cluster_name: str
    backup_source: BackupSource
    pitr: RestorePitr | None = None


class PerconaServerMySQLRestore(CustomResourceModel):
    """The restore that a new database starts with."""

    api_version: Literal["ps.percona.com/v1"] = "ps.percona.com/v1"
    kind: Literal["PerconaServerMySQLRestore"] = "PerconaServerMySQLRestore"
    metadata: ObjectMeta
    spec: RestoreSpec
