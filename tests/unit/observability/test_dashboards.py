"""Dashboards: valid by the SDK's own model, and every metric that they query is known."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from dbaas_components.observability.dashboards.catalog import DASHBOARDS, dashboard_json, queries
from dbaas_components.observability.vocabulary import EXPORTER_METRICS, METRICS

# A name before a selector, or one that looks like ours.
_METRIC = re.compile(r"\b([a-zA-Z_:][\w:]*)\{|\b(dbaas_\w+)")


def content(name: str) -> dict[str, Any]:
    return json.loads(dashboard_json(name))


def metrics(query: str) -> set[str]:
    return {first or second for first, second in _METRIC.findall(query)}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_it_is_read_by_the_sdk_and_written_again_without_a_loss(name: str) -> None:
    register_default_plugins()
    read = Dashboard.from_json(content(name))
    assert json.loads(json.dumps(read, cls=JSONEncoder)) == content(name)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_metric_that_it_queries_is_in_the_vocabulary_or_an_exporter_s(name: str) -> None:
    found = [metrics(query) for query in queries(content(name))]
    assert all(found)
    assert set().union(*found) <= METRICS.keys() | EXPORTER_METRICS.keys()


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_have_a_title_a_description_a_place_and_queries_of_the_chosen_prometheus(name: str) -> None:
    panels = [panel for panel in content(name)["panels"] if panel["type"] != "row"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(panels)
    for panel in panels:
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert panel["targets"]


def test_all_have_addresses_of_their_own() -> None:
    uids = [content(name)["uid"] for name in DASHBOARDS]
    assert len(set(uids)) == len(uids)


def test_a_metric_that_nobody_makes_would_be_found() -> None:
    assert metrics('sum(dbaas_nothing) / up{job="x"} + count(dbaas_backup_info{a="b"})') == {
        "dbaas_nothing",
        "up",
        "dbaas_backup_info",
    }
