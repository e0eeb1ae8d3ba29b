"""Rules and conditions as Google Cloud Storage writes them down. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dbaas_components.bootstrap.buckets.lifecycle import Rule

RULES: Final = 100
"""Rules that a bucket can have."""
_CONTINENTS: Final = {"europe": ("EU", "europe"), "us": ("US", "us"), "asia": ("ASIA", "asia")}


def lifecycle(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """`lifecycle_rules` of a Bucket. Rules that differ in their prefix alone become one: a bucket has 100 at most."""
    joined: dict[tuple[str, int, str], list[str]] = {}
    for rule in rules:
        # There are no delete markers here: a deleted object has no live version.
        if rule.action != "expire_markers":
            joined.setdefault((rule.action, rule.days, rule.storage_class), []).append(rule.prefix)
    return [_one(action, days, where, storage_class) for (action, days, storage_class), where in joined.items()]


def _one(action: str, days: int, where: list[str], storage_class: str) -> dict[str, Any]:
    condition: dict[str, Any] = {} if "" in where else {"matches_prefixes": sorted(where)}
    if action == "abort_uploads":
        return {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": days, **condition}}
    if action == "expire_noncurrent":
        past = {"days_since_noncurrent_time": days, "with_state": "ARCHIVED"}
        return {"action": {"type": "Delete"}, "condition": {**past, **condition}}
    live = {"age": days, "with_state": "LIVE", **condition}
    if action == "transition":
        return {"action": {"type": "SetStorageClass", "storage_class": storage_class}, "condition": live}
    return {"action": {"type": "Delete"}, "condition": live}


def places_of(region: str) -> tuple[str, tuple[str, ...], str]:
    """Location of the bucket, its regions if they are two, and the location of its key.

    A bucket in two regions is in their continent, and takes a key of the continent.
    """
    regions = tuple(region.split("+"))
    if len(regions) == 1:
        # Keys of the continent Europe are in "europe", and its buckets in "EU"; all others are called alike.
        return region.upper(), (), "europe" if region.upper() == "EU" else region.lower()
    head = regions[0].partition("-")[0]
    location, key = _CONTINENTS["us" if head == "northamerica" else head]
    return location, tuple(one.upper() for one in regions), key


def region_problem(region: str) -> str | None:
    """What is wrong with one or two regions."""
    regions = region.split("+")
    if len(regions) == 1:
        return None
    heads = {one.partition("-")[0].replace("northamerica", "us") for one in regions}
    if len(regions) != 2 or regions[0] == regions[1] or len(heads) != 1 or not heads <= set(_CONTINENTS):
        return (
            f'"{region}" is no pair that a bucket can be in; write two regions of one continent (europe, us, asia), '
            "such as europe-west1+europe-west4"
        )
    return None


def own_prefix(bucket: str, prefix: str) -> str:
    """The condition on a role that makes it hold below a prefix, for objects and for lists of them."""
    return (
        f"resource.name.startsWith('projects/_/buckets/{bucket}/objects/{prefix}') || "
        f"api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('{prefix}')"
    )
