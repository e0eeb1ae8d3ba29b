"""The lag of a MongoDB site: what each member tells, what a majority of them is worth, and pymongo over TLS.

No MongoDB server answered: `mongodb_stand_in` says what is real.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from dbaas_components.dr.agent.__main__ import AgentConfiguration, lag_probe
from dbaas_components.dr.agent.component import FailoverAgentSpec, agent_plan, agent_problems
from dbaas_components.dr.agent.member_lag import member_lag, site_lag
from dbaas_components.dr.agent.member_probe import MemberProbe, MemberSource
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.failover.site import Lag
from embedded.control_plane.certificates import Leaf, issue, key_pem, new_authority
from tests.unit.dr_verbs.documents import OWNERSHIP, document
from tests.unit.dr_verbs.mongodb_stand_in import Member, serve

NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def status(own: float, *, state: int = 2, heard: float = 0.5, primary: dict[str, Any] | None = None) -> dict[str, Any]:
    """A member's answer: its own last write so long ago; the primary's is of now."""
    other = {
        "name": "eu-0",
        "state": 1,
        "health": 1.0,
        "optimeDate": NOW,
        "lastHeartbeat": ago(heard),
        **(primary or {}),
    }
    return {"date": NOW, "members": [other, {"name": "us-0", "self": True, "state": state, "optimeDate": ago(own)}]}


@pytest.mark.parametrize(
    ("answer", "lag"),
    [
        (status(0), 0.5),
        (status(4), 4.5),
        # What it wrote since it was last heard of is in no answer.
        (status(0, heard=12), 12.0),
        # Ahead of what the last heartbeat told.
        (status(-1), 0.5),
        # Initial sync, rollback: it tells nothing yet.
        (status(0, state=5), None),
        (status(0, state=9), None),
        (status(0, primary={"state": 2}), None),
        (status(0, primary={"health": 0.0}), None),
        ({"date": NOW, "members": [{"self": True, "state": 1, "health": 1.0, "optimeDate": NOW}]}, 0.0),
        ({"date": NOW, "members": []}, None),
    ],
)
def test_a_member_is_as_far_behind_as_it_may_be_and_without_a_primary_in_sight_it_is_not_known(answer, lag):
    assert member_lag(answer) == lag


@pytest.mark.parametrize(
    ("lags", "lag"),
    [
        ([3.0], 3.0),
        ([1.0, 2.0, 30.0], 2.0),
        ([1.0, None, 2.0], 2.0),
        ([1.0, None, None], None),
        ([None], None),
        ([5.0, 1.0, 2.0, 9.0, 3.0], 3.0),
    ],
)
def test_a_site_is_as_far_behind_as_a_majority_of_its_members_lets_it_be(lags, lag):
    assert site_lag(lags) == lag


@given(st.lists(st.floats(0, 1_000), min_size=1, max_size=7))
def test_no_majority_can_elect_a_member_that_lacks_more_than_was_said(lags):
    """Each voter votes for a member that is no older than itself."""
    said, majority = site_lag(lags), len(lags) // 2 + 1
    assert said is not None
    elected = [one for one in lags if sum(voter >= one for voter in lags) >= majority]
    assert max(elected) <= said


def source(**changes: Any) -> MemberSource:
    folder = "/nowhere"
    files = {f"{name}_file": f"{folder}/{name}" for name in ("user", "password", "authority", "certificate", "key")}
    given = {"replica_sets": {"rs0": ["a", "b", "c"]}, "scratch": folder, **files}
    return MemberSource.model_validate({**given, **changes})


def test_the_worst_replica_set_counts_and_one_that_nobody_can_tell_of_leaves_the_last_measurement():
    answers: dict[str, Any] = {"a": status(1), "b": status(2), "c": OSError("gone"), "d": status(7)}

    def ask(_: MemberSource, host: str) -> Mapping[str, Any]:
        if isinstance(answers[host], Exception):
            raise answers[host]
        return answers[host]

    probe = MemberProbe(source(replica_sets={"rs0": ["a", "b", "c"], "cfg": ["d"]}), ask)
    assert probe.last() is None
    assert probe.measure() == ""
    first = probe.last()
    assert first == Lag(None, 7.5, "replica set cfg, 1 of 1 members told", "members 1")
    answers["d"] = status(0, primary={"health": 0.0})
    assert probe.measure() == "too few of the 1 members of cfg tell their lag (d: sees no primary)"
    assert probe.last() is first


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    """The pod's mounts, and the certificates of a member."""
    certificates(tmp_path)
    (tmp_path / "user").write_text("clusterMonitor\n")
    (tmp_path / "password").write_text("a-secret\n")
    (tmp_path / "scratch").mkdir()
    return tmp_path


def mounted_source(folder: Path, port: int, host: str = "localhost", **changes: Any) -> MemberSource:
    files = {"authority": "ca.crt", "certificate": "tls.crt", "key": "tls.key", "user": "user", "password": "password"}
    found = {f"{name}_file": folder / file for name, file in files.items()}
    return source(replica_sets={"rs0": [host]}, port=port, scratch=folder / "scratch", **{**found, **changes})


