"""What holds for this engine where an owner says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from dbaas_components.databases.layers import Layer
from dbaas_components.databases.sizes import DEFAULT_PROFILE, PROFILES
from dbaas_components.versions import VERSIONS

if TYPE_CHECKING:
    from dbaas_components.databases.sizes import Profile


def layers(given: Mapping[str, Any]) -> list[Layer]:
    """This engine's layer. `given` is unchecked: anything may stand anywhere in it."""
    profile = PROFILES.get(str(given.get("profile", DEFAULT_PROFILE)), PROFILES[DEFAULT_PROFILE])
    values: dict[str, Any] = {
        "version": VERSIONS["ps"].default,
        "replication": {"mode": "group"},
        "proxy": {"type": "haproxy"},
        # Not a choice, whatever the profile says: the operator itself connects without TLS and would be refused.
        "tls": {"required": False},
    }
    if _part(given, "replication").get("mode") == "async":
        values["orchestrator"] = {"replicas": 1 if profile.single_replica else 3}
    if storages := _part(_part(given, "backup"), "storages"):
        values["backup"] = _backup(storages, profile)
    return [Layer("engine ps", values)]


def _backup(storages: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    # Not a choice: the operator marks all scheduled backups so that they leave the bucket with their object.
    values: dict[str, Any] = {"delete_from_storage": True}
    usable = next(_log_storages(storages), None)
    if profile.protected and usable is not None:
        first = next(iter(storages))
        values["pitr"] = {"enabled": True} if usable == first else {"enabled": True, "storage": usable}
    return values


def _log_storages(storages: Mapping[str, Any]) -> Iterator[str]:
    """The storages that binary logs can be shipped to: the server that ships them knows S3 only, and always verifies
    the service's certificate."""
    for name, storage in storages.items():
        if isinstance(storage, Mapping):
            fields = cast("Mapping[str, Any]", storage)
            if fields.get("type") == "s3" and fields.get("verify_tls", True) is True:
                yield name


def _part(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = values.get(key)
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}
