"""What the fault tests judge by, judged itself: the choice of points, and what a journal of versions shows."""

from __future__ import annotations

from dataclasses import replace

from dbaas_components.dr.failover.site import Reading
from dbaas_components.dr.guards import Writes
from tests.dr_faults.drill import Point, read, write
from tests.dr_faults.points import ENGINES, Round, chained, faults, left, rounds, selection, steps
from tests.dr_faults.watching import Overlap, Seen, epochs_of_two, first_order_after, overlaps

OPEN = Reading("1", "ready", False, True, True, Writes.OPEN, None, {}, orders=1, order="open", epoch=1)
FENCE = replace(OPEN, paused=True, writes=None, order="fence")
FENCED = replace(FENCE, writes=Writes.FENCED)


def test_each_engine_meets_each_step_and_each_fault_of_a_switchover():
    met = {(str(one.fault), engine, moment.step) for one in rounds("switchover", 2) for engine, moment in one.at}
    for engine in ENGINES:
        assert {step for _, told, step in met if told == engine} == {one.step for one in steps("switchover", engine)}
        assert {fault for fault, told, _ in met if told == engine} == set(map(str, faults("switchover")))
    for fault in faults("switchover"):
        assert len({step for told, _, step in met if told == str(fault)}) >= 6


def test_everything_is_every_fault_at_every_step_of_every_engine():
    met = {(str(one.fault), engine, moment.step) for one in rounds("failover") for engine, moment in one.at}
    assert len(met) == sum(len(steps("failover", engine)) for engine in ENGINES) * len(faults("failover"))


def test_the_rounds_are_all_gone_through_and_each_finds_the_primary_that_it_needs():
    chosen = selection()
    order = list(chained(chosen))
    assert sum(isinstance(one, Round) for one in order) == sum(len(found) for found in chosen.values())
    state = "eu"
    wanted = {"switchover": "eu", "failover": "eu", "gameday": "eu", "rejoin": "lost", "failback": "us"}
    after = {"switchover": "us", "failover": "lost", "gameday": "eu", "rejoin": "us", "failback": "eu"}
    for one in order:
        verb = one if isinstance(one, str) else one.verb
        assert state == wanted[verb]
        state = after[verb]
    assert state == "eu"


def test_a_run_goes_on_behind_what_the_one_before_it_wrote_down(tmp_path):
    first, second, *rest = selection()["failover"]
    right = [Point(engine, "failover", str(moment), str(first.fault)) for engine, moment in first.at]
    right += [Point(engine, "failover", str(moment), str(second.fault)) for engine, moment in second.at[1:]]
    write(right, tmp_path / "points.json")
    known = read(tmp_path / "points.json")
    assert known == right
    done = {(point.engine, point.verb, point.step, point.fault) for point in known}
    assert left(selection(), done)["failover"] == [second, *rest]
    assert left(selection(), done)["rejoin"] == selection()["rejoin"]
    assert read(tmp_path / "no.json") == []


def test_one_epoch_open_in_two_regions_is_seen():
    first, same = Seen(1, "eu", OPEN), Seen(2, "us", OPEN)
    assert epochs_of_two([first, same]) == ["epoch 1: eu, us"]
    assert epochs_of_two([first, Seen(2, "us", replace(OPEN, epoch=2))]) == []


def test_two_sites_that_take_writes_at_one_time_are_seen():
    there = Seen(2, "us", replace(OPEN, epoch=2))
    assert overlaps([Seen(1, "eu", OPEN), there, Seen(5, "eu", FENCED)]) == [Overlap(2, 3, "")]
    assert overlaps([Seen(1, "eu", OPEN), Seen(1.5, "eu", FENCED), there]) == []
    # A site whose machines stand still takes none; once they go on, it does, until it is fenced.
    gone, back = Seen(1.5, "eu", None, alive=False), Seen(4, "eu", None)
    assert overlaps([Seen(1, "eu", OPEN), gone, there, back, Seen(4.5, "eu", FENCED)]) == [Overlap(4, 0.5, "eu")]


def test_the_first_order_after_a_return_is_found_whatever_else_changes():
    entries = [Seen(1, "eu", OPEN), Seen(3, "eu", replace(OPEN, state="initializing")), Seen(4, "eu", FENCE)]
    found = first_order_after(entries, "eu", 2)
    assert found is not None
    assert found.order == "fence"
    assert first_order_after(entries[:2], "eu", 2) is None
