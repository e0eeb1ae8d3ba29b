"""Labels that an operator uses as the selector of pods: Kubernetes never lets a StatefulSet change that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from dbaas_components.databases.guards.fields import UNKNOWN, Object, at, listed

_LABELS: Final = ("spec.metadata.labels", "spec.mysql.labels")


def binlog_server_refusals(before: Object, after: Object) -> Iterator[str]:
    """Why the labels of a PerconaServerMySQL stay as they are while it ships binary logs.

    PS operator 1.2.0 selects the pods of the binary log server by the database's own labels (`MatchLabels` in its
    pkg/binlogserver), so that a change of them would fail at every reconciliation from then on. It removes that
    StatefulSet where shipping is off or the database is paused.
    """
    if not (_ships(before) and _ships(after)):
        return
    changed = [
        f'"{key}" from {_shown(had.get(key))} to {_shown(has.get(key))}'
        for had, has in ((_texts(before, path), _texts(after, path)) for path in _LABELS)
        if had is not None and has is not None
        for key in sorted({*had, *has})
        if had.get(key) != has.get(key)
    ]
    if changed:
        yield (
            f"labels would change, {listed(changed)}, and the server that ships binary logs was made with the former "
            "ones as its selector, which Kubernetes never changes; change them in an `up` that has backup.pitr.enabled "
            "false, and switch that on again in the next"
        )


def _ships(part: Object) -> bool:
    return at(part, "spec.backup.pitr.enabled") is True and at(part, "spec.pause") is not True


def _texts(part: Object, path: str) -> dict[str, Any] | None:
    found = at(part, path)
    if found is None:
        return {}
    if found is UNKNOWN or not isinstance(found, dict):
        return None
    texts = cast("dict[str, Any]", found)
    return texts if all(isinstance(value, str) for value in texts.values()) else None


def _shown(value: Any) -> str:
    return "none" if value is None else f'"{value}"'
