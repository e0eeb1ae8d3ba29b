"""Switchover and failover of real PostgreSQL servers, judged by the rows that their clients were promised."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from dbaas_components.dr.records import Role
from dbaas_components.dr.timing import monotonic_seconds
from tests.dr_postgresql.counting import Cut, count_by, cut
from tests.dr_postgresql.lag import Lag
from tests.dr_postgresql.pair import TIMING, Pair, Region
from tests.dr_postgresql.writers import Acknowledged, Writers

pytestmark = pytest.mark.postgresql

REPETITIONS = int(os.environ.get("DBAAS_PROOF_REPETITIONS", "1"))
"""How often a switchover there and back is measured."""
Tell = Callable[[str, str], None]


def writing(pair: Pair) -> Writers:
    return Writers(region.site.server for region in pair.regions)


def wait_for_rows(pair: Pair, writers: Writers, region: Region, rows: int = 60) -> None:
    """Waits until a region has acknowledged so many more rows."""
    since = monotonic_seconds()
    pair.wait(
        f"{rows} rows acknowledged by {region.name}",
        lambda: count_by(writers.acknowledged, region.name, since=since) >= rows,
    )


def told(found: Cut) -> str:
    return (
        f"{found.acknowledged} rows acknowledged by the old side, {len(found.lost)} lost, "
        f"{found.silence:.2f} s without an acknowledgement"
    )


def fence_seconds(pair: Pair, region: Region) -> float:
    fence = region.site.fences[-1]
    return fence.confirmed_at - fence.ordered_at


def earlier_than_stated(lost: tuple[Acknowledged, ...], lag: Lag) -> list[Acknowledged]:
    """Lost rows that the stated lag does not cover: they were acknowledged before the time from which it counts."""
    return [one for one in lost if one.at < lag.looked_at - lag.seconds]


@pytest.mark.parametrize("repetition", range(REPETITIONS))
def test_a_switchover_there_and_back_loses_no_acknowledged_row(pair: Pair, measured: Tell, repetition: int):
    with writing(pair) as writers:
        for old, new in (pair.regions, reversed(pair.regions)):
            since = monotonic_seconds()
            wait_for_rows(pair, writers, old)
            pair.hand_over(old, new, planned=True)
            pair.wait_for_role(new, Role.PRIMARY)
            wait_for_rows(pair, writers, new)
            seen = list(writers.acknowledged)
            found = cut(seen, old.name, new.name, pair.rows(new), since=since)
            assert found.lost == ()
            assert not found.both_acknowledged
            assert old.site.fences[-1].in_order
            assert fence_seconds(pair, old) <= TIMING.fence_seconds
            measured(f"switchover to {new.name}", f"{told(found)}, fenced in {fence_seconds(pair, old):.2f} s")
            # Its orderly end is part of the new line, so that it follows without a rewind.
            pair.wait_for_role(old, Role.FENCED)
            pair.rejoin(old)
            pair.wait_for_role(old, Role.STREAMING)
    lease = pair.lease()
    assert lease is not None
    assert (lease.holder, lease.epoch) == ("east", 3)
