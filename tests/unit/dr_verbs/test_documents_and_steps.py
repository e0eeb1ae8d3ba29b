"""The document's refusals, the steps' record, and what a lag is worth."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.dr.agent.looking import within
from dbaas_components.dr.agent.votes import Votes
from dbaas_components.dr.failover.cluster import ClusterUnreachable
from dbaas_components.dr.failover.document import LagBound, parse_document, read_document
from dbaas_components.dr.failover.evidence import Evidence, EvidenceBook, read_evidence
from dbaas_components.dr.failover.site import Lag
from dbaas_components.dr.failover.steps import Done, Runner, Step, Stop, Wait
from dbaas_components.dr.failover.verbs import run_name
from dbaas_components.dr.lease.interface import LeaseRecord, WonBy
from dbaas_components.errors import SpecError
from tests.unit.dr_verbs.documents import document

EVIDENCE = {
    "run": "orders-switchover-1-us",
    "verb": "switchover",
    "topology": "orders",
    "engine": "pg",
    "by": "a tester",
    "begin": "now",
}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"clusters": {"eu": {"context": "eu"}}}, "clusters says nothing of us"),
        ({"clusters": {"eu": {"context": "eu"}, "us": {"context": "eu"}}}, "one context for two regions"),
        ({"witness": {"context": "eu"}}, "the lease has to be in a third place"),
        ({"witness": None}, "neither witness nor lease says where the lease is"),
        ({"primary_region": "asia"}, "primary_region asia is no region of roles"),
        ({"timing": {"challenger_wait": 60, "fence_seconds": 40}}, "two sites could take writes"),
    ],
)
def test_a_document_that_would_be_unsafe_is_refused_in_one_sentence(changes, words):
    with pytest.raises(SpecError, match=words) as refused:
        parse_document({**document(), **changes})
    assert len(refused.value.problems) == 1


def test_a_document_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(SpecError, match=r"cannot be read \(No such file or directory\)"):
        read_document(tmp_path / "topology.json")


def test_overrides_are_refused_in_production_unless_they_are_named():
    assert not parse_document(document(environment="prod")).may_override("override-fencing")
    assert parse_document(document(environment="dev")).may_override("override-fencing")
    allowed = parse_document(document(environment="prod", overrides_allowed=["accept-data-loss"]))
    assert allowed.may_override("accept-data-loss")
    assert not allowed.may_override("override-fencing")


@pytest.mark.parametrize(
    ("bound", "lag", "answer"),
    [
        ({"bytes": "1Mi"}, Lag(2**20, None, "operator", "1"), True),
        ({"bytes": "1Mi"}, Lag(2**20 + 1, None, "operator", "1"), False),
        ({"seconds": 5}, Lag(None, 6, "agent", "1"), False),
        # Bytes say nothing of a limit in seconds.
        ({"seconds": 5}, Lag(0, None, "operator", "1"), None),
        ({"bytes": "1Mi"}, None, None),
        (None, None, None),
    ],
)
def test_a_lag_that_was_not_measured_in_the_limit_s_unit_is_not_known(bound, lag, answer):
    assert within(LagBound(**bound) if bound else None, lag) is answer


class Silent:
    def began(self, name: str) -> None: ...

    def waits(self, name: str, reason: str) -> None: ...

    def ended(self, name: str, outcome: str, seconds: float) -> None: ...


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def runner(folder: Any) -> tuple[Runner, Clock]:
    clock = Clock()
    book = EvidenceBook(Evidence.model_validate(EVIDENCE), folder, [])
    return Runner(book, Silent(), timeout=10, clock=clock, sleep=clock.sleep), clock


def test_each_step_is_written_down_before_it_acts(tmp_path):
    found: Runner
    found, _ = runner(tmp_path)

    def turn() -> Done:
        written = read_evidence(found.book.file.read_text())
        assert written is not None
        assert (written.steps[-1].name, written.steps[-1].outcome) == ("fence", "running")
        return Done()

    assert found.run([Step("fence", turn)])
    assert found.book.evidence.steps[0].outcome == "already done"


def test_a_step_that_waits_too_long_stops_takes_back_and_says_for_what(tmp_path):
    found, clock = runner(tmp_path)
    undone: list[bool] = []
    later: list[bool] = []

    def undo() -> None:
        undone.append(True)

    def next_turn() -> Done:
        later.append(True)
        return Done()

    assert not found.run([Step("approve", lambda: Wait("nobody renews"), undo), Step("promote", next_turn)])
    assert found.stopped == "nobody renews; 10 s went by, run the same command to go on waiting"
    assert (undone, later, clock.now) == ([True], [], 10.0)
    assert found.book.evidence.steps[0].waits == ["nobody renews"]


def test_a_cluster_that_does_not_answer_is_a_wait_and_a_refusal_is_none(tmp_path):
    found, _ = runner(tmp_path)
    answers: list[Any] = [ClusterUnreachable("eu: no answer"), Stop("the lease went to asia")]

    def turn() -> Stop:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert not found.run([Step("fence", turn)])
    assert found.stopped == "the lease went to asia"
    assert found.book.evidence.steps[0].waits == ["eu: no answer"]


def test_a_run_s_name_is_that_of_the_same_order_out_of_the_same_epoch_and_fits_into_an_object_s_name():
    assert run_name("orders", "switchover", 3, "us") == "orders-switchover-3-us"
    long = {run_name("a" * 60, "switchover", epoch, "us") for epoch in range(5)}
    assert len(long) == 5
    assert all(len(one) <= 40 for one in long)


def test_voters_that_never_spoke_do_not_count():
    maps: Any = Maps()
    found = Votes(maps, "dr", topology="o", voter="us", voters=["us", "eu"], healthy=lambda _: True, fresh_seconds=2)
    assert found.unhealthy(0) == 0


def test_evidence_of_another_schema_is_not_read():
    text = Evidence.model_validate(EVIDENCE).model_dump_json()
    assert read_evidence(text) is not None
    assert read_evidence(text.replace('"schema_version":1', '"schema_version":2')) is None
    assert read_evidence("{") is None


class Maps:
    """ConfigMaps in memory."""

    name = "witness"

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {}

    def apply(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.found[path] = body
        return body

    def get(self, path: str) -> dict[str, Any] | None:
        return self.found.get(path)


def test_a_vote_counts_only_while_its_voter_goes_on_and_only_for_the_epoch_that_it_saw():
    maps: Any = Maps()
    healthy = {"eu": False}

    def votes(voter: str) -> Votes:
        voters = ["us", "witness"]
        return Votes(
            maps, "dr", topology="o", voter=voter, voters=voters, healthy=lambda one: healthy[one], fresh_seconds=2
        )

    us, witness = votes("us"), votes("witness")
    lease = LeaseRecord(topology="o", holder="eu", instance="1", epoch=1, won_by=WonBy.FIRST)
    us.cast(lease, 0)
    witness.cast(lease, 0)
    # The first sight of a vote may be of one that was cast last year.
    assert us.unhealthy(0) == 0
    us.cast(lease, 1)
    witness.cast(lease, 1)
    assert us.unhealthy(1) == 2
    assert us.unhealthy(2.5) == 2
    assert us.unhealthy(3.1) == 0
    us.cast(lease, 4)
    assert us.unhealthy(4) == 1
    later = lease.model_copy(update={"epoch": 2})
    us.cast(later, 5)
    witness.cast(lease, 5)
    assert us.unhealthy(5) == 1
    healthy["eu"] = True
    us.cast(later, 6)
    witness.cast(later, 6)
    assert us.unhealthy(6) == 0
