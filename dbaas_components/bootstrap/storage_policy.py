"""`StoragePolicy`: what is said once about the volumes of many databases. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Literal, cast

from dbaas_components.bootstrap.cloud_profiles import CloudProfile, tier_names
from dbaas_components.bootstrap.cloud_profiles.spec import StorageTier
from dbaas_components.databases.spec.part import Bytes, LabelName, Part
from dbaas_components.databases.spec.sizing import Tier
from dbaas_components.errors import Problem, SpecError, shown


class StoragePolicy(Part):
    """Tier, encryption, snapshots and retention of the volumes of a kind of database."""

    tier: Tier
    """Kind of storage: `high`, `medium` or `low`."""
    encrypted: bool = True
    """Whether the volumes have to be encrypted by their storage."""
    snapshot_schedule: LabelName | None = None
    """SchedulePolicy of STORK by which each volume gets snapshots; the tier's `portworx.snapshots` has to name it."""
    retention: Literal["retain", "delete"] = "retain"
    """What becomes of the volumes when a database is deleted. `retain` needs a tier with `reclaim: Retain`."""
    smallest: Bytes | None = None
    """Size of each volume where a database says none; default: its profile's."""


def storage_arguments(policy: StoragePolicy, cloud: CloudProfile, args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a `ManagedDatabase` with what the policy adds: tier, StorageClass of the tier, size, and what
    becomes of the volumes. What the arguments say themselves stays, as long as it does not break the policy.

    Raises `SpecError` with every problem: a tier that the cloud profile does not map or that cannot do what the policy
    asks for, and arguments against the policy.
    """
    problems = [*_tier_problems(policy, cloud), *_argument_problems(policy, args)]
    if problems:
        raise SpecError("storage policy", problems)
    found = copy.deepcopy(dict(args))
    given = found.get("storage")
    storage = {"size": given} if isinstance(given, str) else _mapping(given)
    size = {"size": policy.smallest} if policy.smallest else {}
    found["storage"] = {"tier": policy.tier, **size, **storage}
    found["storage_tiers"] = {**tier_names(cloud), **_mapping(found.get("storage_tiers"))}
    found["deletion"] = {"volumes": policy.retention, **_mapping(found.get("deletion"))}
    return found


def _tier_problems(policy: StoragePolicy, cloud: CloudProfile) -> list[Problem]:
    names = tier_names(cloud)
    if policy.tier not in names:
        mapped = ", ".join(names) or "none"
        message = f'"{policy.tier}" has no StorageClass on {cloud.kubernetes} (mapped: {mapped}); map it in tiers'
        return [Problem("tier", message)]
    tier, path = cloud.tiers.get(policy.tier, StorageTier()), f"tiers.{policy.tier}"
    problems: list[Problem] = []
    if policy.encrypted and (reason := _not_encrypted(tier)):
        problems.append(Problem("encrypted", f"is asked for, and {path} of the cloud profile {reason}"))
    if policy.retention == "retain" and tier.storage_class is None and tier.reclaim == "Delete":
        message = f"is retain, and {path}.reclaim is Delete: a claim that goes takes the data along; write Retain there"
        problems.append(Problem("retention", message))
    schedules = tier.portworx.snapshots if tier.portworx else ()
    if policy.snapshot_schedule and policy.snapshot_schedule not in schedules:
        message = f'"{policy.snapshot_schedule}" is none of {path}.portworx.snapshots; add it there'
        problems.append(Problem("snapshot_schedule", message))
    return problems


def _not_encrypted(tier: StorageTier) -> str | None:
    if not tier.encrypted:
        return "says encrypted: false; write true there, or false here"
    if (tier.storage_class or tier.provisioner) and "encrypted" not in tier.model_fields_set:
        return "names storage of your own, of which nobody here can tell; write encrypted: true there if it is"
    return None


def _argument_problems(policy: StoragePolicy, args: Mapping[str, Any]) -> list[Problem]:
    storage, deletion = _mapping(args.get("storage")), _mapping(args.get("deletion"))
    problems: list[Problem] = []
    if storage.get("tier", policy.tier) != policy.tier:
        message = f"{shown(storage['tier'])} is not the policy's {policy.tier}; leave it out, or take another policy"
        problems.append(Problem("storage.tier", message))
    if storage.get("storage_class"):
        message = f"{shown(storage['storage_class'])} goes past the policy's tier; leave it out, or the policy"
        problems.append(Problem("storage.storage_class", message))
    if policy.retention == "retain" and deletion.get("volumes") == "delete":
        message = "is delete, and the policy retains volumes; leave it out, or take another policy"
        problems.append(Problem("deletion.volumes", message))
    return problems


def _mapping(value: Any) -> dict[str, Any]:
    """The value where it is a mapping; what is wrong with any other the database's own parser says better."""
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {}
