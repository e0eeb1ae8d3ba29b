"""What holds where an owner says nothing: layers from the tables of profiles and sizes, and from the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbaas_components.databases.engine import Engine
from dbaas_components.databases.layers import Layer
from dbaas_components.databases.sizes import DEFAULT_PROFILE, DEFAULT_SIZE, PROFILES, SIZES
from dbaas_components.versions import DEFAULT_REGISTRY


def default_layers(engine: Engine, given: Mapping[str, Any]) -> list[Layer]:
    """The layers below what was given, weakest first. `given` holds known words only."""
    profile_name, size_name = given.get("profile", DEFAULT_PROFILE), given.get("size", DEFAULT_SIZE)
    profile, size = PROFILES[profile_name], SIZES[engine.name][size_name]
    library: dict[str, Any] = {
        "namespace": "",
        "profile": DEFAULT_PROFILE,
        "size": DEFAULT_SIZE,
        "image_registry": DEFAULT_REGISTRY,
    }
    from_profile: dict[str, Any] = {
        "replicas": profile.replicas,
        "storage": {"size": profile.storage},
        "proxy": {
            "replicas": profile.proxies,
            "pods": {"resources": {"cpu": profile.proxy.cpu, "memory": profile.proxy.memory}},
        },
        "spread": {"nodes": profile.spread_nodes, "zones": "required" if profile.spread_zones else "none"},
        "tls": {"required": profile.require_tls},
        "deletion_protection": profile.deletion_protection,
    }
    if profile.isolated:
        from_profile["network"] = {}
    if given.get("backup", {}).get("storages"):
        from_profile["backup"] = {"schedules": profile.schedules}
    return [
        Layer("library", library),
        Layer(f"profile {profile_name}", from_profile),
        Layer(f"size {size_name}", {"pods": {"resources": {"cpu": size.cpu, "memory": size.memory}}}),
        *engine.defaults(given),
    ]
