"""What the clients' acknowledgements say: what was lost, who acknowledged when, how long nobody did. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.dr_postgresql.writers import Acknowledged


@dataclass(frozen=True, slots=True)
class Cut:
    """One change of the primary, as its clients saw it."""

    acknowledged: int
    """By the old primary before the cut's end."""
    lost: tuple[Acknowledged, ...]
    last_by_old: float
    first_by_new: float

    @property
    def silence(self) -> float:
        """Seconds in which no row was acknowledged: the measured RTO of the clients."""
        return self.first_by_new - self.last_by_old

    @property
    def both_acknowledged(self) -> bool:
        """Whether the old primary acknowledged a row after the new one had begun to."""
        return self.silence <= 0


def cut(acknowledged: Iterable[Acknowledged], old: str, new: str, rows: set[str], *, since: float = 0.0) -> Cut:
    """The change from `old` to `new` of the rows acknowledged after `since`, judged by the rows that are there now."""
    mine = [one for one in acknowledged if one.at >= since]
    by_old = [one for one in mine if one.server == old]
    by_new = [one for one in mine if one.server == new]
    if not by_old or not by_new:
        raise AssertionError(f"{old} acknowledged {len(by_old)} rows and {new} {len(by_new)}; nothing to compare")
    lost = sorted((one for one in mine if one.row not in rows), key=lambda one: one.at)
    return Cut(len(by_old), tuple(lost), max(one.at for one in by_old), min(one.at for one in by_new))


def count_by(acknowledged: Sequence[Acknowledged], server: str, *, since: float = 0.0) -> int:
    """Rows that a server acknowledged after a moment."""
    return sum(one.server == server and one.at > since for one in acknowledged)
