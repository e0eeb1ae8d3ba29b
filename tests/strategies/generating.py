"""Draws many values, the same ones in every run: a failure in CI is the failure here.

From random bytes, and not by Hypothesis's own search, which looks for failures near what it had before: of 200
specifications that it drew, 41 differed in the fields they gave.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final

from hypothesis import given, settings

from tests.strategies.words import Strategy

_MOST_TURNS: Final = 5
"""Turns for each value that is wanted: some bytes make none, and some values do not count."""
_BYTES: Final = 16_384


def each(strategy: Strategy, count: int, see: Callable[[Any], None], *, start: int = 0) -> None:
    """Calls `see` with `count` drawn values; those for which it calls `hypothesis.reject` do not count.

    Another `start` draws others. Raises `AssertionError` where too few can be drawn.
    """
    seen = 0

    def one(drawn: Any) -> bool:
        nonlocal seen
        see(drawn)
        seen += 1
        return seen == count

    if not _any_turn(strategy, count * _MOST_TURNS, one, start):
        raise AssertionError(f"only {seen} of {count} values could be drawn in {count * _MOST_TURNS} turns")


def exists(strategy: Strategy, count: int, holds: Callable[[Any], bool], *, start: int = 0) -> bool:
    """Whether one of at most so many drawn values is as it should be; no more are drawn then."""
    return _any_turn(strategy, count, holds, start)


def _any_turn(strategy: Strategy, turns: int, holds: Callable[[Any], bool], start: int) -> bool:
    """Draws values until one holds; false where none of them does."""
    held = False

    @settings(database=None, deadline=None)
    @given(strategy)
    def one(drawn: Any) -> None:
        nonlocal held
        held = holds(drawn)

    for turn in range(turns):
        one.hypothesis.fuzz_one_input(Random(f"{start} {turn}").randbytes(_BYTES))
        if held:
            return True
    return False
