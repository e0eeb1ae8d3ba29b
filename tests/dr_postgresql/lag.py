"""How far a standby is behind, in bytes and in time, from positions that were read on both sides. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Lag:
    """A lag as it was at the last look at the primary."""

    bytes: int
    seconds: float
    """All that was acknowledged earlier than this before that look is on the standby."""
    looked_at: float

    def within(self, limit: LagLimit) -> bool:
        return self.bytes <= limit.bytes and self.seconds <= limit.seconds


@dataclass(frozen=True, slots=True)
class LagLimit:
    bytes: int = 256 * 1024
    seconds: float = 2.0


@dataclass(slots=True)
class LagWatch:
    """The primary's positions, with the times at which their reading began."""

    seen: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])

    def primary_at(self, began: float, reached: int) -> None:
        self.seen = [*self.seen[-600:], (began, reached)]

    def lag(self, received: int) -> Lag | None:
        """The lag of a standby that has received so much; None where the primary was never read."""
        if not self.seen:
            return None
        looked_at, reached = self.seen[-1]
        # All that was acknowledged before a reading began lies at or before the position that it found.
        since = max((began for began, at in self.seen if at <= received), default=-math.inf)
        return Lag(max(0, reached - received), looked_at - since, looked_at)
