"""`StorageTiers`: the StorageClasses that databases ask for by tier."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.cloud_profiles import CloudProfile, storage_classes, tier_names
from dbaas_components.databases.spec.part import Part
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.ownership import Ownership

# A StorageClass cannot be changed in these; volumes that exist keep what they were made with.
_FIXED = ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"]


class StorageTiersArgs(TypedDict):
    """Arguments of `StorageTiers`."""

    cloud: Mapping[str, Any]
    """Cloud profile: `kubernetes` (`eks`, `gke`, `aks`, `on_premises`), and what differs from its defaults."""
    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    make: NotRequired[bool]
    """Whether the StorageClasses are made here; default true. False where another stack of the same Kubernetes cluster
    makes them."""


class StorageTiersSpec(Part):
    """The arguments of `StorageTiers`, checked."""

    cloud: CloudProfile
    ownership: Ownership
    make: bool = True


class StorageTiers(Component):
    """StorageClasses for the tiers `high`, `medium` and `low`: encrypted, able to grow, and kept when a claim goes."""

    names: pulumi.Output[dict[str, str]]
    """StorageClass by tier, as a database takes them for `storage_tiers`."""

    def __init__(self, name: str, args: StorageTiersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(StorageTiersSpec, f'storage tiers "{name}"', args)
        self.begin(name, opts)
        made = storage_classes(spec.cloud, spec.ownership) if spec.make else {}
        classes = [
            KubernetesObject(
                self.child_name(tier),
                manifest,
                # The name stays the same, so the old one has to go first; no volume depends on it any more.
                self.child_options(replace_on_changes=_FIXED, delete_before_replace=True),
            )
            for tier, manifest in made.items()
        ]
        self.publish(*classes, names={str(tier): one for tier, one in tier_names(spec.cloud).items()})
