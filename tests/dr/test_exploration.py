"""The exploration: nothing wrong can be reached, everything goes on, and every guard is needed for that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dbaas_components.dr.exploration.progress import progress
from dbaas_components.dr.exploration.scenario import TICKS, Scenario
from dbaas_components.dr.exploration.scenarios import FAST, LONG, REVEALED_BY
from dbaas_components.dr.exploration.search import explore
from dbaas_components.dr.guards import GUARDS
from dbaas_components.dr.timing import LeaseTiming

SCENARIOS = [*FAST, *(pytest.param(one, marks=pytest.mark.long) for one in LONG)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name.replace(" ", "-"))
def test_no_reachable_state_is_wrong_and_from_each_one_primary_follows(scenario: Scenario, capsys):
    found = explore(scenario, keep=True)
    after = progress(scenario, found.worlds)
    with capsys.disabled():
        print(f"\n{found.told()}; one primary within {after.longest} moves, {after.without_proof:,} need an override")
    assert found.violation is None, found.told()
    assert found.complete
    assert after.states == found.states
    assert not after.stuck, "\n".join(after.stuck)


@pytest.mark.parametrize("guard", GUARDS)
def test_without_any_one_guard_something_wrong_can_be_reached(guard):
    found = explore(REVEALED_BY[guard].without(guard))
    assert found.violation is not None, f"nothing goes wrong without {guard}: is it needed?"


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(one, marks=pytest.mark.long)
        for one in {one.name: one for one in REVEALED_BY.values() if one not in (*FAST, *LONG)}.values()
    ],
    ids=lambda one: one.name.replace(" ", "-"),
)
def test_with_all_guards_the_explorations_that_reveal_one_find_nothing(scenario: Scenario):
    found = explore(scenario)
    assert found.violation is None, found.told()
    assert found.complete


def test_a_challenger_that_waits_less_than_the_inequality_asks_for_makes_two_primaries():
    times = {name: getattr(TICKS, name) for name in LeaseTiming.model_fields}
    hasty = LeaseTiming.model_construct(**{**times, "challenger_wait": 2, "lease_seconds": 2})
    assert hasty.slowest_fence >= hasty.shortest_wait
    found = explore(replace(FAST[1], timing=hasty))
    assert "2 sites take writes" in (found.violation or "")


def test_the_shortest_way_to_a_violation_is_told_step_by_step():
    found = explore(FAST[1].without("approved"))
    assert found.told().count("\n") == len(found.trace) > 3
