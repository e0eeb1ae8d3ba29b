"""Parts that every engine's custom resource has, rendered from a specification. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dbaas_components.databases.custom_resources.common import (
    AntiAffinity,
    DisruptionBudget,
    LabelSelector,
    ObjectMeta,
    Resources,
    StorageScaling,
    TopologySpread,
    UpgradeOptions,
    VolumeClaim,
    VolumeResources,
    VolumeSpec,
)
from dbaas_components.databases.sizes import PROFILES, SIZES, Profile, Size
from dbaas_components.labels import database_labels
from dbaas_components.versions import image

if TYPE_CHECKING:
    from dbaas_components.databases.engine import Engine
    from dbaas_components.databases.spec import DatabaseSpec

HOSTNAME: Final = "kubernetes.io/hostname"
ZONE: Final = "topology.kubernetes.io/zone"

# A volume can grow later, which is the only direction that Kubernetes and the operators support.
GROWING_STORAGE: Final = StorageScaling(enable_volume_scaling=True)
# An operator that upgrades by itself rewrites the images in its custom resource, against this program.
NO_OWN_UPGRADES: Final = UpgradeOptions(apply="disabled")
ONE_AT_A_TIME: Final = DisruptionBudget(max_unavailable=1)


def profile_of(spec: DatabaseSpec) -> Profile:
    """The row of the specification's profile."""
    return PROFILES[spec.profile]


def image_of(spec: DatabaseSpec, role: str) -> str:
    """The full image name for one role of the specification's engine and version."""
    return image(spec.engine, spec.version, role, spec.image_registry)


def metadata_of(spec: DatabaseSpec, engine: Engine) -> ObjectMeta:
    """Name, namespace (if it is known) and the complete labels."""
    labels = database_labels(
        name=spec.name, software=engine.software, version=spec.version, engine=engine.name, profile=spec.profile
    )
    return ObjectMeta(name=spec.name, namespace=spec.namespace or None, labels=labels)


def server_resources(spec: DatabaseSpec) -> Resources:
    """CPU and memory of each database pod."""
    return _resources(SIZES[spec.engine][spec.size])


def proxy_resources(spec: DatabaseSpec) -> Resources:
    """CPU and memory of each proxy pod."""
    return _resources(profile_of(spec).proxy)


def _resources(size: Size) -> Resources:
    return Resources(requests={"cpu": size.cpu, "memory": size.memory}, limits={"memory": size.memory})


def volume_claim(spec: DatabaseSpec, storage: str | None = None) -> VolumeClaim:
    """A claim for the database's storage, or for `storage`."""
    return VolumeClaim(
        storage_class_name=spec.storage_class,
        access_modes=["ReadWriteOnce"],
        resources=VolumeResources(requests={"storage": storage or spec.storage}),
    )


def data_volume(spec: DatabaseSpec) -> VolumeSpec:
    """The data volume, in the form of the MySQL and MongoDB operators."""
    return VolumeSpec(persistent_volume_claim=volume_claim(spec))


def anti_affinity(spec: DatabaseSpec) -> AntiAffinity:
    """No two replicas on one node, except where the profile lets a single node be enough."""
    return AntiAffinity(anti_affinity_topology_key=HOSTNAME if profile_of(spec).spread_nodes else "none")


def zone_spread(spec: DatabaseSpec, pod_labels: dict[str, str]) -> list[TopologySpread] | None:
    """Even spread over zones where the profile asks for it.

    Not the operators' anti-affinity by zone: that one would leave the fourth pod of three zones waiting for ever.
    """
    if not profile_of(spec).spread_zones:
        return None
    return [
        TopologySpread(
            max_skew=1,
            topology_key=ZONE,
            when_unsatisfiable="DoNotSchedule",
            label_selector=LabelSelector(match_labels=pod_labels),
        )
    ]
