"""A database that is open while its agent knows of no renewal: started anew, placed anew, or made open first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dbaas_components.dr import decisions
from dbaas_components.dr.agent.looking import LagMemory, Look, seen
from dbaas_components.dr.decisions import Grant, Seen, Watch, decide
from dbaas_components.dr.exploration.scenarios import FAST
from dbaas_components.dr.exploration.search import explore
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.failover.records import Kept
from dbaas_components.dr.failover.site import EPOCH, reading_of
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord, Observed, WonBy
from dbaas_components.dr.records import Role, RoleRecord
from dbaas_components.dr.roles import Action, Event
from dbaas_components.dr.timing import LeaseTiming
from tests.unit.dr_verbs.documents import document

TIMING = LeaseTiming()
NOW = 1000.0
OWN = LeaseRecord(topology="orders", holder="eu", instance="eu-1", epoch=1, won_by=WonBy.FIRST)
MADE_OPEN = next(one for one in FAST if one.name == "made open")


def eu(role: Role, lease: LeaseRecord | str | None = "unread", **more) -> Seen:
    watch = None if isinstance(lease, str) else Watch(Observed(lease, "1" if lease else None), NOW)
    epoch = 0 if role is Role.STANDBY else 1
    found = Seen(
        now=NOW,
        topology="orders",
        region="eu",
        instance="eu-1",
        record=RoleRecord(topology="orders", region="eu", role=role, epoch=epoch) if epoch else None,
        watch=watch,
        read_at=NOW if watch else None,
        writes=Writes.OPEN,
        lag_within_limit=True,
        history_contained=True,
        final_position_reached=True,
        declared_primary=True,
    )
    return replace(found, **more)


@pytest.mark.parametrize("role", [Role.PRIMARY, Role.PROMOTING])
def test_an_agent_that_starts_over_a_primary_renews_before_anything_else(role):
    assert decide(eu(role, OWN), TIMING).event is Event.RENEW


@pytest.mark.parametrize("lease", [OWN, "unread"], ids=["read", "unread"])
@pytest.mark.parametrize("role", [Role.PRIMARY, Role.PROMOTING])
def test_an_agent_that_started_and_could_not_renew_at_once_closes_its_database(role, lease):
    assert decide(eu(role, lease, renewal_missed=True), TIMING).event is Event.EXPIRE


def test_an_agent_that_was_placed_on_another_node_closes_its_database_although_the_lease_is_its_region_s():
    assert decide(eu(Role.PRIMARY, OWN, instance="eu-2"), TIMING).event is Event.EXPIRE


def test_a_renewal_that_is_known_counts_on_whatever_came_before():
    held = eu(Role.PRIMARY, OWN, grant=Grant(1, NOW - 1), renewal_missed=False)
    assert decide(held, TIMING).event is not Event.EXPIRE


def test_the_first_primary_that_was_made_open_stays_so_while_it_knows_that_there_is_no_lease():
    intent = decide(eu(Role.STANDBY, None), TIMING)
    assert (intent.action, intent.won_by) == (Action.CLAIM_LEASE, WonBy.FIRST)
    promoted = decide(eu(Role.STANDBY, OWN, grant=Grant(1, NOW - 1)), TIMING)
    assert promoted.event is Event.PROMOTE


@pytest.mark.parametrize(
    ("lease", "more"),
    [
        pytest.param("unread", {}, id="the lease was never read"),
        pytest.param(None, {"read_at": NOW - TIMING.holder_validity}, id="it was read too long ago"),
        pytest.param(None, {"database_epoch": 1}, id="the database was primary before"),
        pytest.param(None, {"declared_primary": False}, id="it is not the first primary"),
        pytest.param(OWN, {}, id="its claim was not answered"),
        pytest.param(OWN, {"grant": Grant(1, NOW - TIMING.holder_validity)}, id="its claim is too long ago"),
        pytest.param(OWN, {"instance": "eu-2"}, id="the claim was an earlier boot's"),
        pytest.param(OWN.model_copy(update={"holder": "us"}), {}, id="another region has the lease"),
    ],
)
def test_an_open_database_that_nothing_accounts_for_is_closed(lease, more):
    assert decide(eu(Role.STANDBY, lease, **more), TIMING).event is Event.EXPIRE


def test_a_record_that_was_lost_while_the_witness_does_not_answer_hides_no_open_database():
    """What the agent reads: no record, no lease, and a database that bears the epoch under which it was opened."""
    stamps = {EPOCH: "1"}
    metadata = {"generation": 3, "resourceVersion": "7", "annotations": stamps}
    status = {"state": "ready", "observedGeneration": 3}
    reading = reading_of("pg", {"metadata": metadata, "spec": {"standby": {"enabled": False}}, "status": status})
    look = Look(NOW, Kept(None, None, None), True, reading, None, None, LagMemory())
    found = seen(parse_document(document()), "eu", "eu-2", look, None)
    assert (found.writes, found.database_epoch) == (Writes.OPEN, 1)
    assert decide(found, TIMING).event is Event.EXPIRE


@pytest.mark.slow
def test_a_first_primary_that_forgets_the_time_makes_two_primaries(monkeypatch):
    monkeypatch.setattr(decisions, "beginning_lasts", lambda *_: True)
    assert "2 sites take writes" in (explore(MADE_OPEN).violation or "")
