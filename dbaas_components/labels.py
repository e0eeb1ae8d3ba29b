"""The labels of every object that belongs to a database: Kubernetes' recommended set and our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DOMAIN: Final = "dbaas-components.io"
"""Prefix of this library's own labels and annotations."""

ENGINE: Final = f"{DOMAIN}/engine"
PROFILE: Final = f"{DOMAIN}/profile"
TENANT: Final = f"{DOMAIN}/tenant"
OWNER: Final = f"{DOMAIN}/owner"
ENVIRONMENT: Final = f"{DOMAIN}/environment"
COST_CENTRE: Final = f"{DOMAIN}/cost-centre"
MAINTENANCE_WINDOW: Final = f"{DOMAIN}/maintenance-window"
"""Annotation: when the platform's people may work on a database."""
MAINTENANCE_WAVE: Final = f"{DOMAIN}/maintenance-wave"
"""Annotation: its place in the order of a fleet's upgrade."""
GATE: Final = f"{DOMAIN}/gate"
"""Annotation: what an object shows to be so before the next step begins, in words."""
STAND_IN: Final = f"{DOMAIN}/stand-in"
"""Annotation of definitions that were made from this library's models instead of taken from an operator's release."""

PART_OF: Final = "dbaas"
MANAGED_BY: Final = "dbaas-components"


def platform_labels() -> dict[str, str]:
    """The labels of what belongs to the platform as a whole, such as a namespace."""
    return {"app.kubernetes.io/part-of": PART_OF, "app.kubernetes.io/managed-by": MANAGED_BY}


def database_labels(
    *,
    name: str,
    software: str,
    version: str,
    engine: str,
    profile: str,
    ownership: Mapping[str, str | None] | None = None,
) -> dict[str, str]:
    """The labels of a database's custom resource, complete, in a stable order.

    `software` is what runs (`percona-xtradb-cluster`), `engine` our word for it (`pxc`), `version` the engine's
    version series (`8.4`). `ownership` holds the labels of tenant, owner, environment and cost centre that are known.
    """
    return {
        "app.kubernetes.io/name": software,
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/version": version,
        "app.kubernetes.io/component": "database",
        **platform_labels(),
        ENGINE: engine,
        PROFILE: profile,
        **{label: value for label, value in (ownership or {}).items() if value},
    }
