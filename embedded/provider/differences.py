"""Which fields changed between two sets of inputs, and which of the changes replace the object."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from embedded.provider.objects import AUTONAMED, annotation, metadata_of, parse_id
from embedded.provider.values import Path, Unknown


class Change(Enum):
    """What happened to one field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(slots=True)
class Difference:
    """The changed fields, those of them that replace the object, and whether the old object must go first."""

    changes: dict[Path, Change] = field(default_factory=dict)
    replaces: set[Path] = field(default_factory=set)
    delete_before_replace: bool = False


_REPLACING: frozenset[Path] = frozenset({("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")})


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: `true` is not 1, but 1 is 1.0. A value that is not known yet equals nothing."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def changed_fields(old: Any, new: Any, path: Path = ()) -> dict[Path, Change]:
    """Every changed field, as deep as the two values have the same shape; an absent field and a null are the same."""
    changes: dict[Path, Change] = {}
    _collect(old, new, path, changes)
    return changes


def _collect(old: Any, new: Any, path: Path, changes: dict[Path, Change]) -> None:
    if old is None and new is None:
        return
    if new is None:
        changes[path] = Change.REMOVED
    elif old is None:
        changes[path] = Change.ADDED
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() | new.keys():
            _collect(old.get(key), new.get(key), (*path, key), changes)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            _collect(before, after, (*path, index), changes)
    elif not same(old, new):
        changes[path] = Change.CHANGED


def compare(resource_id: str, old: dict[str, Any], new: dict[str, Any], default_namespace: str) -> Difference:
    """What the engine has to do to get from the old inputs to the new ones.

    The old name and namespace are those of the id: a name that was automatic or a namespace that was the default is
    not in the old inputs, and writing it down later must not replace the object.
    """
    namespace, name = parse_id(resource_id)
    before = _identified(old, name, namespace)
    after = _identified(new, metadata_of(new).get("name") or name, "")
    if namespace:
        after["metadata"].setdefault("namespace", default_namespace)
    else:
        before["metadata"].pop("namespace", None)
        after["metadata"].pop("namespace", None)
    difference = Difference(changed_fields(before, after))
    difference.replaces = {path for path in difference.changes if path in _REPLACING}
    if isinstance(new.get("metadata"), Unknown):
        difference.changes[("metadata",)] = Change.CHANGED
    moved = {("kind",), ("metadata", "name"), ("metadata", "namespace")} & difference.replaces
    difference.delete_before_replace = (
        bool(difference.replaces)
        and not moved
        and _group(before) == _group(after)
        and annotation(new, AUTONAMED) != "true"
    )
    return difference


def _group(value: dict[str, Any]) -> str:
    return str(value.get("apiVersion", "")).rpartition("/")[0]


def _identified(value: dict[str, Any], name: str, namespace: str) -> dict[str, Any]:
    metadata = {**metadata_of(value), "name": name}
    if namespace:
        metadata["namespace"] = namespace
    elif not metadata.get("namespace"):
        metadata.pop("namespace", None)
    return {**value, "metadata": metadata}
