"""Parts that every engine's custom resource has: labels, images, volumes, upgrades."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from dbaas_components.databases.custom_resources.common import (
    Autoscaling,
    LocalReference,
    ObjectMeta,
    ServiceType,
    StorageScaling,
    UpgradeOptions,
    VolumeClaim,
    VolumeResources,
    VolumeSpec,
)
from dbaas_components.databases.sizes import PROFILES, Profile
from dbaas_components.labels import (
    COST_CENTRE,
    ENVIRONMENT,
    MAINTENANCE_WAVE,
    MAINTENANCE_WINDOW,
    OWNER,
    TENANT,
    database_labels,
)
from dbaas_components.versions import image

if TYPE_CHECKING:
    from dbaas_components.databases.engine import Engine
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.placement import Pods
    from dbaas_components.databases.spec.sizing import Storage

# An operator that upgrades by itself rewrites the images in its custom resource, against this program.
NO_OWN_UPGRADES: Final = "disabled"
SERVICE_TYPES: Final[Mapping[str, ServiceType]] = MappingProxyType(
    {"internal": "ClusterIP", "load_balancer": "LoadBalancer", "node_port": "NodePort"}
)
"""Kubernetes' types of Services, by the specification's word."""


def upgrade_options(spec: DatabaseSpec) -> UpgradeOptions:
    """Never by itself; and where it would ask for versions."""
    return UpgradeOptions(apply=NO_OWN_UPGRADES, version_service_endpoint=spec.maintenance.version_service)


def profile_of(spec: DatabaseSpec) -> Profile:
    """The row of the specification's profile."""
    return PROFILES[spec.profile]


def image_of(spec: DatabaseSpec, role: str) -> str:
    """The full image name for one role of the specification's engine and version."""
    return spec.images.get(role) or image(spec.engine, spec.version, role, spec.image_registry)


def pull_secrets(spec: DatabaseSpec) -> list[LocalReference] | None:
    """The Secrets to pull images with."""
    return [LocalReference(name=name) for name in spec.image_pull_secrets] or None


def metadata_of(spec: DatabaseSpec, engine: Engine, finalizers: list[str] | None = None) -> ObjectMeta:
    """Name, namespace (if it is known), labels, annotations and finalizers of the custom resource."""
    maintenance = {
        MAINTENANCE_WINDOW: spec.maintenance.window,
        MAINTENANCE_WAVE: str(spec.maintenance.wave),
    }
    annotations = {**(maintenance if spec.platform_labels else {}), **spec.annotations}
    return ObjectMeta(
        name=spec.name,
        namespace=spec.namespace or None,
        labels=labels_of(spec, engine) or None,
        annotations=annotations or None,
        finalizers=finalizers or None,
    )


def labels_of(spec: DatabaseSpec, engine: Engine) -> dict[str, str]:
    """The labels of everything that is registered for a database."""
    if not spec.platform_labels:
        return dict(spec.labels)
    ours = database_labels(
        name=spec.name,
        software=engine.software,
        version=spec.version,
        engine=engine.name,
        profile=spec.profile,
        ownership=owner_labels(spec),
    )
    return {**ours, **spec.labels}


def owner_labels(spec: DatabaseSpec) -> dict[str, str]:
    """Who answers and who pays, as far as it is known: for pods and volumes, which is where the costs are."""
    if not spec.platform_labels:
        return {}
    known = {
        TENANT: spec.tenant,
        OWNER: spec.owner,
        ENVIRONMENT: spec.environment,
        COST_CENTRE: spec.cost_centre,
    }
    return {label: value for label, value in known.items() if value}


def labels_of_pods(spec: DatabaseSpec, given: Pods) -> dict[str, str] | None:
    """Labels of one group of pods; the ones that its settings name go before the owner's."""
    return {**owner_labels(spec), **given.labels} or None


def storage_scaling(spec: DatabaseSpec) -> StorageScaling:
    """A volume can grow later, which is the only direction that Kubernetes and the operators support."""
    autoscale = spec.storage.autoscale
    return StorageScaling(
        enable_volume_scaling=True,
        autoscaling=Autoscaling(
            enabled=True,
            trigger_threshold_percent=autoscale.threshold_percent,
            growth_step=autoscale.step,
            max_size=autoscale.max_size,
        )
        if autoscale
        else None,
    )


def volume_claim(spec: DatabaseSpec, storage: Storage | None = None, size: str | None = None) -> VolumeClaim:
    """A claim for `storage`, default the database's own, of another `size` where one is given."""
    storage = storage or spec.storage
    return VolumeClaim(
        storage_class_name=storage_class(spec, storage),
        access_modes=["ReadWriteOnce"],
        resources=VolumeResources(requests={"storage": size or storage.size}),
    )


def storage_class(spec: DatabaseSpec, storage: Storage) -> str | None:
    """The StorageClass that the storage names, or that its tier stands for; None for the cluster's own default."""
    return storage.storage_class or (spec.storage_tiers[storage.tier] if storage.tier else None)


def data_volume(spec: DatabaseSpec, storage: Storage | None = None, size: str | None = None) -> VolumeSpec:
    """The data volume, in the form of the MySQL and MongoDB operators."""
    return VolumeSpec(persistent_volume_claim=volume_claim(spec, storage, size))
