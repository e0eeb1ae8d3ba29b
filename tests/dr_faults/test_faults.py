"""Faults at every step of every verb, for all four engines, on three control planes.

Each point: a verb of one engine is met at one step by one fault, the fault is taken back, and the same command is given
again until it is done. Then the custom resources of both regions, the lease, the records, the traffic and the evidence
have to agree, no epoch may have been open in two regions, and no site may ever have taken writes beside another, apart
from one whose machines stood still for longer than any lease can know of: that one is fenced first of all.
"""

from __future__ import annotations

import itertools
import os
import shutil
import statistics
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from urllib3.exceptions import HTTPError

from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable
from dbaas_components.dr.lease.interface import StoreUnreachable
from tests.dr_faults.carrying import Settle, carry_all_out, carry_out
from tests.dr_faults.drill import Point, play, read, write
from tests.dr_faults.kubectl_lines import ANSWERED, PAGES, answered, lines, verb_of
from tests.dr_faults.land import Land
from tests.dr_faults.points import ENGINES, TARGET, Round, chained, left, sample, selection
from tests.dr_faults.runbooks import page

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


class Played:
    """Plays rounds, and counts the points of those that ended as they have to."""

    def __init__(self, land: Land, file: Path) -> None:
        self._land = land
        self._file = file
        self.points = read(file)

    def __call__(self, one: Round | str) -> str:
        began = time.monotonic()
        points = play(self._land, one)
        words = one if isinstance(one, str) else f"{one.verb}, {one.fault}"
        wrong = [point for point in points if point.wrong]
        print(f"{words}: {time.monotonic() - began:.0f} s{', wrong' if wrong else ''}", flush=True)
        if not wrong:
            self.points.extend(point for point in points if point.fault != "none")
            write(self.points, self._file)
        return "\n".join(map(str, wrong))


def test_verbs_end_in_the_right_place_whatever_befalls_them(fault_land, settle, tmp_path):
    played = Played(fault_land, tmp_path / "points.json")
    carry_out(fault_land, settle, sample(), played)
    points = played.points
    print(report(points))
    assert [point for point in points if not point.reached] == []
    assert {(point.verb, point.engine) for point in points} == set(itertools.product(TARGET, ENGINES))


@pytest.mark.long
def test_verbs_end_in_the_right_place_at_every_fault_point(fault_land, settle, tmp_path):
    everything = bool(os.environ.get("DBAAS_ALL_FAULT_POINTS"))
    # An hour's work: what a run before this one wrote down as right is not done again.
    played = Played(fault_land, Path(os.environ.get("DBAAS_FAULTS_JOURNAL") or tmp_path / "points.json"))
    done = {(point.engine, point.verb, point.step, point.fault) for point in played.points}
    wrong = carry_all_out(fault_land, settle, chained(left(selection(everything=everything), done)), played)
    points = played.points
    print(report(points))
    assert wrong == []
    assert [point for point in points if not point.reached] == []
    assert len(points) >= 200
    assert len({(point.verb, point.fault) for point in points}) == 3 * 12 + 2 * 10


def test_a_runbook_s_commands_lead_where_it_says(fault_land: Land, settle: Settle):
    def played(verb: object) -> str:
        assert isinstance(verb, str), "no faults here"
        try:
            page(fault_land, verb)
        except (AssertionError, ClusterUnreachable, ClusterRefused, StoreUnreachable, HTTPError) as error:
            return f"{type(error).__name__}: {error}"
        return ""

    verbs = ("switchover", "failback", "gameday", "failover", "rejoin", "failback")
    carry_out(fault_land, settle, verbs, played)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on this machine")
def test_a_runbook_s_kubectl_lines_are_answered_by_the_regions_api_servers(fault_land: Land):
    answers = 0
    for lane in fault_land.lanes:
        for line in [line for file in sorted(PAGES.glob(f"{lane.engine}-*.md")) for line in lines(file)]:
            if verb_of(line) not in ANSWERED:
                continue
            found = answered(lane, line)
            assert found.returncode == 0, f"{line}: {found.stderr}"
            # The table names the custom resource, a path of its status gives a state.
            assert ("orders" in found.stdout) or found.stdout.strip() in ("ready", "paused"), f"{line}: {found.stdout}"
            answers += 1
    assert answers >= len(fault_land.lanes)
