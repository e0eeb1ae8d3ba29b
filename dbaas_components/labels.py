"""The labels of every object that belongs to a database: Kubernetes' recommended set and our own."""

from __future__ import annotations

from typing import Final

DOMAIN: Final = "dbaas-components.io"
"""Prefix of this library's own labels and annotations."""

ENGINE: Final = f"{DOMAIN}/engine"
PROFILE: Final = f"{DOMAIN}/profile"
STAND_IN: Final = f"{DOMAIN}/stand-in"
"""Annotation of definitions that were made from this library's models instead of taken from an operator's release."""

PART_OF: Final = "dbaas"
MANAGED_BY: Final = "dbaas-components"


def platform_labels() -> dict[str, str]:
    """The labels of what belongs to the platform as a whole, such as a namespace."""
    return {"app.kubernetes.io/part-of": PART_OF, "app.kubernetes.io/managed-by": MANAGED_BY}


def database_labels(*, name: str, software: str, version: str, engine: str, profile: str) -> dict[str, str]:
    """The labels of a database's custom resource, complete, in a stable order.

    `software` is what runs (`percona-xtradb-cluster`), `engine` our word for it (`pxc`), `version` the engine's
    version series (`8.4`).
    """
    return {
        "app.kubernetes.io/name": software,
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/version": version,
        "app.kubernetes.io/component": "database",
        **platform_labels(),
        ENGINE: engine,
        PROFILE: profile,
    }
