"""Which pods a change restarts, how many, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from dbaas_components.diff.effects import ALL_PODS, PodGroup, Table
from dbaas_components.diff.fields import FieldChange
from dbaas_components.diff.values import Object, at, number

_MOST: Final = 1_000
"""More pods than that is a mistake in the custom resource, not a database."""


def restarted(table: Table, groups: Iterable[str], database: Object, path: str) -> tuple[list[str], str]:
    """The pods in words, `3 pods orders-pxc`, and the order in which they restart.

    `groups` are those of the table's row; a group that is a list's item counts alone where `path` names one.
    """
    wanted = set(groups)
    found: list[str] = []
    servers = 0
    for group in table.pods:
        if ALL_PODS not in wanted and group.key not in wanted:
            continue
        for name, count in _members(group, database, path):
            if count:
                found.append(f"{count} pod{'' if count == 1 else 's'} {name}")
                servers += count if group.server else 0
    return found, _order(table.engine, database, servers)


def switched_off(table: Table, change: FieldChange, old: Object, new: Object) -> bool:
    """Whether the field is a setting of pods that there are not, neither before nor after: a spare proxy's."""
    for group in table.pods:
        switch = f"{group.at}.{group.enabled}"
        if not group.enabled or not change.pattern.startswith(f"{group.at}.") or change.pattern == switch:
            continue
        if "[*]" not in switch and at(old, switch) is not True and at(new, switch) is not True:
            return True
    return False


def _members(group: PodGroup, database: Object, path: str) -> Iterator[tuple[str, int]]:
    name = at(database, "metadata.name")
    base, listed, rest = group.at.partition("[*]")
    values: Any = at(database, base)
    parts: list[tuple[str, Any]] = [("", values)]
    if listed:
        items = cast("list[Any]", values) if isinstance(values, list) else []
        parts = [(_item_name(item, index), item) for index, item in enumerate(items)]
        # Of a list's items only the one that changes, unless the change is about all of them.
        named = [(key, item) for key, item in parts if path.startswith(f"{base}[{key}]")]
        parts = named or parts
    for key, part in parts:
        inner = at(part, rest.lstrip(".")) if rest else part
        if not isinstance(inner, Mapping):
            continue
        fields = cast("Object", inner)
        if group.enabled and fields.get(group.enabled) is not True:
            continue
        count = number(fields.get(group.size, 1))
        yield group.name.format(name=name, item=key), min(int(count), _MOST) if count is not None else 1


def _item_name(item: Any, index: int) -> str:
    name = cast("Object", item).get("name") if isinstance(item, Mapping) else None
    return name if isinstance(name, str) else str(index)


def _order(engine: str, database: Object, servers: int) -> str:
    if engine == "pg":
        return (
            "replicas first, the primary last, after a switchover" if servers > 1 else "the only server: away meanwhile"
        )
    strategy = at(database, "spec.updateStrategy") or "SmartUpdate"
    if strategy == "OnDelete":
        return "not before somebody deletes each pod (OnDelete)"
    if servers == 1:
        return "the only server: away meanwhile"
    if strategy == "RollingUpdate":
        return "one after the other, from the last to the first (RollingUpdate)"
    if servers:
        return "one after the other, the writer last (SmartUpdate)"
    return "one after the other"
