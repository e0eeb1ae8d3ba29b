"""Thresholds follow from objectives and schedules, and every rule asks for metrics that somebody makes."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from dbaas_components.databases.spec import DatabaseSpec, parse_database
from dbaas_components.observability.kube_state_metrics import custom_resource_state, reading_rules
from dbaas_components.observability.rules.groups import database_groups
from dbaas_components.observability.rules.subject import certificates, volumes
from dbaas_components.observability.rules.thresholds import (
    AlertThresholds,
    backup_age,
    certificate_ages,
    in_words,
    recovery_point_age,
    restore_time,
)
from dbaas_components.observability.vocabulary import ALL_ENGINES, EXPORTER_METRICS, METRICS

_NONE = AlertThresholds()
_HOUR = 3600


def spec(engine: str = "pg", **args: Any) -> DatabaseSpec:
    return parse_database(
        "orders", {"namespace": "shop", "engine": engine, "profile": "dev", "storage": "10Gi", **args}
    )


def backed_up(*schedules: dict[str, Any], **args: Any) -> DatabaseSpec:
    bucket = {"type": "s3", "bucket": "b", "region": "r", "endpoint": "https://s3.example.com", "credentials": "c"}
    return spec(backup={"storages": {"main": bucket}, "schedules": list(schedules)}, **args)


@pytest.mark.parametrize(
    ("crons", "hours"),
    [
        (["0 1 * * *"], 30),
        (["0 * * * *"], 2),
        (["0 1 * * sun"], 7 * 24 * 1.25),
        (["0 1 * * sun", "0 1 * * *"], 30),
    ],
)
def test_age_of_a_backup_is_the_shortest_schedule_s_gap_and_a_quarter(crons: list[str], hours: float) -> None:
    types = ("full", "differential")
    schedules = [{"name": f"s{number}", "cron": cron, "type": types[number]} for number, cron in enumerate(crons)]
    assert backup_age(backed_up(*schedules), _NONE) == hours * _HOUR


def test_a_schedule_that_is_switched_off_makes_nobody_expect_a_backup() -> None:
    off = backed_up({"name": "daily", "cron": "0 1 * * *", "enabled": False})
    assert backup_age(off, _NONE) is None
    assert backup_age(off, AlertThresholds(backup_age="2d")) == 48 * _HOUR


def test_objectives_decide_where_there_are_some() -> None:
    daily = {"name": "daily", "cron": "0 1 * * *"}
    with_slo = backed_up(daily, slo={"rpo": "20m", "rto": "90m"})
    assert (recovery_point_age(with_slo, _NONE), restore_time(with_slo, _NONE)) == (1200, 5400)
    assert (recovery_point_age(backed_up(daily), _NONE), restore_time(backed_up(daily), _NONE)) == (_HOUR, 4 * _HOUR)


def test_a_short_certificate_is_told_of_later() -> None:
    assert certificate_ages(spec()) == (15 * 24 * _HOUR, 3 * 24 * _HOUR)
    short = parse_database(
        "orders",
        {
            "namespace": "shop",
            "engine": "pg",
            "profile": "dev",
            "storage": "10Gi",
            "tls": {"certificate_lifetime": "30d"},
        },
    )
    assert certificate_ages(short) == (5 * 24 * _HOUR, 24 * _HOUR)


@pytest.mark.parametrize(("amount", "words"), [(108000, "30h"), (604800, "7d"), (90, "90s"), (5400, "90m")])
def test_seconds_are_told_in_the_largest_unit_that_fits(amount: int, words: str) -> None:
    assert in_words(amount) == words


@pytest.mark.parametrize(
    ("engine", "args", "mine", "others"),
    [
        ("pxc", {}, "datadir-orders-pxc-2", "datadir-orders-eu-pxc-0"),
        ("ps", {}, "datadir-orders-mysql-0", "datadir-orders-eu-mysql-0"),
        ("psmdb", {}, "mongod-data-orders-rs0-1", "mongod-data-orders-eu-rs0-1"),
        ("psmdb", {"sharding": {"shards": 2}}, "mongod-data-orders-rs1-0", "mongod-data-orders-rs2-0"),
        ("psmdb", {"sharding": {"shards": 2}}, "mongod-data-orders-cfg-0", "mongod-data-orders-rs9-0"),
        ("pg", {}, "orders-instance1-abcd-pgdata", "orders-eu-instance1-abcd-pgdata"),
        ("pg", {}, "orders-repo1", "orders-eu-repo1"),
    ],
)
def test_volumes_are_the_database_s_own(engine: str, args: dict[str, Any], mine: str, others: str) -> None:
    expression = volumes(spec(engine, **args))
    assert re.fullmatch(expression, mine)
    assert not re.fullmatch(expression, others)


@pytest.mark.parametrize("engine", ALL_ENGINES)
def test_certificates_are_the_database_s_own(engine: str) -> None:
    expression = certificates(spec(engine))
    assert not re.fullmatch(expression, "orders-eu-ssl")
    assert re.fullmatch(expression, "orders-cluster-cert" if engine == "pg" else "orders-ssl")


@pytest.mark.parametrize("engine", ALL_ENGINES)
def test_every_rule_asks_for_metrics_of_this_engine_that_somebody_makes(engine: str) -> None:
    for group in database_groups(spec(engine), exporters=True):
        for rule in group["rules"]:
            named = set(re.findall(r"\b([a-zA-Z_]\w*)\{", rule["expr"]))
            assert named
            for metric in named:
                assert metric in EXPORTER_METRICS or engine in METRICS[metric].engines, (rule["alert"], metric)


def test_the_configuration_makes_every_metric_of_the_vocabulary_and_no_other() -> None:
    resources = custom_resource_state()["spec"]["resources"]
    made = {f"dbaas_{metric['name']}": set[str]() for one in resources for metric in one["metrics"]}
    for one in resources:
        for metric in one["metrics"]:
            made[f"dbaas_{metric['name']}"].add(one["commonLabels"]["engine"])
    assert made == {name: set(metric.engines) for name, metric in METRICS.items()}


def test_no_help_text_follows_an_equal_one_which_would_lose_the_last_metrics() -> None:
    for one in custom_resource_state()["spec"]["resources"]:
        headers = [(metric["name"], metric["help"]) for metric in one["metrics"]]
        assert all(first != second for first, second in itertools.pairwise(headers))


def test_one_engine_alone_needs_no_rights_for_the_others() -> None:
    groups = {group for rule in reading_rules(["pg"]) for group in rule["apiGroups"]}
    assert groups == {"apiextensions.k8s.io", "pgv2.percona.com"}
