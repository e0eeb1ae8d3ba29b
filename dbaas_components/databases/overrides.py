"""Fields that are merged into a custom resource as they were given: off the paved road."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

_NAME: Final = "name"


def merged_manifest(manifest: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with the overrides in it, by Kubernetes' rules for merging a patch.

    Mappings are merged, `null` takes a field away, and a list of items that all have a `name` is merged item by item
    (an item `{name: x, $patch: delete}` takes it away); any other value replaces what was there.
    """
    result = copy.deepcopy(dict(manifest))
    _merge(result, overrides)
    return result


def _merge(into: dict[str, Any], patch: Mapping[str, Any]) -> None:
    for key, value in patch.items():
        below = into.get(key)
        if value is None:
            into.pop(key, None)
        elif isinstance(value, Mapping):
            fresh = into[key] = below if isinstance(below, dict) else {}
            _merge(cast("dict[str, Any]", fresh), cast("Mapping[str, Any]", value))
        elif isinstance(value, list) and isinstance(below, list) and _named(below) and _named(value):
            into[key] = _merged_items(cast("list[Any]", below), cast("list[Any]", value))
        else:
            into[key] = copy.deepcopy(value)


def _named(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(item, Mapping) and _NAME in item for item in items)


def _merged_items(items: list[dict[str, Any]], patches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    result = {item[_NAME]: copy.deepcopy(item) for item in items}
    for patch in patches:
        name = patch[_NAME]
        if patch.get("$patch") == "delete":
            result.pop(name, None)
        else:
            _merge(result.setdefault(name, {}), patch)
    return list(result.values())


def override_paths(overrides: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The path of every single field that overrides set or take away, for reports."""
    for key, value in overrides.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, Mapping) and value:
            yield from override_paths(cast("Mapping[str, Any]", value), here)
        else:
            yield here
