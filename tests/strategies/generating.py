"""Draws many arguments, the same ones in every run: a failure in CI is the failure here."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis.errors import NoSuchExample

from tests.strategies.space import Arguments
from tests.strategies.words import Strategy


def each(strategy: Strategy, count: int, see: Callable[[Arguments], None], *, start: int = 0) -> None:
    """Calls `see` with `count` arguments. Those for which it calls `hypothesis.reject` do not count.

    Another `start` draws others.
    """

    @seed(start)
    @_settings(count)
    @given(strategy)
    def one(arguments: Arguments) -> None:
        see(arguments)

    one()


def exists(strategy: Strategy, count: int, holds: Callable[[Any], bool], start: int = 0) -> bool:
    """Whether one of so many drawn values is as it should be; no more are drawn then."""
    try:
        find(strategy, holds, settings=_settings(count), random=Random(start))
    except NoSuchExample:
        return False
    return True


def _settings(count: int) -> settings:
    return settings(
        max_examples=count,
        database=None,
        deadline=None,
        # Hypothesis would take minutes to make refused ones small, and tell of one only; `reduced` does better here.
        phases=[Phase.generate],
        # Specifications are large, and judged over the network; that is meant.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
