"""A forced reconfiguration waits until the pods of an old site that answers are shut down: they may be the majority."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.failover.evidence import EvidenceBook
from dbaas_components.dr.failover.failover import failover_steps
from dbaas_components.dr.failover.live import SiteState
from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.records import Kept
from dbaas_components.dr.failover.site import Reading
from dbaas_components.dr.failover.steps import Done, Outcome, Wait
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord, WonBy
from dbaas_components.dr.records import Role, RoleRecord
from tests.unit.dr_verbs.documents import document
from tests.unit.dr_verbs.test_runs_gone_on_with import evidence

RECORD = RoleRecord(topology="orders", region="eu", role=Role.FENCED, epoch=1, hold=True, successor="us", orders=2)


class Site:
    """The old site, which remembers the order to shut down."""

    place = region = "eu"

    def __init__(self) -> None:
        self.paused: list[int] = []

    def pause(self, reading: Reading, orders: int) -> None:
        self.paused.append(orders)


def proven(folder: Any, *, forced: bool, paused: bool, released: bool) -> tuple[Outcome, list[int]]:
    """The step that proves the old site out, once its agent handed the role over; the orders that it gave."""
    old, told = Site(), parse_document(document("psmdb"))
    reading = Reading(
        "1", "paused" if paused else "ready", paused, False, True, Writes.FENCED, None, {}, orders=2, order="fence"
    )

    class Connections:
        sites = {"eu": old}
        lease = old

    class Live:
        connections = Connections()
        document = told
        # Of a lease that was given back nothing is waited for.
        silence = 0.0 if released else told.timing.challenger_wait

        def lease(self) -> LeaseRecord:
            successor = "us" if released else None
            return LeaseRecord(
                topology="orders", holder="eu", instance="a", epoch=1, won_by=WonBy.RELEASE, released=released,
                successor=successor,
            )  # fmt: skip

        def site(self, region: str) -> SiteState:
            return SiteState(region, Kept(RECORD, None, "1"), reading, None)

    live: Any = Live()
    switch = Switch(live, EvidenceBook(evidence("failover"), folder, []), "eu", "us", 1, planned=False, by="a tester")
    measures: Any = type("Measures", (), {"note": lambda *_: None})()
    switch.measures = measures
    nothing: Any = type("Nothing", (), {"carried_out": lambda: None, "moved": lambda: None})
    steps = failover_steps(switch, nothing, nothing if forced else None)
    (step,) = (one for one in steps if one.name == "prove that eu is out")
    return step.turn(), old.paused


@pytest.mark.parametrize("released", [True, False])
def test_pods_that_go_on_after_their_role_was_handed_over_are_shut_down_before_the_majority_is_made_anew(
    tmp_path, released
):
    outcome, orders = proven(tmp_path, forced=True, paused=False, released=released)
    assert isinstance(outcome, Wait)
    assert orders == [2]
    outcome, orders = proven(tmp_path, forced=True, paused=True, released=released)
    assert isinstance(outcome, Done)
    assert orders == []


@pytest.mark.parametrize("released", [True, False])
def test_without_a_forced_step_the_pods_go_on_for_they_are_the_majority(tmp_path, released):
    outcome, orders = proven(tmp_path, forced=False, paused=False, released=released)
    assert isinstance(outcome, Done)
    assert orders == []
