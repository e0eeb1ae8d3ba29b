"""What holds where an owner says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from dbaas_components.databases.layers import Layer
from dbaas_components.databases.sizes import DEFAULT_PROFILE, PROFILES

_PROXYSQL_VOLUME: Final = "2Gi"
_SHIPPED_TO: Final = ("s3", "azure")


def default_values(given: Mapping[str, Any], version: str) -> list[Layer]:
    """The engine's layers. `given` is unchecked: anything may stand anywhere in it."""
    values: dict[str, Any] = {
        "version": version,
        "replication": {"mode": "galera"},
        "proxy": {"type": "haproxy"},
    }
    if _part(given, "proxy").get("type") == "proxysql":
        values["proxy"]["storage_size"] = _PROXYSQL_VOLUME
    layers = [Layer("engine pxc", values)]
    profile = given.get("profile", DEFAULT_PROFILE)
    if isinstance(profile, str) and profile in PROFILES and PROFILES[profile].protected:
        protection: dict[str, Any] = {"observability": {"logs": {"enabled": True}}}
        if _ships(given):
            protection["backup"] = {"pitr": {"enabled": True}}
        layers.append(Layer(f"profile {profile}, engine pxc", protection))
    return layers


def _ships(given: Mapping[str, Any]) -> bool:
    """Whether the storage that logs would go to takes them: the log shipper knows no volumes and no cloud identity."""
    backup = _part(given, "backup")
    storages = _part(backup, "storages")
    named = _part(backup, "pitr").get("storage")
    chosen = named if isinstance(named, str) else next(iter(storages), None)
    storage = _part(storages, chosen)
    return storage.get("type") in _SHIPPED_TO and bool(storage.get("credentials"))


def _part(values: Mapping[str, Any], key: object) -> Mapping[str, Any]:
    part = values.get(cast("str", key))
    return cast("Mapping[str, Any]", part) if isinstance(part, Mapping) else {}
