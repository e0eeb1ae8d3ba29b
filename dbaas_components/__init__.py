"""Components that turn Kubernetes clusters into a multi-database platform on the four Percona operators."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbaas_components.bootstrap.cert_manager import CertManager, CertManagerArgs
    from dbaas_components.bootstrap.certificate_authority import (
        CertificateAuthority,
        CertificateAuthorityArgs,
        NamespaceIssuers,
        NamespaceIssuersArgs,
    )
    from dbaas_components.bootstrap.coroot.component import Coroot, CorootArgs
    from dbaas_components.bootstrap.custom_resource_definitions import (
        CustomResourceDefinitions,
        CustomResourceDefinitionsArgs,
    )
    from dbaas_components.bootstrap.external_secrets import ExternalSecrets, ExternalSecretsArgs
    from dbaas_components.bootstrap.namespaces import Namespaces, NamespacesArgs
    from dbaas_components.bootstrap.operators.component import Operators, OperatorsArgs
    from dbaas_components.bootstrap.platform import Platform, PlatformArgs
    from dbaas_components.bootstrap.pmm.component import Pmm, PmmArgs
    from dbaas_components.bootstrap.pmm.tokens import PmmTokens, PmmTokensArgs
    from dbaas_components.bootstrap.priority_classes import PriorityClasses, PriorityClassesArgs
    from dbaas_components.bootstrap.secret_store import SecretStore, SecretStoreArgs
    from dbaas_components.bootstrap.storage_tiers import StorageTiers, StorageTiersArgs
    from dbaas_components.databases.managed import ManagedDatabase, ManagedDatabaseArgs
    from dbaas_components.databases.spec import DatabaseSpec, parse_database
    from dbaas_components.errors import Problem, SpecError
    from dbaas_components.kubernetes_objects import KubernetesObject
    from dbaas_components.ownership import Ownership
    from dbaas_components.secrets import SecretReference

__all__ = [
    "CertManager",
    "CertManagerArgs",
    "CertificateAuthority",
    "CertificateAuthorityArgs",
    "Coroot",
    "CorootArgs",
    "CustomResourceDefinitions",
    "CustomResourceDefinitionsArgs",
    "DatabaseSpec",
    "ExternalSecrets",
    "ExternalSecretsArgs",
    "KubernetesObject",
    "ManagedDatabase",
    "ManagedDatabaseArgs",
    "NamespaceIssuers",
    "NamespaceIssuersArgs",
    "Namespaces",
    "NamespacesArgs",
    "Operators",
    "OperatorsArgs",
    "Ownership",
    "Platform",
    "PlatformArgs",
    "Pmm",
    "PmmArgs",
    "PmmTokens",
    "PmmTokensArgs",
    "PriorityClasses",
    "PriorityClassesArgs",
    "Problem",
    "SecretReference",
    "SecretStore",
    "SecretStoreArgs",
    "SpecError",
    "StorageTiers",
    "StorageTiersArgs",
    "parse_database",
]

_HOMES = {
    "CertManager": "bootstrap.cert_manager",
    "CertManagerArgs": "bootstrap.cert_manager",
    "CertificateAuthority": "bootstrap.certificate_authority",
    "CertificateAuthorityArgs": "bootstrap.certificate_authority",
    "Coroot": "bootstrap.coroot.component",
    "CorootArgs": "bootstrap.coroot.component",
    "CustomResourceDefinitions": "bootstrap.custom_resource_definitions",
    "CustomResourceDefinitionsArgs": "bootstrap.custom_resource_definitions",
    "DatabaseSpec": "databases.spec",
    "ExternalSecrets": "bootstrap.external_secrets",
    "ExternalSecretsArgs": "bootstrap.external_secrets",
    "KubernetesObject": "kubernetes_objects",
    "ManagedDatabase": "databases.managed",
    "ManagedDatabaseArgs": "databases.managed",
    "NamespaceIssuers": "bootstrap.certificate_authority",
    "NamespaceIssuersArgs": "bootstrap.certificate_authority",
    "Namespaces": "bootstrap.namespaces",
    "NamespacesArgs": "bootstrap.namespaces",
    "Operators": "bootstrap.operators.component",
    "OperatorsArgs": "bootstrap.operators.component",
    "Ownership": "ownership",
    "Platform": "bootstrap.platform",
    "PlatformArgs": "bootstrap.platform",
    "Pmm": "bootstrap.pmm.component",
    "PmmArgs": "bootstrap.pmm.component",
    "PmmTokens": "bootstrap.pmm.tokens",
    "PmmTokensArgs": "bootstrap.pmm.tokens",
    "PriorityClasses": "bootstrap.priority_classes",
    "PriorityClassesArgs": "bootstrap.priority_classes",
    "Problem": "errors",
    "SecretReference": "secrets",
    "SecretStore": "bootstrap.secret_store",
    "SecretStoreArgs": "bootstrap.secret_store",
    "SpecError": "errors",
    "StorageTiers": "bootstrap.storage_tiers",
    "StorageTiersArgs": "bootstrap.storage_tiers",
    "parse_database": "databases.spec",
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
