"""Spans of time as people say them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def in_words(time: timedelta) -> str:
    """`2 days`, `90 minutes`: in the largest unit of which it is a whole number."""
    seconds = int(time.total_seconds())
    for size, word in _UNITS:
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {word}{'s' if seconds != size else ''}"
    return f"{seconds} seconds"
