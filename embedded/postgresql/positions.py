"""Positions in the write-ahead log and lines of history, as PostgreSQL writes them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass


def position(text: str) -> int:
    """Bytes from the log's beginning of `0/3000060`."""
    high, low = text.strip().split("/")
    return (int(high, 16) << 32) + int(low, 16)


def told(number: int) -> str:
    """`0/3000060` of the bytes."""
    return f"{number >> 32:X}/{number & 0xFFFFFFFF:X}"


@dataclass(frozen=True, slots=True)
class Past:
    """What a server that stands still last knew of itself."""

    system: str
    """The cluster's identifier, which all copies share."""
    state: str
    timeline: int
    checkpoint: int
    """Where its last checkpoint's record begins."""

    @property
    def ended_in_order(self) -> bool:
        """Whether it was shut down with everything written and checkpointed."""
        return self.state == "shut down"


def past(control_data: str) -> Past:
    """The past in what `pg_controldata` prints with LC_ALL=C."""

    def value(name: str) -> str:
        found = re.search(rf"^{re.escape(name)}:\s+(.+)$", control_data, re.MULTILINE)
        if found is None:
            raise ValueError(f'pg_controldata tells no "{name}"')
        return found[1].strip()

    return Past(
        system=value("Database system identifier"),
        state=value("Database cluster state"),
        timeline=int(value("Latest checkpoint's TimeLineID")),
        checkpoint=position(value("Latest checkpoint location")),
    )


def branches(history: str) -> dict[int, int]:
    """Where each older timeline was left, of a timeline history file: its lines are timeline, position, reason."""
    rows = (line.split("\t") for line in history.splitlines() if line.strip() and not line.startswith("#"))
    return {int(row[0]): position(row[1]) for row in rows}


def contained(own: Past, *, system: str, timeline: int, left: dict[int, int]) -> bool:
    """Whether all that a stopped server has is part of the line of `timeline`.

    Only an orderly end says where a server's own data ends: the checkpoint of a shutdown is its last record. After a
    crash there may be more behind the last checkpoint, and that counts as not contained.
    """
    if own.system != system or not own.ended_in_order:
        return False
    if own.timeline == timeline:
        # Nobody left this line; that it is not ahead of the other server, replication itself checks.
        return True
    return own.timeline in left and own.checkpoint < left[own.timeline]