@pytest.mark.slow
def test_the_client_logs_in_over_tls_with_a_certificate_and_asks_for_the_status_alone(mounted):
    member = Member("clusterMonitor", "a-secret")
    member.status = status(3)
    with serve(member, mounted) as port:
        probe = lag_probe(mounted_source(mounted, port))
        assert probe is not None
        assert probe.measure() == ""
        assert probe.last() == Lag(None, 3.5, "replica set rs0, 1 of 1 members told", "members 1")
    assert member.logged_in == 1
    assert set(member.commands) <= {"hello", "ismaster", "saslStart", "saslContinue", "replSetGetStatus", "endSessions"}
    # The file with the private key is gone again.
    assert list((mounted / "scratch").iterdir()) == []


@pytest.mark.slow
def test_a_wrong_password_or_authority_or_name_is_told_without_any_secret(mounted, tmp_path_factory):
    member = Member("clusterMonitor", "another")
    member.status = status(3)
    elsewhere = tmp_path_factory.mktemp("another-authority")
    certificates(elsewhere)
    with serve(member, mounted) as port:
        cases = {
            "OperationFailure": mounted_source(mounted, port),
            "ServerSelectionTimeoutError": mounted_source(mounted, port, authority_file=elsewhere / "ca.crt"),
        }
        for kind, given in cases.items():
            # An answer takes what it takes; that there is none is waited for.
            patience = 20_000 if kind == "OperationFailure" else 400
            told = MemberProbe(given.model_copy(update={"timeout_milliseconds": patience})).measure()
            assert told == f"too few of the 1 members of rs0 tell their lag (localhost: {kind})"
        wrong_name = mounted_source(mounted, port, host="127.0.0.1").model_copy(update={"timeout_milliseconds": 400})
        assert "ServerSelectionTimeoutError" in MemberProbe(wrong_name).measure()
        assert member.logged_in == 0
        member.password = "a-secret"
        unverified = wrong_name.model_copy(update={"verify_hosts": False, "timeout_milliseconds": 20_000})
        assert MemberProbe(unverified).measure() == ""


LAG = {
    "replica_sets": {"rs0": ["orders-rs0-0.orders-rs0.shop.svc.cluster.local"]},
    "secret": "orders-secrets",
    "authority_secret": "orders-ssl",
}


def agent(engine: str = "psmdb", **lag: Any) -> tuple[FailoverAgentSpec, Any]:
    spec = FailoverAgentSpec.model_validate(
        {
            "topology": document(engine),
            "region": "us",
            "image": "registry.example.com/agent:0.1.0",
            "ownership": OWNERSHIP,
            "witness_secret": "witness",
            "lag": {**LAG, **lag},
        }
    )
    return spec, parse_document(spec.topology)


def test_the_pod_mounts_the_cluster_monitor_and_the_certificate_and_no_other_key():
    plan = agent_plan("agent", *agent())
    told = AgentConfiguration.model_validate(json.loads(json.dumps(plan.configuration()))).lag
    assert isinstance(told, MemberSource)
    assert (told.port, told.verify_hosts, dict(told.replica_sets)) == (27017, True, LAG["replica_sets"])
    pod = plan.objects()[-1]["spec"]["template"]["spec"]
    volumes = {one["name"]: one for one in pod["volumes"]}
    read = {
        one["secret"]["name"]: [item["key"] for item in one["secret"]["items"]]
        for one in volumes["lag"]["projected"]["sources"]
    }
    assert read == {
        "orders-secrets": ["MONGODB_CLUSTER_MONITOR_USER", "MONGODB_CLUSTER_MONITOR_PASSWORD"],
        "orders-ssl": ["ca.crt", "tls.crt", "tls.key"],
    }
    mounts = {one["name"]: one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}
    files = (told.user_file, told.password_file, told.authority_file, told.certificate_file, told.key_file)
    assert {str(one.parent) for one in files} == {mounts["lag"]}
    # Never on a disk.
    assert volumes["scratch"]["emptyDir"]["medium"] == "Memory"
    assert str(told.scratch) == mounts["scratch"]


@pytest.mark.parametrize(
    ("engine", "lag", "words"),
    [
        ("psmdb", {"replica_sets": {}}, "lag.replica_sets: is required for psmdb"),
        ("psmdb", {"hosts": ["a"]}, "lag.hosts: does nothing for psmdb"),
        ("psmdb", {"user": "root"}, "lag.user: does nothing for psmdb"),
        ("pxc", {"hosts": ["a"]}, "lag.replica_sets: does nothing for pxc"),
        ("pg", {}, "lag: is measured by the operator of pg itself"),
    ],
)
def test_what_does_not_fit_an_engine_is_one_sentence(engine, lag, words):
    (problem,) = agent_problems(*agent(engine, **lag))
    assert f"{problem.path}: {problem.message}".startswith(words)


def certificates(folder: Path) -> None:
    """An authority and a certificate of it for `localhost`, for server and client."""
    now = datetime.now(UTC)
    authority = new_authority("root", now)
    leaf = Leaf("tls", "ca", "member", names=("localhost",), server=True, client=True)
    issued = issue(leaf, authority, now)
    for name, one in (("ca.crt", authority), ("tls.crt", issued)):
        (folder / name).write_bytes(one.certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(key_pem(issued.key))
