"""Backups of a running PerconaServerMySQL in the specification's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from dbaas_components.databases.adoption_reading import Fields, flag, given, items, number, part, text
from dbaas_components.databases.ps.backup import BACKUPS, LOGS
from dbaas_components.databases.ps.reading import resources

_OBJECT_NAME: Final = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")
_CHECKPOINT: Final = re.compile(r"[1-9]\d{0,6}[smhd]")


def adopt_backup(backup: Fields) -> dict[str, Any]:
    """Storages, schedules, shipped logs, and what else there is of backups."""
    places = {name: part(one) for name, one in part(backup, "storages").items()}
    # A placeholder of a sample where a Secret's name should be would have the whole block refused.
    storages = {name: _storage(place) for name, place in places.items() if _usable(place)}
    key = part(backup, "encryptionKeySecret")
    return given(
        storages=storages,
        schedules=[
            given(
                name=text(one, "name"),
                cron=text(one, "schedule"),
                storage=text(one, "storageName"),
                type=text(one, "type") or "full",
                # 0 keeps all, which the specification says by silence.
                keep=number(one, "keep") or None,
            )
            for one in items(backup, "schedule")
            if text(one, "storageName") in storages
        ],
        pitr=_pitr(part(backup, "pitr"), storages),
        resources=resources(backup) or next((found for one in places.values() if (found := resources(one))), None),
        # The key's name has a default in the operator's definition.
        encryption_key={"secret": text(key, "name"), "key": text(key, "key") or "encryptionKey"} if key else None,
        retries=number(backup, "backoffLimit"),
    )


def _usable(place: Fields) -> bool:
    secret = text(part(place, text(place, "type") or ""), "credentialsSecret")
    return secret is not None and _OBJECT_NAME.fullmatch(secret) is not None


def _storage(place: Fields) -> dict[str, Any]:
    kind = text(place, "type")
    bucket = part(place, kind or "")
    return given(
        type=kind,
        bucket=text(bucket, "bucket") or text(bucket, "container"),
        region=text(bucket, "region"),
        endpoint=text(bucket, "endpointUrl"),
        prefix=_above(text(bucket, "prefix"), BACKUPS),
        credentials=text(bucket, "credentialsSecret"),
        verify_tls=False if flag(place, "verifyTLS") is False else None,
    )


def _above(prefix: str | None, folder: str) -> str | None:
    """The path that `folder` lies in; None for a path of another layout, which the specification has no word for."""
    return prefix.removesuffix(f"/{folder}") if prefix and prefix.endswith(f"/{folder}") else None


def _pitr(pitr: Fields, storages: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    if flag(pitr, "enabled") is not True:
        return {"enabled": False} if "enabled" in pitr else None
    server = part(pitr, "binlogServer")
    place = part(server, "storage", "s3")
    wanted = {
        "bucket": text(place, "bucket"),
        "endpoint": text(place, "endpointUrl"),
        "prefix": _above(text(place, "prefix"), LOGS),
    }
    usable = {name: storage for name, storage in storages.items() if storage.get("type") == "s3"}
    if not usable:
        return None
    # The nearest one; where it is not quite the same, the difference becomes an override.
    nearest = max(usable, key=lambda name: [usable[name].get(field) == value for field, value in wanted.items()])
    interval = text(server, "checkpointInterval")
    return given(
        enabled=True,
        storage=nearest,
        interval=interval if interval and _CHECKPOINT.fullmatch(interval) else None,
        resources=resources(server),
    )
