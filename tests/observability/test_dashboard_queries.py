"""The real promtool reads every query of every dashboard, with Grafana's variables filled in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dbaas_components.observability.dashboards.catalog import DASHBOARDS, dashboard_json, queries
from tests.observability import promtool as run

pytestmark = pytest.mark.monitoring


def filled(query: str) -> str:
    """As Grafana sends it when everything is chosen."""
    for variable in ("engine", "namespace", "database"):
        query = query.replace(f"${variable}", ".*")
    assert "$" not in query
    return query


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_query_is_promql(name: str, promtool: Path, tmp_path: Path) -> None:
    found = queries(json.loads(dashboard_json(name)))
    rules = [{"record": f"panel:{index}", "expr": filled(query)} for index, query in enumerate(found)]
    ran = run.check(promtool, tmp_path, [{"name": name, "rules": rules}])
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{len(rules)} rules found" in ran.stdout


def test_a_query_that_is_none_is_refused(promtool: Path, tmp_path: Path) -> None:
    ran = run.check(promtool, tmp_path, [{"name": "bad", "rules": [{"record": "panel:0", "expr": "sum by (up"}]}])
    assert ran.returncode != 0
