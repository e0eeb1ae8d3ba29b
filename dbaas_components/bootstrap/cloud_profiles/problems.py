"""What is refused of a cloud profile, and why. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from dbaas_components.bootstrap.cloud_profiles.storage import CLOUDS, PORTWORX, TIERS
from dbaas_components.errors import Problem, shown

if TYPE_CHECKING:
    from dbaas_components.bootstrap.cloud_profiles.spec import CloudProfile, StorageTier

# Parameter by which a driver encrypts: of EBS, of Portworx. Other clouds encrypt every volume.
_ENCRYPTS: Final = {CLOUDS["eks"].provisioner: "encrypted", PORTWORX: "secure"}
# Parameters of Portworx that `portworx` says, and the word it has for each.
_PORTWORX_WORDS: Final = {"repl": "replicas", "io_profile": "io_profile", "priority_io": "priority"}
_KEYS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "eks": (
            r"arn:aws[-a-z]*:kms:[-a-z0-9]+:[0-9]+:(key|alias)/.+",
            "the ARN of a key; write such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd",
        ),
        "gke": (
            r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+",
            "the name of a key; write such as "
            "projects/acme/locations/europe-west1/keyRings/databases/cryptoKeys/volumes",
        ),
        "aks": (
            r"(?i:/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Compute/diskEncryptionSets/[^/]+)",
            "the identifier of a disk encryption set; write such as "
            "/subscriptions/1234/resourceGroups/acme/providers/Microsoft.Compute/diskEncryptionSets/volumes",
        ),
    }
)


def profile_problems(profile: CloudProfile) -> Iterator[Problem]:
    """Every problem of the profile, beside those of single fields."""
    for name, tier in profile.tiers.items():
        yield from _tier_problems(profile, tier, f"tiers.{name}")
    yield from _key_problems(profile)


def _tier_problems(profile: CloudProfile, tier: StorageTier, path: str) -> Iterator[Problem]:
    if tier.storage_class:
        said = [one for one in ("expandable", "parameters", "provisioner", "reclaim") if one in tier.model_fields_set]
        if said:
            message = f"is used as it is; leave {' and '.join(said)} out, or the name"
            yield Problem(f"{path}.storage_class", message)
    driver = _driver(profile, tier)
    name = _ENCRYPTS.get(driver or "")
    value = tier.parameters.get(name) if name else None
    if tier.encrypted and value not in (None, "true"):
        message = f"{shown(value)} would leave volumes in the clear; leave it out, or say encrypted: false of the tier"
        yield Problem(f"{path}.parameters.{name}", message)
    if tier.portworx and (tier.storage_class or tier.provisioner):
        message = "makes a StorageClass of its own driver; leave storage_class and provisioner out, or portworx"
        yield Problem(f"{path}.portworx", message)
    if tier.portworx:
        for parameter in sorted(_PORTWORX_WORDS.keys() & tier.parameters.keys()):
            message = (
                f"is what portworx.{_PORTWORX_WORDS[parameter]} says; write {shown(tier.parameters[parameter])} there"
            )
            yield Problem(f"{path}.parameters.{parameter}", message)
    if profile.kubernetes == "on_premises" and not (tier.storage_class or driver):
        message = "on_premises has no storage of its own; name a storage_class, a provisioner or portworx"
        yield Problem(path, message)


def _driver(profile: CloudProfile, tier: StorageTier) -> str | None:
    """The driver of the StorageClass that is made for a tier; None where none is made."""
    if tier.storage_class:
        return None
    cloud = CLOUDS.get(profile.kubernetes)
    return PORTWORX if tier.portworx else tier.provisioner or (cloud.provisioner if cloud else None)


def _key_problems(profile: CloudProfile) -> Iterator[Problem]:
    key = profile.encryption_key
    if key is None:
        return
    cloud = CLOUDS.get(profile.kubernetes)
    if cloud is None:
        message = "on_premises knows no key management; write the driver's own parameters in tiers"
        yield Problem("encryption_key", message)
        return
    form, what = _KEYS[profile.kubernetes]
    # An output of another resource is known too late to be looked at.
    if isinstance(key, str) and not re.fullmatch(form, key):
        yield Problem("encryption_key", f"{shown(key)} is not {what}")
    if all(_driver(profile, tier) != cloud.provisioner for tier in _every_tier(profile)):
        message = "would encrypt nothing, because every tier has a class or a driver of its own; leave it out, or write"
        yield Problem("encryption_key", f"{message} the drivers' parameters in tiers")


def _every_tier(profile: CloudProfile) -> list[StorageTier]:
    from dbaas_components.bootstrap.cloud_profiles.spec import StorageTier

    return [profile.tiers.get(name, StorageTier()) for name in TIERS]
