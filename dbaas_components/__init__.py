"""Components that turn Kubernetes clusters into a multi-database platform on the four Percona operators."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbaas_components.bootstrap.buckets.component import BackupBucket, BackupBucketArgs
    from dbaas_components.bootstrap.cert_manager import CertManager, CertManagerArgs
    from dbaas_components.bootstrap.certificate_authority import (
        CertificateAuthority,
        CertificateAuthorityArgs,
        NamespaceIssuers,
        NamespaceIssuersArgs,
    )
    from dbaas_components.bootstrap.claim_labels import ClaimLabels, ClaimLabelsArgs
    from dbaas_components.bootstrap.coroot.component import Coroot, CorootArgs
    from dbaas_components.bootstrap.custom_resource_definitions import (
        CustomResourceDefinitions,
        CustomResourceDefinitionsArgs,
    )
    from dbaas_components.bootstrap.external_secrets import ExternalSecrets, ExternalSecretsArgs
    from dbaas_components.bootstrap.monitoring import MonitoringStack, MonitoringStackArgs
    from dbaas_components.bootstrap.namespaces import Namespaces, NamespacesArgs
    from dbaas_components.bootstrap.operators.component import Operators, OperatorsArgs
    from dbaas_components.bootstrap.platform import Platform, PlatformArgs
    from dbaas_components.bootstrap.pmm.component import Pmm, PmmArgs
    from dbaas_components.bootstrap.pmm.tokens import PmmTokens, PmmTokensArgs
    from dbaas_components.bootstrap.portworx.component import Portworx, PortworxArgs
    from dbaas_components.bootstrap.priority_classes import PriorityClasses, PriorityClassesArgs
    from dbaas_components.bootstrap.restore_secrets.kept import RestoreSecrets, RestoreSecretsArgs
    from dbaas_components.bootstrap.restore_secrets.restored import RestoredSecrets, RestoredSecretsArgs
    from dbaas_components.bootstrap.secret_store import SecretStore, SecretStoreArgs
    from dbaas_components.bootstrap.storage_policy import StoragePolicy, storage_arguments
    from dbaas_components.bootstrap.storage_tiers import StorageTiers, StorageTiersArgs
    from dbaas_components.bootstrap.vault.component import Vault, VaultArgs
    from dbaas_components.databases.managed import ManagedDatabase, ManagedDatabaseArgs
    from dbaas_components.databases.spec import DatabaseSpec, parse_database
    from dbaas_components.dr.agent.component import FailoverAgent, FailoverAgentArgs
    from dbaas_components.dr.topology.arguments import DatabaseTopologyArgs
    from dbaas_components.dr.topology.component import DatabaseTopology
    from dbaas_components.errors import Problem, SpecError
    from dbaas_components.kubernetes_objects import KubernetesObject
    from dbaas_components.observability.dashboards.component import Dashboards, DashboardsArgs
    from dbaas_components.observability.database_alerts import DatabaseAlerts, DatabaseAlertsArgs
    from dbaas_components.observability.fleet_alerts import FleetAlerts, FleetAlertsArgs
    from dbaas_components.ownership import Ownership
    from dbaas_components.platform_reference import PlatformRef
    from dbaas_components.secrets import SecretReference

__all__ = [
    "BackupBucket",
    "BackupBucketArgs",
    "CertManager",
    "CertManagerArgs",
    "CertificateAuthority",
    "CertificateAuthorityArgs",
    "ClaimLabels",
    "ClaimLabelsArgs",
    "Coroot",
    "CorootArgs",
    "CustomResourceDefinitions",
    "CustomResourceDefinitionsArgs",
    "Dashboards",
    "DashboardsArgs",
    "DatabaseAlerts",
    "DatabaseAlertsArgs",
    "DatabaseSpec",
    "DatabaseTopology",
    "DatabaseTopologyArgs",
    "ExternalSecrets",
    "ExternalSecretsArgs",
    "FailoverAgent",
    "FailoverAgentArgs",
    "FleetAlerts",
    "FleetAlertsArgs",
    "KubernetesObject",
    "ManagedDatabase",
    "ManagedDatabaseArgs",
    "MonitoringStack",
    "MonitoringStackArgs",
    "NamespaceIssuers",
    "NamespaceIssuersArgs",
    "Namespaces",
    "NamespacesArgs",
    "Operators",
    "OperatorsArgs",
    "Ownership",
    "Platform",
    "PlatformArgs",
    "PlatformRef",
    "Pmm",
    "PmmArgs",
    "PmmTokens",
    "PmmTokensArgs",
    "Portworx",
    "PortworxArgs",
    "PriorityClasses",
    "PriorityClassesArgs",
    "Problem",
    "RestoreSecrets",
    "RestoreSecretsArgs",
    "RestoredSecrets",
    "RestoredSecretsArgs",
    "SecretReference",
    "SecretStore",
    "SecretStoreArgs",
    "SpecError",
    "StoragePolicy",
    "StorageTiers",
    "StorageTiersArgs",
    "Vault",
    "VaultArgs",
    "parse_database",
    "storage_arguments",
]

_HOMES = {
    "BackupBucket": "bootstrap.buckets.component",
    "BackupBucketArgs": "bootstrap.buckets.component",
    "CertManager": "bootstrap.cert_manager",
    "CertManagerArgs": "bootstrap.cert_manager",
    "CertificateAuthority": "bootstrap.certificate_authority",
    "CertificateAuthorityArgs": "bootstrap.certificate_authority",
    "ClaimLabels": "bootstrap.claim_labels",
    "ClaimLabelsArgs": "bootstrap.claim_labels",
    "Coroot": "bootstrap.coroot.component",
    "CorootArgs": "bootstrap.coroot.component",
    "CustomResourceDefinitions": "bootstrap.custom_resource_definitions",
    "CustomResourceDefinitionsArgs": "bootstrap.custom_resource_definitions",
    "Dashboards": "observability.dashboards.component",
    "DashboardsArgs": "observability.dashboards.component",
    "DatabaseAlerts": "observability.database_alerts",
    "DatabaseAlertsArgs": "observability.database_alerts",
    "DatabaseSpec": "databases.spec",
    "DatabaseTopology": "dr.topology.component",
    "DatabaseTopologyArgs": "dr.topology.arguments",
    "ExternalSecrets": "bootstrap.external_secrets",
    "ExternalSecretsArgs": "bootstrap.external_secrets",
    "FailoverAgent": "dr.agent.component",
    "FailoverAgentArgs": "dr.agent.component",
    "FleetAlerts": "observability.fleet_alerts",
    "FleetAlertsArgs": "observability.fleet_alerts",
    "KubernetesObject": "kubernetes_objects",
    "ManagedDatabase": "databases.managed",
    "ManagedDatabaseArgs": "databases.managed",
    "MonitoringStack": "bootstrap.monitoring",
    "MonitoringStackArgs": "bootstrap.monitoring",
    "NamespaceIssuers": "bootstrap.certificate_authority",
    "NamespaceIssuersArgs": "bootstrap.certificate_authority",
    "Namespaces": "bootstrap.namespaces",
    "NamespacesArgs": "bootstrap.namespaces",
    "Operators": "bootstrap.operators.component",
    "OperatorsArgs": "bootstrap.operators.component",
    "Ownership": "ownership",
    "Platform": "bootstrap.platform",
    "PlatformArgs": "bootstrap.platform",
    "PlatformRef": "platform_reference",
    "Pmm": "bootstrap.pmm.component",
    "PmmArgs": "bootstrap.pmm.component",
    "PmmTokens": "bootstrap.pmm.tokens",
    "PmmTokensArgs": "bootstrap.pmm.tokens",
    "Portworx": "bootstrap.portworx.component",
    "PortworxArgs": "bootstrap.portworx.component",
    "PriorityClasses": "bootstrap.priority_classes",
    "PriorityClassesArgs": "bootstrap.priority_classes",
    "Problem": "errors",
    "RestoreSecrets": "bootstrap.restore_secrets.kept",
    "RestoreSecretsArgs": "bootstrap.restore_secrets.kept",
    "RestoredSecrets": "bootstrap.restore_secrets.restored",
    "RestoredSecretsArgs": "bootstrap.restore_secrets.restored",
    "SecretReference": "secrets",
    "SecretStore": "bootstrap.secret_store",
    "SecretStoreArgs": "bootstrap.secret_store",
    "SpecError": "errors",
    "StoragePolicy": "bootstrap.storage_policy",
    "StorageTiers": "bootstrap.storage_tiers",
    "StorageTiersArgs": "bootstrap.storage_tiers",
    "Vault": "bootstrap.vault.component",
    "VaultArgs": "bootstrap.vault.component",
    "parse_database": "databases.spec",
    "storage_arguments": "bootstrap.storage_policy",
}


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first asked for: `import dbaas_components` alone costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
