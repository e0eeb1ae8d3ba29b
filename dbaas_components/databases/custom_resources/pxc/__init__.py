"""PerconaXtraDBCluster and PerconaXtraDBClusterRestore of the PXC operator 1.20.0."""

from dbaas_components.databases.custom_resources.pxc.backup import (
    AzureStorage,
    Backup,
    BackupStorage,
    ClaimedVolume,
    Pitr,
    Retention,
    S3Storage,
    ScheduledBackup,
)
from dbaas_components.databases.custom_resources.pxc.cluster import (
    HAProxy,
    LogCollector,
    LogRotation,
    PerconaXtraDBCluster,
    Pmm,
    ProxySQL,
    Server,
    Spec,
    Tls,
    UnsafeFlags,
    User,
)
from dbaas_components.databases.custom_resources.pxc.component import Component, ServiceAddress, ServiceExpose
from dbaas_components.databases.custom_resources.pxc.restore import (
    BackupSource,
    PerconaXtraDBClusterRestore,
    RecoveryTarget,
    RestoreSpec,
)

__all__ = [
    "AzureStorage",
    "Backup",
    "BackupSource",
    "BackupStorage",
    "ClaimedVolume",
    "Component",
    "HAProxy",
    "LogCollector",
    "LogRotation",
    "PerconaXtraDBCluster",
    "PerconaXtraDBClusterRestore",
    "Pitr",
    "Pmm",
    "ProxySQL",
    "RecoveryTarget",
    "RestoreSpec",
    "Retention",
    "S3Storage",
    "ScheduledBackup",
    "Server",
    "ServiceAddress",
    "ServiceExpose",
    "Spec",
    "Tls",
    "UnsafeFlags",
    "User",
]
