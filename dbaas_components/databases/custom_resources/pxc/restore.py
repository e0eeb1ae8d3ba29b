"""PerconaXtraDBClusterRestore of the PXC operator 1.20.0."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dbaas_components.databases.custom_resources.common import CustomResourceModel, ObjectMeta, Resources
from dbaas_components.databases.custom_resources.model import Model
from dbaas_components.databases.custom_resources.pxc.backup import AzureStorage, S3Storage


class BackupSource(Model):
    """Where a backup, or the logs since it, are."""

    destination: str | None = None
    """`s3://bucket/path/name` or `azure://container/path/name`."""
    s3: S3Storage | None = None
    azure: AzureStorage | None = None
    verify_tls: bool | None = Field(default=None, serialization_alias="verifyTLS")


class RecoveryTarget(Model):
    """How far to go on from the backup."""

    type: Literal["latest", "date", "transaction"]
    date: str | None = None
    """`YYYY-MM-DD HH:MM:SS` in UTC."""
    gtid: str | None = None
    backup_source: BackupSource


class RestoreSpec(Model):
    """Which backup goes into which database."""

    pxc_cluster: str
    backup_source: BackupSource
    pitr: RecoveryTarget | None = None
    resources: Resources | None = None


class PerconaXtraDBClusterRestore(CustomResourceModel):
    """The whole object."""

    api_version: Literal["pxc.percona.com/v1"] = "pxc.percona.com/v1"
    kind: Literal["PerconaXtraDBClusterRestore"] = "PerconaXtraDBClusterRestore"
    metadata: ObjectMeta
    spec: RestoreSpec
