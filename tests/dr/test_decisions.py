"""What becomes of a planned switch that does not go through at once: who waits, who may be approved, who wrote last."""

from __future__ import annotations

from dataclasses import replace

from dbaas_components.dr.decisions import Grant, Seen, Watch, decide, facts_of
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import Identity, LeaseRecord, Observed, WonBy, given_back, taken
from dbaas_components.dr.records import Approval, Role, RoleRecord
from dbaas_components.dr.roles import Action, Event
from dbaas_components.dr.timing import LeaseTiming

TIMING = LeaseTiming()
FIRST = LeaseRecord(topology="orders", holder="east", instance="east-1", epoch=1, won_by=WonBy.FIRST)
HANDED_TO_WEST = given_back(FIRST, "west", "0/7000")


def claimed_by_west(lease: LeaseRecord, ground: WonBy = WonBy.RELEASE) -> LeaseRecord:
    found = taken(lease, Identity("orders", "west", "west-1"), ground)
    assert isinstance(found, LeaseRecord)
    return found


def west(lease: LeaseRecord, *, waited: float = 0.0, planned: bool = True, **more) -> Seen:
    approval = Approval(epoch=1, planned=planned)
    record = RoleRecord(topology="orders", region="west", role=Role.STREAMING, approval=approval)
    found = Seen(
        now=1000.0,
        topology="orders",
        region="west",
        instance="west-1",
        record=record,
        watch=Watch(Observed(lease, "1"), 1000.0 - waited),
        writes=Writes.CLOSED,
        replicates=True,
        lag_within_limit=True,
        history_contained=True,
    )
    return replace(found, **more)


def east(lease: LeaseRecord) -> Seen:
    record = RoleRecord(
        topology="orders", region="east", role=Role.FENCED, epoch=1, hold=True, approval=Approval(epoch=2)
    )
    return Seen(
        now=1000.0,
        topology="orders",
        region="east",
        instance="east-1",
        record=record,
        watch=Watch(Observed(lease, "1"), 1000.0),
        writes=Writes.FENCED,
    )


def test_a_planned_successor_that_has_not_replayed_waits_and_claims_once_it_has():
    for unknown in (False, None):
        waiting = decide(west(HANDED_TO_WEST, final_position_reached=unknown), TIMING)
        assert waiting.action is None
        assert "has not replayed the old primary's last position" in waiting.reason
    claim = decide(west(HANDED_TO_WEST, final_position_reached=True), TIMING)
    assert (claim.action, claim.won_by) == (Action.CLAIM_LEASE, WonBy.RELEASE)


def test_a_planned_successor_whose_agent_starts_again_after_the_claim_is_still_promoted():
    lease = claimed_by_west(HANDED_TO_WEST)
    assert lease.position == "0/7000"
    found = west(lease, final_position_reached=True, grant=Grant(2, 999.0))
    assert decide(found, TIMING).event is Event.PROMOTE


def test_nobody_reaches_the_last_position_of_a_primary_that_fell_silent():
    found = west(FIRST, waited=TIMING.challenger_wait, final_position_reached=True)
    assert "has not replayed" in decide(found, TIMING).reason
    unplanned = replace(found, record=west(FIRST, planned=False).record)
    assert decide(unplanned, TIMING).won_by is WonBy.EXPIRY


def test_a_position_that_was_handed_over_earlier_proves_nothing_once_its_successor_wrote():
    lease = claimed_by_west(HANDED_TO_WEST)
    late = replace(west(lease, final_position_reached=True), region="north")
    assert facts_of(late, TIMING).final_position_reached is None
    assert given_back(lease, None).position == ""


def test_a_release_says_whether_the_site_was_promoted_under_the_epoch():
    lease = claimed_by_west(HANDED_TO_WEST)
    refused = west(lease, final_position_reached=False, grant=Grant(2, 999.0), writes=Writes.FENCED)
    release = decide(refused, TIMING)
    assert (release.action, release.wrote) == (Action.RELEASE_LEASE, False)
    was_primary = RoleRecord(topology="orders", region="west", role=Role.FENCED, epoch=2, hold=True)
    release = decide(replace(refused, record=was_primary), TIMING)
    assert (release.action, release.wrote) == (Action.RELEASE_LEASE, True)


def test_the_old_side_can_be_approved_again_once_its_successor_gave_back_what_it_never_used():
    lease = given_back(claimed_by_west(HANDED_TO_WEST), None, wrote=False)
    claim = decide(east(lease), TIMING)
    assert (claim.action, claim.won_by) == (Action.CLAIM_LEASE, WonBy.RELEASE)


def test_the_old_side_is_not_approved_again_while_its_successor_may_write_or_after_it_did():
    held = claimed_by_west(HANDED_TO_WEST)
    for lease in (held, given_back(held, None, wrote=True)):
        facts = facts_of(east(lease), TIMING)
        assert (facts.history_contained, facts.lag_within_limit) == (None, None)
        assert decide(east(lease), TIMING).action is None
