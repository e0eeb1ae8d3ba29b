"""The lag of a MySQL site by SQL: rows of the shape that MySQL's manual documents; no server answered them."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaas_components.dr.agent.__main__ import AgentConfiguration
from dbaas_components.dr.agent.channel_lag import CLUSTER_SET_CHANNEL, ChannelLag, channel_lag, gtid_count
from dbaas_components.dr.agent.component import FailoverAgentSpec, agent_plan, agent_problems
from dbaas_components.dr.agent.lag_probe import LagProbe, LagSource
from dbaas_components.dr.agent.looking import LagMemory, Look, seen
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.failover.records import Kept
from dbaas_components.dr.failover.site import Lag
from tests.unit.dr_verbs.documents import OWNERSHIP, document

SOURCE = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
# Decimals as the client gives them; 0 where MySQL has no time.
RUNNING: dict[str, Any] = {
    "receiver": "ON",
    "applier": "ON",
    "missing": "",
    "now": 1_000.5,
    "heard": 1_000.2,
    "applying": None,
    "applied": 990.0,
}


@pytest.mark.parametrize(
    ("changes", "lag"),
    [
        ({}, ChannelLag(0, 0.3)),
        # Idle: the source was last heard by its heartbeat, and nobody knows what it wrote since.
        ({"heard": 980.5}, ChannelLag(0, 20.0)),
        ({"missing": f"{SOURCE}:7-9", "applying": 996.5}, ChannelLag(3, 4.0)),
        ({"missing": f"{SOURCE}:7-9"}, ChannelLag(3, 10.5)),
        ({"missing": f"{SOURCE}:7".encode(), "applying": 0, "applied": 995}, ChannelLag(1, 5.5)),
        # The source's clock may be ahead.
        ({"missing": f"{SOURCE}:7", "applying": 1_003, "heard": 1_000.5}, ChannelLag(1, 0.0)),
        ({"receiver": "CONNECTING"}, None),
        ({"receiver": "OFF"}, None),
        ({"applier": "OFF"}, None),
        ({"heard": 0}, None),
        ({"missing": f"{SOURCE}:1", "applying": None, "applied": None}, None),
    ],
)
def test_a_channel_is_as_far_behind_as_it_may_be_and_one_that_does_not_run_is_not_known(changes, lag):
    assert channel_lag({**RUNNING, **changes}) == lag


@pytest.mark.parametrize(
    ("gtids", "count"),
    [
        ("", 0),
        (f"{SOURCE}:1", 1),
        (f"{SOURCE}:1-5:11-18", 13),
        (f"{SOURCE}:1-3,\n{SOURCE[:-1]}0:21-57", 40),
        (f"{SOURCE}:1-3:a_tag:5-6", 5),
    ],
)
def test_the_transactions_of_a_gtid_set_are_counted(gtids, count):
    assert gtid_count(gtids) == count


def test_what_is_no_gtid_set_is_refused():
    with pytest.raises(ValueError, match='"NULL" is no GTID set'):
        gtid_count("NULL")


@given(st.lists(st.integers(1, 1_000), min_size=1, unique=True))
def test_counting_is_the_size_of_the_set_however_it_is_written(numbers):
    text = f"{SOURCE}:" + ":".join(str(one) for one in numbers)
    assert gtid_count(text) == len(numbers)


def source(**changes: Any) -> LagSource:
    given: dict[str, Any] = {
        "hosts": ["a", "b", "c"],
        "channel": "orders",
        "password_file": Path("/nowhere/password"),
        "authority_file": Path("/nowhere/ca.crt"),
    }
    return LagSource.model_validate({**given, **changes})


def test_the_one_server_that_has_the_channel_is_found_among_those_that_do_not_answer():
    answers: dict[str, Any] = {"a": OSError("gone"), "b": None, "c": RUNNING}

    def ask(_: LagSource, host: str) -> Any:
        if isinstance(answers[host], Exception):
            raise answers[host]
        return answers[host]

    probe = LagProbe(source(), ask)
    assert probe.last() is None
    assert probe.measure() == ""
    first = probe.last()
    assert first == Lag(None, 0.3, "channel orders of c, 0 transactions to apply", "sql 1")
    # Each measurement is another one, however alike; one that fails leaves the last, which grows old.
    assert probe.measure() == ""
    second = probe.last()
    assert second is not None
    assert second.version == "sql 2"
    answers["c"] = {**RUNNING, "receiver": "CONNECTING"}
    assert probe.measure() == "channel orders of c does not run, so that its lag is not known"
    answers["c"] = None
    assert probe.measure() == "no server has channel orders (a: OSError)"
    assert probe.last() is second


def test_the_client_for_mysql_says_in_time_that_nobody_answers(tmp_path):
    (tmp_path / "password").write_text("a-secret\n")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        changes = {"hosts": ["127.0.0.1"], "port": closed.getsockname()[1], "password_file": tmp_path / "password"}
        told = LagProbe(source(**changes)).measure()
    assert told.startswith("no server has channel orders (127.0.0.1: ")
    assert "a-secret" not in told


def final_position(lag: Lag) -> bool | None:
    """Whether a lag that was measured after the fence proves that the last write is there."""
    memory = LagMemory(lag, 10.0)
    look = Look(10.0, Kept(None, None, None), True, None, None, None, memory, lag_after_fence=True)
    parsed = parse_document(document("pxc"))
    return seen(parsed, "us", "boot-1", look, None).final_position_reached


def test_a_lag_in_seconds_never_proves_that_the_last_write_is_there():
    assert final_position(Lag(None, 0.0, "sql", "1")) is None
    assert final_position(Lag(0, None, "operator", "1")) is True
    assert final_position(Lag(7, None, "operator", "1")) is False


LAG = {"hosts": ["orders-pxc-0.orders-pxc.shop.svc"], "secret": "orders-secrets", "authority_secret": "orders-ssl"}


def agent(engine: str, **changes: Any) -> tuple[FailoverAgentSpec, Any]:
    spec = FailoverAgentSpec.model_validate(
        {
            "topology": document(engine),
            "region": "us",
            "image": "registry.example.com/agent:0.1.0",
            "ownership": OWNERSHIP,
            "witness_secret": "witness",
            "lag": LAG,
            **changes,
        }
    )
    return spec, parse_document(spec.topology)


@pytest.mark.parametrize(("engine", "channel"), [("pxc", "orders"), ("ps", CLUSTER_SET_CHANNEL)])
def test_the_agent_reads_one_password_and_one_authority_by_reference(engine, channel):
    plan = agent_plan("agent", *agent(engine))
    told = AgentConfiguration.model_validate(json.loads(json.dumps(plan.configuration())))
    assert isinstance(told.lag, LagSource)
    assert (told.lag.channel, told.lag.user, told.lag.port) == (channel, "monitor", 3306)
    pod = plan.objects()[-1]["spec"]["template"]["spec"]
    (volume,) = [one for one in pod["volumes"] if one["name"] == "lag"]
    read = [
        (one["secret"]["name"], [item["key"] for item in one["secret"]["items"]])
        for one in volume["projected"]["sources"]
    ]
    assert read == [("orders-secrets", ["monitor"]), ("orders-ssl", ["ca.crt"])]
    # Mounted where the configuration says.
    (mount,) = [one for one in pod["containers"][0]["volumeMounts"] if one["name"] == "lag"]
    assert told.lag.password_file == Path(mount["mountPath"]) / "password"


def test_a_lag_by_sql_of_another_engine_is_one_sentence():
    (problem,) = agent_problems(*agent("pg"))
    assert (problem.path, problem.message) == (
        "lag",
        "is measured by the operator of pg itself; leave it out",
    )
    (problem,) = agent_problems(*agent("pxc", lag={**LAG, "hosts": []}))
    assert problem.path == "lag.hosts"
