"""Objects of a component, each behind what it needs."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from dbaas_components.base import Component
from dbaas_components.kubernetes_objects import KubernetesObject


def place(
    component: Component, role: str, manifest: Mapping[str, Any], behind: Sequence[pulumi.Resource] = (), **leaf: Any
) -> KubernetesObject:
    """Registers an object as a child of `component`, named after its role. `leaf` are further resource options."""
    options = component.child_options(depends_on=list(behind) or None, **leaf)
    return KubernetesObject(component.child_name(role), manifest, options)
