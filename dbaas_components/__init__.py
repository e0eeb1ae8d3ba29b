"""Components that turn Kubernetes clusters into a multi-database platform on the four Percona operators."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbaas_components.bootstrap.custom_resource_definitions import (
        CustomResourceDefinitions,
        CustomResourceDefinitionsArgs,
    )
    from dbaas_components.databases.managed import ManagedDatabase, ManagedDatabaseArgs
    from dbaas_components.databases.spec import DatabaseSpec, parse_database
    from dbaas_components.errors import Problem, SpecError
    from dbaas_components.kubernetes_objects import KubernetesObject
    from dbaas_components.secrets import SecretReference

__all__ = [
    "CustomResourceDefinitions",
    "CustomResourceDefinitionsArgs",
    "DatabaseSpec",
    "KubernetesObject",
    "ManagedDatabase",
    "ManagedDatabaseArgs",
    "Problem",
    "SecretReference",
    "SpecError",
    "parse_database",
]

_HOMES = {
    "CustomResourceDefinitions": "bootstrap.custom_resource_definitions",
    "CustomResourceDefinitionsArgs": "bootstrap.custom_resource_definitions",
    "DatabaseSpec": "databases.spec",
    "KubernetesObject": "kubernetes_objects",
    "ManagedDatabase": "databases.managed",
    "ManagedDatabaseArgs": "databases.managed",
    "Problem": "errors",
    "SecretReference": "secrets",
    "SpecError": "errors",
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
