"""StorageClasses by tier: one table for each cloud, and the objects that come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from dbaas_components.bootstrap.cloud_profiles.spec import CloudProfile, PortworxVolume, StorageTier
from dbaas_components.databases.spec.sizing import Tier
from dbaas_components.errors import Problem, SpecError
from dbaas_components.ownership import Ownership

PORTWORX: Final = "pxd.portworx.com"
"""The CSI driver of Portworx."""
_SNAPSHOTS: Final = "snapshotschedule.stork.libopenstorage.org"
TIERS: Final[tuple[Tier, ...]] = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class CloudStorage:
    """A cloud's block storage as its driver is told of it."""

    provisioner: str
    tiers: Mapping[Tier, Mapping[str, str]]
    encrypted: Mapping[str, str]
    """Parameters without which a volume would not be encrypted; empty where every volume is."""
    key: str
    """Parameter that takes a key of one's own."""


CLOUDS: Final[Mapping[str, CloudStorage]] = MappingProxyType(
    {
        # Parameters of the EBS CSI driver as its docs/parameters.md lists them. gp3 has 3,000 operations a second and
        # 125 MiB/s unless more is paid for; io2 is bought by the operation, here for each GiB up to what AWS allows.
        "eks": CloudStorage(
            provisioner="ebs.csi.aws.com",
            tiers={
                "high": {"type": "io2", "iopsPerGB": "50", "allowAutoIOPSPerGBIncrease": "true"},
                "medium": {"type": "gp3", "iops": "6000", "throughput": "250"},
                "low": {"type": "gp3"},
            },
            encrypted={"encrypted": "true"},
            key="kmsKeyId",
        ),
        # Disk types of the Compute Engine persistent disk CSI driver. Google Cloud encrypts every disk. The newest
        # machine series take Hyperdisk only: a tier's `parameters` say so there.
        "gke": CloudStorage(
            provisioner="pd.csi.storage.gke.io",
            tiers={"high": {"type": "pd-ssd"}, "medium": {"type": "pd-balanced"}, "low": {"type": "pd-standard"}},
            encrypted={},
            key="disk-encryption-kms-key",
        ),
        # Disk kinds of the Azure disk CSI driver. Azure encrypts every managed disk. Premium SSD v2 has no host cache,
        # and wants nodes that are bound to a zone.
        "aks": CloudStorage(
            provisioner="disk.csi.azure.com",
            tiers={
                "high": {"skuName": "PremiumV2_LRS", "cachingMode": "None"},
                "medium": {"skuName": "Premium_LRS", "cachingMode": "ReadOnly"},
                "low": {"skuName": "StandardSSD_LRS", "cachingMode": "ReadOnly"},
            },
            encrypted={},
            key="diskEncryptionSetID",
        ),
    }
)


def tier_names(profile: CloudProfile) -> dict[Tier, str]:
    """The StorageClass of each tier that the profile has: an existing one's name, or `dbaas-<tier>`."""
    return {tier: one.storage_class or f"dbaas-{tier}" for tier, one in _tiers(profile).items()}


def require_tier(profile: CloudProfile, tier: Tier, path: str) -> str:
    """The StorageClass of a tier. Raises `SpecError` where the profile maps none."""
    names = tier_names(profile)
    if tier not in names:
        mapped = ", ".join(names) or "none"
        message = (
            f'"{tier}" has no StorageClass on {profile.kubernetes} (mapped: {mapped}); '
            f"write one in the cloud profile, tiers.{tier}"
        )
        raise SpecError("storage", [Problem(path, message)])
    return names[tier]


def storage_classes(profile: CloudProfile, ownership: Ownership) -> dict[Tier, dict[str, Any]]:
    """The StorageClass objects that have to be made, by tier; existing ones are not among them.

    Volumes are made where their pod is placed (`WaitForFirstConsumer`), so that a zone's loss takes one replica only.
    """
    return {
        tier: {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": f"dbaas-{tier}", "labels": ownership.labels(component="storage")},
            "provisioner": _provisioner(profile, one),
            "parameters": _parameters(profile, tier, one),
            "reclaimPolicy": one.reclaim,
            "volumeBindingMode": "WaitForFirstConsumer",
            "allowVolumeExpansion": one.expandable,
        }
        for tier, one in _tiers(profile).items()
        if one.storage_class is None
    }


def _tiers(profile: CloudProfile) -> dict[Tier, StorageTier]:
    cloud = CLOUDS.get(profile.kubernetes)
    return {tier: profile.tiers.get(tier, StorageTier()) for tier in TIERS if cloud or tier in profile.tiers}


def _provisioner(profile: CloudProfile, one: StorageTier) -> str:
    return PORTWORX if one.portworx else one.provisioner or CLOUDS[profile.kubernetes].provisioner


def _portworx(one: StorageTier, volume: PortworxVolume) -> dict[str, str]:
    parameters = {"repl": str(volume.replicas), "io_profile": volume.io_profile}
    if volume.priority:
        parameters["priority_io"] = volume.priority
    if one.encrypted:
        # With the cluster-wide secret of Portworx, unless csi.storage.k8s.io/* among the tier's parameters names one.
        parameters["secure"] = "true"
    for policy in volume.snapshots:
        parameters[f"{_SNAPSHOTS}/{policy}"] = f"schedulePolicyName: {policy}\nreclaimPolicy: Delete\n"
    return {**parameters, **one.parameters}


def _parameters(profile: CloudProfile, tier: Tier, one: StorageTier) -> dict[str, Any]:
    if one.portworx:
        return _portworx(one, one.portworx)
    cloud = CLOUDS.get(profile.kubernetes)
    # A driver of the user's own takes nothing of the cloud's.
    if cloud is None or one.provisioner not in (None, cloud.provisioner):
        return dict(one.parameters)
    parameters: dict[str, Any] = {"csi.storage.k8s.io/fstype": "xfs", **cloud.tiers[tier]}
    if one.encrypted:
        parameters |= cloud.encrypted
        if profile.encryption_key is not None:
            parameters[cloud.key] = profile.encryption_key
    return {**parameters, **one.parameters}
