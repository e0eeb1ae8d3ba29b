"""What holds for a PostgreSQL database whose owner says nothing of it, as layers that `dbaas explain` can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from dbaas_components.databases.layers import Layer
from dbaas_components.databases.sizes import DEFAULT_PROFILE, PROFILES
from dbaas_components.quantities import Quantity

# Two full backups, each at most as large as the data, and the logs between them.
_VOLUME_FACTOR: Final = 3
# Without a schedule and a retention the archive only grows, and a full repository stops the database.
_SCHEDULES: Final = (
    {"name": "weekly", "cron": "0 1 * * 0", "type": "full", "keep": 2},
    {"name": "daily", "cron": "0 1 * * 1-6", "type": "differential"},
)


def default_layers(given: Mapping[str, Any], version: str) -> list[Layer]:
    """The layers of this engine. `given` is unchecked: what is not as it should be is passed over, and told later."""
    profile_name = given.get("profile", DEFAULT_PROFILE)
    profile = PROFILES[profile_name]
    # pgBackRest always ships logs, and always deletes what its retention drops.
    backup: dict[str, Any] = {"pitr": {"enabled": True}, "delete_from_storage": True}
    values: dict[str, Any] = {
        "version": version,
        "replication": {"mode": "streaming"},
        "proxy": {"type": "pgbouncer"},
        "backup": backup,
    }
    storages = _mapping(_mapping(given, "backup"), "storages")
    volume = _volume_size(given, profile.storage)
    if storages:
        # All of them, in the owner's order: the first one is meant where none is named.
        backup["storages"] = {name: {"size": volume} if _needs_size(storages, name) else {} for name in storages}
    else:
        backup["storages"] = {"repo1": {"type": "volume", "size": volume}}
    if not storages or not profile.schedules:
        backup["schedules"] = _SCHEDULES
    pmm = _mapping(_mapping(given, "observability"), "pmm")
    if pmm:
        extensions = given.get("extensions")
        monitor = isinstance(extensions, tuple) and "pg_stat_monitor" in extensions
        source = "pgstatmonitor" if monitor else "pgstatstatements"
        values["observability"] = {"pmm": {"query_source": source}}
    layers = [Layer("engine pg", values)]
    if profile_name == "critical":
        layers.append(Layer(f"profile {profile_name}", {"audit": True}))
    return layers


def _volume_size(given: Mapping[str, Any], default: str) -> str:
    """Three times the data's volume."""
    storage = given.get("storage")
    size: object = storage if isinstance(storage, str) else _mapping(given, "storage").get("size")
    try:
        return str(Quantity.parse(size if isinstance(size, str) else default) * _VOLUME_FACTOR)
    except ValueError:
        return str(Quantity.parse(default) * _VOLUME_FACTOR)


def _needs_size(storages: Mapping[str, Any], name: object) -> bool:
    storage = _mapping(storages, name)
    return storage.get("type") == "volume" and storage.get("size") is None


def _mapping(values: Mapping[str, Any], key: object) -> Mapping[str, Any]:
    found: object = values.get(cast("str", key))
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}
