"""Faults at every step of every verb, for all four engines (issue: 200 fault points on three control planes).

Each point: a verb of one engine is met at one step by one fault, the fault is taken back, and the same command is given
again until it is done. Then the custom resources of both regions, the lease, the records, the traffic and the evidence
have to agree, no epoch may have been open in two regions, and no site may ever have taken writes beside another, apart
from one whose machines stood still for longer than any lease can know of: that one is fenced first of all.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.dr_faults.drill import Drill, Point
from tests.dr_faults.land import Land
from tests.dr_faults.points import Round, chained, sample, selection

pytestmark = [pytest.mark.api, pytest.mark.faults]


def report(points: Iterable[Point]) -> str:
    """Counts and times, for people."""
    reached = [one for one in points if one.reached]
    lines = [f"{len(reached)} fault points"]
    for engine in sorted({one.engine for one in reached}):
        own = [one for one in reached if one.engine == engine]
        by_verb = {verb: sum(one.verb == verb for one in own) for verb in sorted({one.verb for one in own})}
        lines.append(f"  {engine}: {', '.join(f'{verb} {count}' for verb, count in by_verb.items())}")
    for verb in ("switchover", "failover", "failback", "gameday"):
        times = [one.rto_seconds for one in reached if one.verb == verb and one.rto_seconds is not None]
        if times:
            lines.append(f"{verb}, time of the tool: median {statistics.median(times):.1f} s, worst {max(times):.1f} s")
    back = [one.overlap_seconds for one in reached if one.overlap_seconds]
    if back:
        lines.append(
            f"{len(back)} former primaries stood still and took writes in their own old epoch until they were fenced: "
            f"median {statistics.median(back):.2f} s, worst {max(back):.2f} s"
        )
    return "\n".join(lines)


def carry_out(found: Land, what: Iterable[Round | str], file: Path) -> list[Point]:
    drill = Drill(found, found.lanes)
    for one in what:
        if isinstance(one, str):
            drill.plain(one)
        else:
            drill.round(one)
        drill.write(file)
        wrong = [point for point in drill.points if point.wrong]
        # One engine that is not where it has to be makes every later point of it meaningless.
        assert not wrong, "\n".join(map(str, wrong))
    return [point for point in drill.points if point.fault != "none"]


def test_verbs_end_in_the_right_place_whatever_befalls_them(fault_land, tmp_path):
    points = carry_out(fault_land, sample(), tmp_path / "points.json")
    print(report(points))
    assert sum(point.reached for point in points) >= 24


@pytest.mark.long
def test_verbs_end_in_the_right_place_at_every_fault_point(fault_land, tmp_path):
    everything = bool(os.environ.get("DBAAS_ALL_FAULT_POINTS"))
    points = carry_out(fault_land, chained(selection(everything=everything)), tmp_path / "points.json")
    print(report(points))
    assert [point for point in points if not point.reached] == []
    assert len(points) >= 200
    assert len({(point.verb, point.fault) for point in points}) == 3 * 12 + 2 * 10
