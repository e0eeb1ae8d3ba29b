"""Which earlier runs a verb goes on with, and what they may still claim to have shown."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.dr.agent.looking import LagMemory, Look, seen
from dbaas_components.dr.decisions import Watch
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.failover.evidence import Evidence, EvidenceBook, Proof
from dbaas_components.dr.failover.gameday import HALF_WAY, rehearsal_of
from dbaas_components.dr.failover.live import SiteState
from dbaas_components.dr.failover.measuring import Measures
from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.records import Kept, Report, Wishes
from dbaas_components.dr.failover.site import Reading
from dbaas_components.dr.failover.steps import Done, Outcome, Stop, Wait
from dbaas_components.dr.failover.verbs import _gone_past  # pyright: ignore[reportPrivateUsage]
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord, Observed, WonBy
from dbaas_components.dr.records import Approval, Role, RoleRecord
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


def fence_old(folder: Any, lease: LeaseRecord, record: RoleRecord) -> tuple[Switch, Outcome, list[RoleRecord]]:
    """The step that fences eu, whose agent is of instance `b`, after a run that showed its fence at epoch 1."""
    asked, told = Asked(), parse_document(document("pxc"))
    writes = Writes.FENCED if record.role is Role.FENCED else Writes.OPEN
    reading = Reading("1", "", writes is Writes.FENCED, False, True, writes, None, {})

    class Place:
        place = region = "eu"

    class Connections:
        records = {"eu": asked}
        sites = {"eu": Place()}
        lease = Place()

    class Live:
        connections = Connections()
        document = told

        def lease(self) -> LeaseRecord:
            return lease

        def agent_silent(self, region: str) -> float:
            return 0.0

        def site(self, region: str) -> SiteState:
            report = Report(region=region, instance="b", count=1, role=str(record.role), reason="")
            return SiteState(region, Kept(record, None, "1"), reading, report)

    live: Any = Live()
    book = EvidenceBook(evidence("switchover", FENCE, REPLAYED), folder, [])
    wishes = Wishes(epoch=1, database="orders", stated_lag="0 s", stated_after_fence=True)
    switch = Switch(live, book, "eu", "us", 1, planned=True, by="a tester", wishes=wishes)
    switch.measures = Unmeasured(live)
    return switch, switch.fence_old(), asked.written


class Unmeasured(Measures):
    """What is done beside the fence is no part of this."""

    def note(self, book: EvidenceBook, region: str, primary: str) -> None:
        del book, region, primary


def held_by_eu(epoch: int, instance: str, *, released: bool = False) -> LeaseRecord:
    return LeaseRecord(
        topology="orders", holder="eu", instance=instance, epoch=epoch, won_by=WonBy.FIRST, released=released
    )


NOTHING: Any = None
HELD = RoleRecord(topology="orders", region="eu", role=Role.FENCED, epoch=1, hold=True, successor="us")


def test_an_old_primary_whose_agent_was_placed_anew_before_it_gave_the_lease_back_takes_it_anew(tmp_path):
    _, outcome, written = fence_old(tmp_path, held_by_eu(1, "a"), HELD)
    assert isinstance(outcome, Wait)
    assert "placed anew" in outcome.reason
    assert [one.approval and one.approval.epoch for one in written] == [1]
    _, outcome, again = fence_old(tmp_path, held_by_eu(1, "a"), written[0])
    assert isinstance(outcome, Wait)
    assert again == []


def test_a_fence_is_done_only_once_the_lease_was_given_back(tmp_path):
    _, outcome, written = fence_old(tmp_path, held_by_eu(1, "b"), HELD)
    assert (type(outcome), written) == (Wait, [])
    _, outcome, written = fence_old(tmp_path, held_by_eu(1, "b", released=True), HELD)
    assert (type(outcome), written) == (Done, [])


def test_a_run_goes_on_from_the_epoch_that_the_old_primary_took_anew_and_forgets_its_earlier_fence(tmp_path):
    serves = RoleRecord(topology="orders", region="eu", role=Role.PRIMARY, epoch=2)
    switch, outcome, written = fence_old(tmp_path, held_by_eu(2, "b"), serves)
    assert isinstance(outcome, Wait)
    assert [(one.role, one.hold, one.successor) for one in written] == [(Role.FENCING, True, "us")]
    assert switch.book.proven(FENCE) is None
    assert switch.book.proven(REPLAYED) is None
    assert switch.wishes is not None
    assert (switch.epoch, switch.wishes.epoch, switch.wishes.stated_after_fence) == (2, 2, False)
    assert not _gone_past(switch.book.evidence, 2, "eu")


def test_the_way_back_of_a_gameday_goes_on_from_the_epoch_that_its_old_primary_took_anew(tmp_path):
    book = EvidenceBook(evidence("gameday"), tmp_path, [])
    there = Switch(NOTHING, book, "eu", "us", 1, planned=True, by="a tester")
    assert rehearsal_of(there).back.epoch == 2
    book.prove(HALF_WAY, "witness", "2")
    book.prove("us is primary again", "witness", "3")
    assert rehearsal_of(there).back.epoch == 3


def promoted(folder: Any, old: RoleRecord, approved: int, **more: Any) -> tuple[Outcome, list[Any]]:
    """The step that waits for us, which took the lease again, as another instance, at epoch 3."""
    told, written = parse_document(document("pxc")), []
    new = RoleRecord(topology="orders", region="us", role=Role.STANDBY, approval=Approval(epoch=approved, planned=True))

    class Place:
        place = region = "us"

        def write(self, basis: Kept, *, record: RoleRecord, wishes: Wishes | None = None) -> None:
            written.append((record.approval, wishes))

    class Connections:
        records = {"us": Place()}
        lease = Place()

    class Live:
        connections = Connections()
        document = told

        def lease(self) -> LeaseRecord:
            won = WonBy.EXPIRY
            return LeaseRecord(topology="orders", holder="us", instance="c", epoch=3, won_by=won, released=True)

        def agent_silent(self, region: str) -> float:
            return 0.0

        def site(self, region: str) -> SiteState:
            record = old if region == "eu" else new
            writes = Writes.FENCED if record.role is Role.FENCED else Writes.CLOSED
            return SiteState(
                region, Kept(record, None, "1"), Reading("1", "", True, False, True, writes, None, {}), None
            )

    live: Any = Live()
    settings = {"planned": True, "proofs": (FENCE, REPLAYED), **more}
    book = EvidenceBook(evidence("switchover", *settings.pop("proofs")), folder, [])
    return Switch(live, book, "eu", "us", 1, by="a tester", **settings).promoted(), written


def test_a_new_region_that_took_the_lease_above_its_approval_is_approved_again_while_the_old_one_is_fenced(tmp_path):
    outcome, written = promoted(tmp_path, HELD, 1)
    assert isinstance(outcome, Wait)
    [(approval, wishes)] = written
    assert (approval.epoch, wishes.epoch, wishes.stated_lag, wishes.stated_after_fence) == (3, 3, "0 s", True)
    assert promoted(tmp_path, HELD, 2)[1] == []


@pytest.mark.parametrize(
    ("old", "proofs"),
    [
        (HELD.model_copy(update={"role": Role.PRIMARY}), (FENCE, REPLAYED)),
        (HELD.model_copy(update={"hold": False}), (FENCE, REPLAYED)),
        (HELD.model_copy(update={"epoch": 3}), (FENCE, REPLAYED)),
        (HELD, (FENCE,)),
    ],
)
def test_a_planned_change_approves_nobody_again_without_its_proofs(tmp_path, old, proofs):
    outcome, written = promoted(tmp_path, old, 1, proofs=proofs)
    assert (type(outcome), written) == (Wait, [])


def test_a_failover_approves_again_with_what_the_person_said_for_it(tmp_path):
    said = Wishes(epoch=1, database="orders", accept_data_loss=True)
    _, written = promoted(tmp_path, HELD.model_copy(update={"role": Role.PRIMARY}), 1, planned=False, wishes=said)
    assert [(approval.epoch, wishes.epoch, wishes.accept_data_loss) for approval, wishes in written] == [(3, 3, True)]
