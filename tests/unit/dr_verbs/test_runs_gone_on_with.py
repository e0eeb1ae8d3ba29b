"""Which earlier runs a verb goes on with, and what they may still claim to have shown."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.dr.agent.looking import LagMemory, Look, seen
from dbaas_components.dr.decisions import Watch
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.failover.evidence import Evidence, EvidenceBook, Proof
from dbaas_components.dr.failover.live import SiteState
from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.records import Kept, Wishes
from dbaas_components.dr.failover.site import Reading
from dbaas_components.dr.failover.steps import Done, Outcome, Stop, Wait
from dbaas_components.dr.failover.verbs import _gone_past  # pyright: ignore[reportPrivateUsage]
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord, Observed, WonBy
from dbaas_components.dr.records import Role, RoleRecord
from tests.unit.dr_verbs.documents import document


def evidence(verb: str = "switchover", *proofs: str) -> Evidence:
    return Evidence(
        run=f"orders-{verb}-1-us",
        verb=verb,
        topology="orders",
        engine="pxc",
        by="a tester",
        begin="2026-01-01T00:00:00+00:00",
        from_region="eu",
        to_region="us",
        epoch_before=1,
        proofs=[Proof(what=one, where="eu", value="2", at="") for one in proofs],
    )


@pytest.mark.parametrize(
    ("verb", "proofs", "epoch", "primary", "answer"),
    [
        ("switchover", [], 1, "eu", False),
        ("switchover", [], 2, "us", False),
        # It went back: to go on would wait for an epoch that is over.
        ("switchover", [], 3, "eu", True),
        ("gameday", [], 3, "eu", True),
        ("gameday", ["rehearsed up to the change"], 3, "eu", False),
        ("gameday", ["rehearsed up to the change"], 2, "us", False),
    ],
)
def test_a_run_that_the_lease_has_gone_past_is_not_gone_on_with(verb, proofs, epoch, primary, answer):
    assert _gone_past(evidence(verb, *proofs), epoch, primary) is answer


@pytest.mark.parametrize(("stated_at", "answer"), [(3, True), (1, None)])
def test_a_last_position_that_a_person_stated_counts_for_its_own_epoch_alone(stated_at, answer):
    lease = LeaseRecord(
        topology="orders",
        holder="eu",
        instance="a",
        epoch=3,
        won_by=WonBy.RELEASE,
        released=True,
        successor="us",
        writer="eu",
        handed_over=True,
    )
    wishes = Wishes(epoch=stated_at, database="orders", stated_lag="0 s", stated_after_fence=True)
    record = RoleRecord(topology="orders", region="us", role=Role.STREAMING)
    reading = Reading("1", "ready", False, False, True, Writes.CLOSED, None, {})
    look = Look(
        now=10.0,
        kept=Kept(record, wishes, "1"),
        record_readable=True,
        reading=reading,
        watch=Watch(Observed(lease, "1"), 9.0),
        grant=None,
        memory=LagMemory(),
    )
    found = seen(parse_document(document("pxc")), "us", "b", look, None)
    assert found.final_position_reached is answer


class Asked:
    """A region's records, which remember what was written."""

    def __init__(self) -> None:
        self.written: list[RoleRecord] = []

    def write(self, basis: Kept, *, record: RoleRecord) -> None:
        self.written.append(record)


def old_follows(folder: Any, last_primary: int, *proofs: str, engine: str = "pxc") -> tuple[Outcome, list[RoleRecord]]:
    record = RoleRecord(topology="orders", region="eu", role=Role.FENCED, epoch=last_primary, hold=True)
    asked = Asked()

    class Connections:
        records = {"eu": asked}

    told = parse_document(document(engine))

    class Live:
        connections = Connections()
        document = told

        def lease(self) -> LeaseRecord:
            return LeaseRecord(topology="orders", holder="us", instance="b", epoch=2, won_by=WonBy.RELEASE)

        def site(self, region: str) -> SiteState:
            return SiteState(region, Kept(record, None, "1"), None, None)

    live: Any = Live()
    book = EvidenceBook(evidence("switchover", *proofs), folder, [])
    return Switch(live, book, "eu", "us", 1, planned=True, by="a tester").old_follows(), asked.written


FENCE, REPLAYED = "fence of eu confirmed", "last position of eu replayed"


def test_an_old_primary_follows_where_this_run_showed_that_it_has_nothing_of_its_own(tmp_path):
    outcome, written = old_follows(tmp_path, 1, FENCE, REPLAYED)
    assert isinstance(outcome, Wait)
    assert len(written) == 1


@pytest.mark.parametrize(("last_primary", "proofs"), [(3, (FENCE, REPLAYED)), (1, ()), (1, (FENCE,)), (1, (REPLAYED,))])
def test_an_old_primary_that_may_have_writes_of_its_own_is_not_asked_to_follow(tmp_path, last_primary, proofs):
    outcome, written = old_follows(tmp_path, last_primary, *proofs)
    assert isinstance(outcome, Stop)
    assert "dbaas dr rejoin eu" in outcome.reason
    assert written == []


def test_a_replica_set_hands_over_by_itself_so_that_its_fence_is_proof_enough(tmp_path):
    outcome, written = old_follows(tmp_path, 1, FENCE, engine="psmdb")
    assert isinstance(outcome, Wait)
    assert not isinstance(outcome, Done)
    assert len(written) == 1
