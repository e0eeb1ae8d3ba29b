"""The exploration: nothing wrong can be reached, everything goes on, and every guard is needed for that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dbaas_components.dr import decisions
from dbaas_components.dr.exploration import people, store
from dbaas_components.dr.exploration.progress import progress
from dbaas_components.dr.exploration.renewals import explore_renewals
from dbaas_components.dr.exploration.scenario import TICKS, Scenario
from dbaas_components.dr.exploration.scenarios import FAST, LONG, REVEALED_BY
from dbaas_components.dr.exploration.search import explore
from dbaas_components.dr.guards import GUARDS
from dbaas_components.dr.lease.interface import LeaseRecord, given_back
from dbaas_components.dr.timing import LeaseTiming

pytestmark = pytest.mark.slow

SCENARIOS = [*FAST, *(pytest.param(one, marks=pytest.mark.long) for one in LONG)]

BROKEN = next(one for one in FAST if one.name == "database broken")
WITH_SUCCESSOR = next(one for one in LONG if one.name == "fence with successor and approve")
SWITCHED_BACK = Scenario("switched back", requests=2, planned=True, switched=True, asks=("approve", "fence"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name.replace(" ", "-"))
def test_no_reachable_state_is_wrong_and_from_each_one_primary_follows(scenario: Scenario, capsys):
    found = explore(scenario, keep=True)
    after = progress(scenario, found.worlds)
    with capsys.disabled():
        print(
            f"\n{found.told()}; one primary within {after.longest} moves, "
            f"{after.without_proof + after.unprovable:,} need an override"
        )
    assert found.violation is None, found.told()
    assert found.complete
    assert after.states == found.states
    assert not after.stuck, "\n".join(after.stuck)
    # Who lost data and came back with an old copy can make the others' data doubtful; nothing else does.
    assert not after.unprovable or "site_restored" in scenario.mishaps


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


def test_a_lease_that_forgot_who_wrote_last_leaves_sites_that_nobody_can_approve_again(monkeypatch):
    """A successor that took the lease and was not promoted must not make the old side's data doubtful."""

    def only_its_own_lease(lease, region, own_epoch):
        return lease is not None and lease.holder == region and own_epoch > 0 and lease.epoch - own_epoch in (0, 1)

    for module in (decisions, people):
        monkeypatch.setattr(module, "own_past", only_its_own_lease)
    found = explore(BROKEN, keep=True)
    assert progress(BROKEN, found.worlds).unprovable > 0


@pytest.mark.long
def test_a_position_that_outlives_a_writer_loses_writes_in_a_planned_switch(monkeypatch):
    monkeypatch.setattr(store, "given_back", lambda record, successor, *, wrote: given_back(record, None, wrote=False))
    assert "a planned switch loses writes" in (explore(SWITCHED_BACK).violation or "")


def test_a_lease_that_forgot_its_named_successor_is_taken_by_another(monkeypatch):
    monkeypatch.setattr(LeaseRecord, "free_for", lambda self, region: self.released)
    assert "handed over" in (explore(WITH_SUCCESSOR).violation or "")


@pytest.mark.parametrize(
    "timing",
    [LeaseTiming(), TICKS, LeaseTiming(tries=2, renew_every=3, request_timeout=9)],
    ids=["defaults", "one try", "slow answers"],
)
def test_a_primary_of_which_one_renewal_in_its_tries_succeeds_never_fences_itself(timing):
    found = explore_renewals(timing, timing.longest_look * 0.999)
    assert found.fenced_after is None
    assert found.states > timing.tries


@pytest.mark.parametrize(
    "times",
    [{"holder_validity": 27.0}, {"tries": 2, "renew_every": 3.0, "request_timeout": 11.9}],
    ids=["inequality", "slow answers"],
)
def test_settings_that_break_the_liveness_conditions_fence_a_healthy_primary(times):
    with pytest.raises(ValueError, match="would fence a healthy primary"):
        LeaseTiming(**times)
    tight = LeaseTiming.model_construct(**{**LeaseTiming().model_dump(), **times})
    # As slow as the inequality takes an agent to be.
    assert explore_renewals(tight, tight.renew_every).fenced_after is not None


@pytest.mark.parametrize("timing", [LeaseTiming(), TICKS], ids=["defaults", "one try"])
def test_an_agent_that_needs_too_long_between_two_attempts_fences_a_healthy_primary(timing):
    assert explore_renewals(timing, timing.longest_look * 1.01).fenced_after is not None


def test_the_shortest_way_to_a_violation_is_told_step_by_step():
    found = explore(FAST[1].without("approved"))
    assert found.told().count("\n") == len(found.trace) > 3
