"""What is taken over from a live object: outputs for the state, inputs for a refresh, inputs for an import."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from embedded.provider.differences import same
from embedded.provider.objects import (
    LAST_APPLIED,
    SERVER_OWNED_METADATA,
    is_custom_resource_definition,
    is_secret,
    metadata_of,
    with_dashes,
    with_underscores,
)
from embedded.provider.values import UNKNOWN_TEXT, Path, Unknown

FIELD_MANAGER_KEY = "__fieldManager"

_MISSING = object()
# Only the update itself can tell these; the server makes them up in a dry run.
_KNOWN_AFTER_CREATE = ("uid", "resourceVersion", "creationTimestamp")
_KNOWN_AFTER_UPDATE = ("resourceVersion", "generation")


def outputs(live: dict[str, Any], manager: str) -> dict[str, Any]:
    """The live object as the state keeps it: without field ownership, with the manager that applied it."""
    kept = {**live, "metadata": _metadata_for_state(live), FIELD_MANAGER_KEY: manager}
    return with_underscores(kept) if _is_definition(live) else kept


def preview_outputs(live: dict[str, Any], manager: str, *, created: bool) -> dict[str, Any]:
    """The dry run's object, in which everything the server only made up is not known yet."""
    result = outputs(live, manager)
    if created:
        result.pop("status", None)
    for key in _KNOWN_AFTER_CREATE if created else _KNOWN_AFTER_UPDATE:
        if key in result["metadata"]:
            result["metadata"][key] = Unknown(UNKNOWN_TEXT)
    return result


def secret_outputs(value: dict[str, Any], input_secrets: set[Path]) -> set[Path]:
    """Which paths of the outputs are secret, given which inputs are.

    A secret inside a list makes the whole list secret: the server may have put its elements in another order.
    """
    paths = {_up_to_list(path) for path in input_secrets}
    if is_secret(value.get("apiVersion", ""), value.get("kind", "")):
        paths |= {(key,) for key in ("data", "stringData") if key in value}
    return paths


def _up_to_list(path: Path) -> Path:
    for position, part in enumerate(path):
        if isinstance(part, int):
            return path[:position]
    return path


def imported_inputs(live: dict[str, Any]) -> dict[str, Any]:
    """The live object as a program would write it: without status and without what only the server writes."""
    metadata = {key: item for key, item in _metadata_for_state(live).items() if key not in SERVER_OWNED_METADATA}
    if annotations := metadata.get("annotations"):
        kept = {key: item for key, item in annotations.items() if key != "deployment.kubernetes.io/revision"}
        metadata["annotations"] = kept
        if not kept:
            del metadata["annotations"]
    return {**{key: item for key, item in live.items() if key != "status"}, "metadata": metadata}


def refreshed_inputs(inputs: dict[str, Any], before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """The inputs with the live value of every field that changed in the cluster since the last operation.

    `before` is the object as the state has it and `now` as it is. A field that is unlike its input in both alike was
    written so by the server (`1000m` as `1`), which is not drift. Fields that the inputs do not have belong to others.
    """
    if _is_definition(now):
        before = with_dashes(before)
    if is_secret(inputs.get("apiVersion", now.get("apiVersion", "")), inputs.get("kind", now.get("kind", ""))):
        before, now = _with_string_data(inputs, before), _with_string_data(inputs, now)
    return _refreshed_dict(inputs, before, now)


def _refreshed_dict(inputs: dict[str, Any], before: Any, now: dict[str, Any]) -> dict[str, Any]:
    before = before if isinstance(before, dict) else {}
    merged = {
        key: _refreshed(value, before.get(key, _MISSING), now.get(key, _MISSING)) for key, value in inputs.items()
    }
    return {key: value for key, value in merged.items() if value is not _MISSING}


def _refreshed(value: Any, before: Any, now: Any) -> Any:
    if now is _MISSING:
        return value if before is _MISSING else _MISSING
    if before is not _MISSING and same(before, now):
        return value
    if isinstance(value, dict) and isinstance(now, dict):
        return _refreshed_dict(value, before, now)
    if isinstance(value, list) and isinstance(now, list):
        return _refreshed_list(value, before if isinstance(before, list) else [], now)
    return value if same(value, now) else now


def _refreshed_list(value: list[Any], before: list[Any], now: list[Any]) -> list[Any]:
    """Elements are matched by their name where all have one; others may have added elements of their own then."""
    if _named(value) and _named(now):
        old = {item["name"]: item for item in before} if _named(before) else {}
        live = {item["name"]: item for item in now}
        return [
            _refreshed_dict(item, old.get(item["name"]), live[item["name"]]) for item in value if item["name"] in live
        ]
    if len(value) != len(now):
        return now
    padded = [*before, *[_MISSING] * (len(value) - len(before))]
    return [_refreshed(*items) for items in zip(value, padded, now, strict=False)]


def _named(items: list[Any]) -> bool:
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    return bool(items) and all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def _with_string_data(inputs: dict[str, Any], secret: dict[str, Any]) -> dict[str, Any]:
    """The Secret with the keys that the program writes as text taken out of `data`, where the server keeps them."""
    wanted = inputs.get("stringData")
    data = secret.get("data")
    if not isinstance(wanted, dict) or not isinstance(data, dict):
        return secret
    return {**secret, "stringData": {key: _text(data[key]) for key in wanted if key in data}}


def _text(encoded: Any) -> str:
    try:
        return base64.b64decode(encoded).decode("utf-8", errors="replace")
    except (binascii.Error, TypeError, ValueError):
        # Not base64: the state holds what is there, which differs from the input and so shows as a change.
        return str(encoded)


def _metadata_for_state(live: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: item for key, item in metadata_of(live).items() if key != "managedFields"}
    annotations = metadata.get("annotations")
    if isinstance(annotations, dict) and LAST_APPLIED in annotations:
        # It repeats the whole object as text, the values of a Secret included.
        metadata["annotations"] = {key: item for key, item in annotations.items() if key != LAST_APPLIED}
    return metadata


def _is_definition(live: dict[str, Any]) -> bool:
    return is_custom_resource_definition(live.get("apiVersion", ""), live.get("kind", ""))
