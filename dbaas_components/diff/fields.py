"""Where two objects differ, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from dbaas_components.diff.document import SECRET, UNKNOWN

ABSENT: Final = None
"""A field that is not there and one that is null are the same to Kubernetes."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field as it was and as it is to be.

    `path` names items of a list by their name, `spec.replsets[rs0].size`; `pattern` is the same for every item,
    `spec.replsets[*].size`, and what the tables of effects have.
    """

    path: str
    pattern: str
    old: Any
    new: Any


def changed_fields(
    old: object,
    new: object,
    told_whole: Callable[[str, Any, Any], bool],
    named: Collection[str] = (),
    path: str = "",
    pattern: str = "",
) -> Iterator[FieldChange]:
    """Every field in which two values differ, in the order of the fields.

    Where a whole part came or went it is told as one change if `told_whole` says so of its pattern, and field by field
    otherwise. `named` are the patterns of mappings whose keys are names that users chose, as are those of a list.
    """
    if old == new or (_is_nothing(old) and _is_nothing(new)):
        return
    if pattern and (_opaque(old) or _opaque(new) or told_whole(pattern, old, new)):
        yield FieldChange(path, pattern, old, new)
        return
    olds, news = _parts(old), _parts(new)
    if olds is None and news is None:
        yield FieldChange(path, pattern, old, new)
        return
    # A mapping or a list against a plain value: the value is told, and then what stands in its place.
    if (olds is None and not _is_nothing(old)) or (news is None and not _is_nothing(new)):
        yield FieldChange(path, pattern, old, new)
        return
    listed = isinstance(old, list) or isinstance(new, list) or pattern in named
    before, after = olds or {}, news or {}
    for key in (*before, *(key for key in after if key not in before)):
        yield from changed_fields(
            before.get(key), after.get(key), told_whole, named, *_inside(path, pattern, key, listed=listed)
        )


def is_secret(value: object) -> bool:
    """Whether it is a secret in a saved graph."""
    return isinstance(value, Mapping) and SECRET in value


def is_unknown(value: object) -> bool:
    """Whether it is known only after an update; of a secret, whether nothing is known to compare."""
    if not isinstance(value, Mapping):
        return False
    fields = cast("Mapping[str, Any]", value)
    return UNKNOWN in fields or (SECRET in fields and fields[SECRET] is None)


def pattern_of(path: str) -> str:
    """A path as `ignore_changes` takes it, as a pattern."""
    return re.sub(r"\[(?:\d+|\*)\]", "[*]", re.sub(r'\["([^"]+)"\]', r".\1", path))


def _inside(path: str, pattern: str, key: str, *, listed: bool) -> tuple[str, str]:
    if listed:
        return f"{path}[{key}]", f"{pattern}[*]"
    name = key if _PLAIN.fullmatch(key) else f'["{key}"]'
    dot = "." if path and not name.startswith("[") else ""
    return f"{path}{dot}{name}", f"{pattern}.{key}" if pattern else key


def _opaque(value: object) -> bool:
    return isinstance(value, Mapping) and (SECRET in value or UNKNOWN in value)


def _is_nothing(value: object) -> bool:
    return value is None or value == {} or value == []


def _parts(value: object) -> Mapping[str, Any] | None:
    """A mapping's fields, or a list's items by name; None for what is compared as one value."""
    if isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    items = cast("Sequence[Any]", value)
    if not items or not all(isinstance(item, Mapping) for item in items):
        return None
    for name in ("name", "role", "host", "id"):
        keys = [cast("Mapping[str, Any]", item).get(name) for item in items]
        if all(isinstance(key, str) for key in keys) and len(set(keys)) == len(keys):
            return dict(zip(cast("list[str]", keys), items, strict=True))
    return {str(index): item for index, item in enumerate(items)}
