"""What a cloud profile means for a database's arguments."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, cast

from dbaas_components.bootstrap.cloud_profiles.load_balancers import load_balancer_annotations
from dbaas_components.bootstrap.cloud_profiles.spec import CloudProfile
from dbaas_components.bootstrap.cloud_profiles.storage import tier_names


def database_defaults(profile: CloudProfile, args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a database with what the profile adds: StorageClasses by tier, zones, and the annotations of
    each way in that is a load balancer (from the cloud's own network only). What the arguments say themselves stays.
    """
    result = copy.deepcopy(dict(args))
    names = tier_names(profile)
    if names:
        result["storage_tiers"] = {**names, **_mapping(result.get("storage_tiers"))}
    if profile.zones and "zones" not in result:
        result["zones"] = list(profile.zones)
    annotations = load_balancer_annotations(profile, "internal")
    for way in map(_mapping, _mapping(result.get("expose")).values()):
        if annotations and way.get("type") == "load_balancer":
            way["annotations"] = {**annotations, **_mapping(way.get("annotations"))}
    return result


def _mapping(value: Any) -> dict[str, Any]:
    """The value where it is a mapping; what is wrong with any other the database's own parser says better."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
