"""How long a schedule leaves between two of its times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

# From a Saturday at the end of a long month on; a year and a day see every month and weekday.
_START: Final = datetime(2027, 1, 30, tzinfo=UTC)
_SPAN: Final = timedelta(days=367)
_MOST_TIMES: Final = 2_000


@lru_cache(maxsize=1_024)
def longest_gap(cron: str) -> timedelta | None:
    """The longest time between two runs within a year, or None if it does not run twice in it.

    A schedule of many runs is followed for its first 2,000, which is more than a day of every minute and more than a
    month of every half hour.
    """
    # Here and not above: it takes its share of the import time, and only databases with an objective need it.
    from croniter import croniter

    times = croniter(cron, _START)
    longest: timedelta | None = None
    previous: datetime = times.get_next(datetime)
    for _ in range(_MOST_TIMES):
        following: datetime = times.get_next(datetime)
        if previous > _START + _SPAN:
            break
        longest = max(longest or timedelta(0), following - previous)
        previous = following
    return longest
