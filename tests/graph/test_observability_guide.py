"""docs/observability.md: its code runs as printed, and its tables say what the library's tables say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dbaas_components.evaluate import evaluate
from dbaas_components.observability.dashboards.catalog import DASHBOARDS, dashboard_json
from dbaas_components.observability.vocabulary import METRICS
from dbaas_components.versions.charts import CHARTS

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = (DOCS / "observability.md").read_text()
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", GUIDE, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_the_code_runs_as_printed(program: str, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(program)
    graph = evaluate(tmp_path)
    assert len(graph.all("kubernetes:monitoring.coreos.com/v1:PrometheusRule")) == 2
    assert len(graph.all("ConfigMap")) == 4


def test_every_metric_that_it_names_exists() -> None:
    named = set(re.findall(r"`(dbaas_\w+)`", GUIDE)) - {"dbaas_components"}
    assert named <= METRICS.keys()
    assert len(named) > 10


def test_every_alert_with_a_runbook_is_in_it_and_no_other() -> None:
    runbooks = {path.stem for path in (DOCS / "runbooks").glob("*.md")}
    rows = [line.split("|")[1] for line in GUIDE.splitlines() if line.startswith("| Database")]
    assert {name.strip() for row in rows for name in row.split(",")} == runbooks


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_panels_of_a_dashboard_are_in_it_in_their_order(name: str) -> None:
    panels = [one["title"] for one in json.loads(dashboard_json(name))["panels"] if one["type"] != "row"]
    (row,) = [line for line in GUIDE.splitlines() if line.startswith(f"| {name} |")]
    assert re.split(r"[,;] ", row.split("|")[2].strip()) == panels


@pytest.mark.parametrize("chart", ["prometheus-operator-crds", "kube-prometheus-stack", "kube-state-metrics"])
def test_the_versions_are_right(chart: str) -> None:
    assert f"{chart} {CHARTS[chart].version}" in GUIDE
