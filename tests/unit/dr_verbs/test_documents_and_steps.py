"""The document's refusals, the steps' record, and what a lag is worth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.dr.agent.looking import within
from dbaas_components.dr.agent.votes import Votes
from dbaas_components.dr.failover import evidence as evidence_module
from dbaas_components.dr.failover.access import lease_store, open_connections
from dbaas_components.dr.failover.cluster import ClusterUnreachable, Conflict
from dbaas_components.dr.failover.document import LagBound, parse_document, read_document
from dbaas_components.dr.failover.evidence import SCHEMA_VERSION, Evidence, EvidenceBook, kept, read_evidence
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
        (
            {"lease": {"kind": "azure", "bucket": "b", "key": "k"}},
            'kind "azure" is no place of a lease; write s3 or gcs',
        ),
        ({"lease": {"kind": "gcs", "bucket": "", "key": "k"}}, r'lease\.gcs\.bucket: "" is refused'),
        (
            {"lease": {"kind": "gcs", "bucket": "b", "key": "k", "region": "r"}},
            "lease: region says nothing of a place in Cloud Storage",
        ),
        ({"topology": "Or_ders"}, 'topology: "Or_ders" is no name of an object; write at most 63'),
        ({"witness": {"contxt": "third"}}, r'witness\.contxt: is not a known key; choose .*did you mean "context"'),
        ({"timing": {"challenger_wate": 60}}, r'timing\.challenger_wate: .*did you mean "challenger_wait"'),
        ({"primary_region": "asia"}, "primary_region asia is no region of roles"),
        ({"lag_limit": {"bytes": "a lot"}}, 'bytes "a lot" is no amount'),
        ({"lag_limit": {"bytes": "-5Mi"}}, "bytes -5Mi is negative"),
        ({"lag_limit": {"seconds": -1}}, "seconds -1 is negative"),
        ({"lag_limit": {}}, "says neither bytes nor seconds"),
        ({"roles": {"eu": {}, "us": {}}}, "roles.eu lacks api_version, kind, namespace, name, roles"),
        ({"traffic": {"asia": {"kind": "service", "name": "x"}}}, "traffic names asia, which is no region"),
        ({"traffic": {"eu": {"kind": "service"}}}, "traffic.eu names no Service"),
        (
            {"clusters": {"eu": {"context": "eu"}, "us": {"context": "us"}, "asia": {"context": "asia"}}},
            "clusters names asia, which is no region",
        ),
        ({"timing": {"challenger_wait": 60, "fence_seconds": 40}}, "two sites could take writes"),
    ],
)
def test_a_document_that_would_be_unsafe_is_refused_in_one_sentence(changes, words):
    with pytest.raises(SpecError, match=words) as refused:
        parse_document({**document(), **changes})
    assert len(refused.value.problems) == 1


@pytest.mark.parametrize(
    ("lease", "store"),
    [
        ({"bucket": "leases", "key": "orders"}, "S3LeaseStore"),
        ({"kind": "s3", "bucket": "leases", "key": "orders", "region": "eu-west-1"}, "S3LeaseStore"),
        ({"kind": "gcs", "bucket": "leases", "key": "orders"}, "GcsLeaseStore"),
    ],
)
def test_a_lease_in_a_bucket_is_kept_by_the_cloud_that_the_document_names(lease, store):
    made = document(witness=None, lease=lease)
    read = parse_document(json.loads(json.dumps(made)))
    assert type(lease_store(read, None)).__name__ == store
    assert read == parse_document(read.model_dump(mode="json"))


def test_two_contexts_that_lead_to_one_api_server_are_refused(tmp_path):
    servers = {"eu": "https://eu.example.com", "us": "https://us.example.com", "third": "https://eu.example.com/"}
    file = tmp_path / "kubeconfig"
    told = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server}} for name, server in servers.items()],
        "users": [{"name": "me", "user": {}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "me"}} for name in servers],
    }
    file.write_text(json.dumps(told))
    access = {name: {"context": name, "kubeconfig": str(file)} for name in servers}
    given = document(clusters={region: access[region] for region in ("eu", "us")}, witness=access["third"])
    with pytest.raises(SpecError, match=r"eu and witness lead to one API server, https://eu\.example\.com, by two"):
        open_connections(parse_document(given))


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
    assert read_evidence(text.replace(f'"schema_version":{SCHEMA_VERSION}', '"schema_version":3')) is None
    assert read_evidence("{") is None


def test_evidence_of_before_there_were_measures_is_read_and_gone_on_with_as_the_current_schema(tmp_path):
    older = {key: value for key, value in Evidence.model_validate(EVIDENCE).model_dump().items() if key != "measures"}
    found = read_evidence(json.dumps({**older, "schema_version": 1}))
    assert found is not None
    assert (found.schema_version, found.measures) == (1, [])
    book = EvidenceBook(found, tmp_path, [])
    book.save()
    written = json.loads(book.file.read_text(encoding="utf-8"))
    assert (written["schema_version"], written["measures"]) == (SCHEMA_VERSION, [])
    assert read_evidence(book.file.read_text(encoding="utf-8")) == found


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


class Answering(Maps):
    """A cluster that takes as many writes as it is told, then answers with an error, then again not."""

    def __init__(self, *failures: Exception | None) -> None:
        super().__init__()
        self.failures = list(failures)
        self.asked = 0

    def apply(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return super().apply(path, body)


NO_ANSWER = ClusterUnreachable("no answer")


@pytest.mark.parametrize(
    ("failures", "asked", "taken"),
    [
        ([None, None], 2, True),
        ([None, NO_ANSWER], 3, True),
        ([None, NO_ANSWER, NO_ANSWER, Conflict("somebody wrote")], 5, True),
        ([None, *[NO_ANSWER] * 9], 5, False),
        # Never reached in this run: nobody waits for a region that is lost.
        ([NO_ANSWER] * 9, 2, False),
    ],
    ids=["at once", "once more", "with a conflict", "gone for good", "lost from the beginning"],
)
def test_the_last_word_is_tried_again_where_an_earlier_one_was_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: list[Exception | None], asked: int, taken: bool
):
    monkeypatch.setattr(evidence_module, "_BETWEEN_TRIES", 0.0)
    cluster: Any = Answering(*failures)
    book = EvidenceBook(Evidence.model_validate(EVIDENCE), tmp_path, [(cluster, "shop")])
    book.save()
    book.evidence.outcome = "done"
    book.close()
    found = kept(cluster, "shop", book.evidence.run)
    assert (found == book.evidence) is taken
    assert cluster.asked == asked


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
