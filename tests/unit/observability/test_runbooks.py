"""Every alert has its runbook, and every runbook its alert."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dbaas_components.databases.spec import parse_database
from dbaas_components.observability.rules.fleet import OperatorPlace
from dbaas_components.observability.rules.groups import database_groups, fleet_groups
from dbaas_components.observability.vocabulary import ALL_ENGINES

_RUNBOOKS = Path(__file__).resolve().parents[3] / "docs" / "runbooks"
_SECTIONS = ["## What it means", "## First look", "## Way out"]


def all_rules() -> list[dict[str, Any]]:
    backup = {
        "storages": {name: {"type": "s3", "bucket": name, "region": "r", "credentials": "c"} for name in ("a", "b")},
        "schedules": [{"name": "daily", "cron": "0 1 * * *"}],
    }
    groups = fleet_groups([OperatorPlace("pg", "operators", "pg-operator")], {})
    for engine in ALL_ENGINES:
        pitr = {"pitr": {"storage": "b"}} if engine in {"pxc", "ps"} else {}
        args: dict[str, Any] = {"namespace": "shop", "engine": engine, "profile": "standard", "storage": "10Gi"}
        spec = parse_database("orders", {**args, "backup": {**backup, **pitr}})
        groups += database_groups(spec, exporters=True)
    return [rule for group in groups for rule in group["rules"]]


def test_alerts_and_runbooks_are_the_same_set() -> None:
    assert {rule["alert"] for rule in all_rules()} == {path.stem for path in _RUNBOOKS.glob("*.md")}


def test_the_address_of_a_runbook_leads_to_its_file() -> None:
    project = _RUNBOOKS.parents[1]
    for rule in all_rules():
        assert (project / rule["annotations"]["runbook_url"]).is_file()


@pytest.mark.parametrize("path", sorted(_RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_runbook_says_what_it_means_where_to_look_and_the_way_out(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert lines[0] == f"# {path.stem}"
    assert [line for line in lines if line.startswith("## ")] == _SECTIONS
    for section in _SECTIONS:
        assert lines[lines.index(section) + 1].strip()
