"""`PriorityClasses`: who keeps running when the nodes are full."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.databases.spec.part import Part
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.ownership import Ownership

PRIORITIES = {
    # Operators and Vault before the databases: without them no database heals, and no encrypted one starts.
    "dbaas-platform": (900_000_000, "What databases need to start and to heal: operators, Vault."),
    "dbaas-critical": (800_000_000, "Databases of profile critical."),
    "dbaas-standard": (700_000_000, "Databases of profile standard."),
}
"""Name to its rank and what it is for. Kubernetes allows up to 1,000,000,000 to what is not its own."""


class PriorityClassesArgs(TypedDict):
    """Arguments of `PriorityClasses`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""


class PriorityClassesSpec(Part):
    """The arguments of `PriorityClasses`, checked."""

    ownership: Ownership


class PriorityClasses(Component):
    """PriorityClasses `dbaas-platform`, `dbaas-critical` and `dbaas-standard`, in this order above everything else."""

    names: pulumi.Output[list[str]]
    """Names of the classes, the highest first."""

    def __init__(self, name: str, args: PriorityClassesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(PriorityClassesSpec, f'priority classes "{name}"', args)
        self.begin(name, opts)
        made = [
            KubernetesObject(
                self.child_name(one["metadata"]["name"]),
                one,
                # The value of a class cannot be changed; pods keep the one that they were made with.
                self.child_options(replace_on_changes=["value", "preemptionPolicy"], delete_before_replace=True),
            )
            for one in priority_classes(spec.ownership)
        ]
        self.publish(*made, names=list(PRIORITIES))


def priority_classes(ownership: Ownership) -> list[dict[str, Any]]:
    """The PriorityClass objects, the highest first."""
    return [
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name, "labels": ownership.labels(component="scheduling")},
            "value": value,
            "description": description,
            "globalDefault": False,
        }
        for name, (value, description) in PRIORITIES.items()
    ]
