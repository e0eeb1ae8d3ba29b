"""The real promtool: every alert fires when it should, and stays silent when it should."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.databases.spec import DatabaseSpec, parse_database
from dbaas_components.observability.rules.fleet import OperatorPlace
from dbaas_components.observability.rules.groups import database_groups, fleet_groups
from dbaas_components.observability.vocabulary import ALL_ENGINES
from tests.observability import promtool as run
from tests.observability.custom_resources import arguments
from tests.observability.scenarios import Scenario, constant, of_kind, paused_scenarios, scenarios

pytestmark = pytest.mark.monitoring

FLEET_LABELS = {"owner": "platform-team", "tenant": "platform", "environment": "production", "cost_centre": "1"}


def spec_of(engine: str) -> DatabaseSpec:
    """A standard database with a proxy."""
    given = arguments(engine)
    if engine == "psmdb":
        given |= {"sharding": {"shards": 1}}
    return parse_database("orders", given)


def groups_of(engine: str) -> list[dict[str, Any]]:
    return database_groups(spec_of(engine), exporters=True, runbooks="https://runbooks.example.com")


def alerts(groups: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(rule["alert"], rule["labels"]["severity"]) for group in groups for rule in group["rules"]}


@pytest.mark.parametrize("engine", ALL_ENGINES)
def test_promtool_takes_the_rules(engine: str, promtool: Path, tmp_path: Path) -> None:
    groups = groups_of(engine)
    ran = run.check(promtool, tmp_path, groups)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{sum(len(group['rules']) for group in groups)} rules found" in ran.stdout


@pytest.mark.parametrize("engine", ALL_ENGINES)
def test_every_alert_of_a_database_fires_and_stays_silent_as_it_should(
    engine: str, promtool: Path, tmp_path: Path
) -> None:
    # What takes a day is sampled more rarely: a third of the time.
    for interval, long in (("5m", False), ("15m", True)):
        some = [one for one in scenarios(engine) if one.at.endswith("h") == long]
        assert some
        ran = run.try_out(promtool, tmp_path, groups_of(engine), some, interval=interval)
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("engine", ALL_ENGINES)
def test_a_long_pause_is_told_and_a_short_one_is_not(engine: str, promtool: Path, tmp_path: Path) -> None:
    ran = run.try_out(promtool, tmp_path, groups_of(engine), paused_scenarios(engine), interval="1h")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("engine", ALL_ENGINES)
def test_every_alert_and_severity_has_a_scenario_that_fires_and_one_that_is_silent(engine: str) -> None:
    all_of_them = [*scenarios(engine), *paused_scenarios(engine)]
    expected = alerts(groups_of(engine))
    assert {(one.alert, severity) for one in all_of_them for severity in one.told} == expected
    assert {one.alert for one in all_of_them if not one.told} == {name for name, _ in expected}


def test_a_scenario_that_expects_the_wrong_thing_fails(promtool: Path, tmp_path: Path) -> None:
    first = next(one for one in scenarios("pxc") if one.told)
    wrong = dataclasses.replace(first, told=frozenset())
    ran = run.try_out(promtool, tmp_path, groups_of("pxc"), [wrong])
    assert ran.returncode != 0
    assert first.alert in ran.stdout + ran.stderr


@dataclasses.dataclass(frozen=True)
class FleetScenario(Scenario):
    """One of the fleet."""

    own: tuple[tuple[str, str], ...] = ()

    def _owner(self) -> Mapping[str, str]:
        return {**FLEET_LABELS, **dict(self.own)}


def fleet_scenarios() -> list[FleetScenario]:
    series = 'kube_deployment_status_replicas_available{namespace="operators", deployment="pxc-operator"}'
    down, seen = "DatabaseOperatorDown", "DatabaseMetricsSourceDown"
    own = (("engine", "pxc"), ("namespace", "operators"))
    info = of_kind("pg", "database", "info")
    told, silent = frozenset({"critical"}), frozenset[str]()
    return [
        FleetScenario(down, "no pod is available", ((series, constant(0)),), "15m", told, own),
        FleetScenario(down, "it is not there", (), "15m", told, own),
        FleetScenario(down, "a pod is available", ((series, constant(1)),), "15m", silent, own),
        FleetScenario(seen, "no database is seen", (), "20m", told),
        FleetScenario(seen, "a database is seen", (info,), "20m", silent),
    ]


def test_every_alert_of_the_fleet_fires_and_stays_silent_as_it_should(promtool: Path, tmp_path: Path) -> None:
    groups = fleet_groups([OperatorPlace("pxc", "operators", "pxc-operator")], FLEET_LABELS)
    found = fleet_scenarios()
    ran = run.try_out(promtool, tmp_path, groups, found)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert {(one.alert, severity) for one in found for severity in one.told} == alerts(groups)
    assert {one.alert for one in found if not one.told} == {name for name, _ in alerts(groups)}
