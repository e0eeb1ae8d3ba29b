"""What holds for a MongoDB database whose owner says nothing of it, as layers that `dbaas explain` can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from dbaas_components.databases.layers import Layer
from dbaas_components.databases.sizes import DEFAULT_PROFILE, PROFILES

# A map of the shards is small; what it needs is to be there.
_CONFIG_SERVERS: Final = {"cpu": "500m", "memory": "1Gi"}
# It holds no data, and mongod starts in no less.
_ARBITER: Final = {"cpu": "100m", "memory": "512Mi"}


def default_layers(given: Mapping[str, Any], version: str) -> list[Layer]:
    """The engine's layer, and the profile's protection as far as this engine has it.

    `given` is not checked yet: whatever is of another type than it should be is passed over here and refused later.
    """
    profile_name = given.get("profile", DEFAULT_PROFILE)
    profile = PROFILES[profile_name]
    values: dict[str, Any] = {
        "version": version,
        "replication": {"mode": "replica_set"},
        "proxy": {"type": "mongos" if given.get("sharding") is not None else "none"},
    }
    if isinstance(given.get("sharding"), Mapping):
        config_servers: dict[str, Any] = {"config_pods": {"resources": _CONFIG_SERVERS}}
        values["sharding"] = {**config_servers, "config_replicas": 1} if profile.single_replica else config_servers
    if isinstance(given.get("arbiter"), Mapping):
        values["arbiter"] = {"pods": {"resources": _ARBITER}}
        if _mapping(given.get("arbiter")).get("enabled", True) is True:
            # Its vote makes an even count odd.
            values["replicas"] = 2 if profile.single_replica else 4
    layers = [Layer("engine psmdb", values)]
    if profile.protected:
        protection: dict[str, Any] = {"observability": {"logs": {"enabled": True}}}
        if profile_name == "critical":
            protection["audit"] = True
        if _can_ship_logs(given):
            protection["backup"] = {"pitr": {"enabled": True}}
        layers.append(Layer(f"profile {profile_name}", protection))
    return layers


def _can_ship_logs(given: Mapping[str, Any]) -> bool:
    """Whether something backs up to the main storage: the operator ships nothing before a backup is there."""
    backup = _mapping(given.get("backup"))
    storages = _mapping(backup.get("storages"))
    schedules: object = backup.get("schedules")
    if schedules is None:
        return bool(storages)
    main = next(iter(storages), None)
    return isinstance(schedules, tuple) and any(
        one.get("enabled", True) is True and one.get("storage", main) == main
        for one in map(_mapping, cast("tuple[object, ...]", schedules))
        if one and main
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
