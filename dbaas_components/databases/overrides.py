"""Fields that are merged into a custom resource as they were given: off the paved road."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard, cast

_NAME: Final = "name"
_DIRECTIVE: Final = "$patch"


def merged_manifest(manifest: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with the overrides in it, by Kubernetes' rules for merging a patch.

    Mappings are merged, `null` takes a field away, and a list of items that all have a `name` is merged item by item
    (an item `{name: x, $patch: delete}` takes it away, an item `{$patch: replace}` has the other items replace the
    whole list); any other value replaces what was there.
    """
    result = copy.deepcopy(dict(manifest))
    merge_into(result, overrides)
    return result


def merge_into(manifest: dict[str, Any], overrides: Mapping[str, Any]) -> None:
    """The same, in a manifest that nobody else holds."""
    _merge(manifest, overrides)


def overrides_between(manifest: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest overrides that make `wanted` of `manifest`: `merged_manifest(manifest, result) == wanted`.

    `wanted` holds no null in a mapping, as no object of an API server does: in overrides a null takes a field away.
    """
    patch: dict[str, Any] = {key: None for key in manifest if key not in wanted}
    for key, value in wanted.items():
        if key not in manifest:
            patch[key] = copy.deepcopy(value)
        elif not _same(manifest[key], value):
            patch[key] = _between(manifest[key], value)
    return patch


def override_paths(overrides: Mapping[str, Any]) -> Iterator[str]:
    """The path of every single field that overrides set or take away, for reports."""
    for path, _ in override_values(overrides):
        yield path


def override_values(overrides: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The same with the values; None takes the field away."""
    for key, value in overrides.items():
        here = f"{path}.{key}" if path else key
        if _is_mapping(value) and value:
            yield from override_values(value, here)
        else:
            yield here, value


def _merge(into: dict[str, Any], patch: Mapping[str, Any]) -> None:
    for key, value in patch.items():
        below = into.get(key)
        if value is None:
            into.pop(key, None)
        elif _is_mapping(value):
            fresh: dict[str, Any] = cast("dict[str, Any]", below) if isinstance(below, dict) else {}
            into[key] = fresh
            _merge(fresh, value)
        elif _is_list(value):
            into[key] = _merged_list(below, value)
        else:
            into[key] = value


def _merged_list(below: Any, patches: list[Any]) -> list[Any]:
    others = [patch for patch in patches if not _is_replace(patch)]
    if len(others) == len(patches) and _is_list(below) and _named(below) and _named(patches):
        return _merged_items(below, patches)
    return copy.deepcopy([patch for patch in others if not _is_delete(patch)])


def _merged_items(items: list[dict[str, Any]], patches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    result = {item[_NAME]: copy.deepcopy(item) for item in items}
    for patch in patches:
        name = patch[_NAME]
        if _is_delete(patch):
            result.pop(name, None)
        else:
            _merge(result.setdefault(name, {}), patch)
    return list(result.values())


def _between(value: Any, wanted: Any) -> Any:
    """What makes `wanted` of a value that differs from it."""
    if _is_mapping(value) and _is_mapping(wanted):
        return overrides_between(value, wanted)
    if _is_list(value) and _is_list(wanted) and _named(value) and _named(wanted):
        patches = _item_patches(value, wanted)
        # Merging keeps the order and one item of a name; where that is not what is wanted, the list is replaced whole.
        # So it is where only a name's second item goes: no patch says that, and an empty list of them empties the list.
        if patches and _same(_merged_items(value, patches), wanted):
            return patches
        return [{_DIRECTIVE: "replace"}, *copy.deepcopy(wanted)]
    return copy.deepcopy(wanted)


def _item_patches(items: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = {item[_NAME]: item for item in items}
    names = [item[_NAME] for item in wanted]
    patches = [{_NAME: name, _DIRECTIVE: "delete"} for name in known if name not in names]
    for item in wanted:
        before = known.get(item[_NAME])
        if before is None:
            patches.append(copy.deepcopy(item))
        elif not _same(before, item):
            patches.append({_NAME: item[_NAME], **overrides_between(before, item)})
    return patches


def _same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: unlike Python's, `true` is not 1 there."""
    if _is_mapping(one) and _is_mapping(other):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if _is_list(one) and _is_list(other):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_delete(patch: object) -> bool:
    return _is_mapping(patch) and patch.get(_DIRECTIVE) == "delete"


def _is_replace(patch: object) -> bool:
    return _is_mapping(patch) and patch.get(_DIRECTIVE) == "replace" and _NAME not in patch


def _named(items: list[Any]) -> bool:
    return bool(items) and all(_is_mapping(item) and isinstance(item.get(_NAME), str) for item in items)
