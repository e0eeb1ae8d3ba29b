"""A change in words, the same in every form of the report."""

from __future__ import annotations

from typing import Final

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change
from dbaas_components.diff.grouping import Owner

_GENERAL: Final = {
    Effect.NO_EFFECT: "nothing happens to the database",
    Effect.ONLINE: "changes while the database runs",
    Effect.ROLLING_RESTART: "pods restart",
    Effect.FAILOVER: "another member or side takes over the writes",
    Effect.ONE_WAY: "there is no way back",
    Effect.LESS_PROTECTION: "the data is protected less than before",
    Effect.REPLACE: "cannot be changed in place",
    Effect.DATA_LOSS: "data is lost",
}
_UNDO: Final = {
    Effect.NO_EFFECT: "",
    Effect.ONLINE: "write the old value",
    Effect.ROLLING_RESTART: "write the old value, which restarts again",
    Effect.FAILOVER: "switch back in the same way",
    Effect.ONE_WAY: "restore a backup from before into a new database",
    Effect.LESS_PROTECTION: "write the old value",
    Effect.REPLACE: "write the old value before it is applied",
    Effect.DATA_LOSS: "only from a backup",
}
PLATFORM: Final = "platform"


def happens(change: Change) -> str:
    """What the change does, and which pods restart in which order."""
    parts = [change.does or _GENERAL[change.effect]]
    if change.pods:
        parts.append(f"restarts {', '.join(change.pods)}")
    if change.order:
        parts.append(change.order)
    return "; ".join(parts)


def undone(change: Change) -> str:
    """How to take the change back."""
    made = not change.path and change.old is None and change.effect == Effect.ONLINE
    return change.undo or ("take it out of the program again" if made else _UNDO[change.effect])


def expected(change: Change) -> str:
    """How long it takes, where that is known."""
    if change.takes:
        return change.takes
    if change.pods and change.order.startswith("one after"):
        return "one pod's stop, start and recovery at a time"
    return ""


def owner_words(owner: Owner) -> tuple[str, str]:
    """The tenant and the database as headings."""
    tenant = f"tenant {owner.tenant}" if owner.tenant else "no tenant"
    if not owner.database:
        return tenant, PLATFORM
    place = f"{owner.namespace}/{owner.database}" if owner.namespace else owner.database
    return tenant, f"{place} in {owner.region}" if owner.region else place
