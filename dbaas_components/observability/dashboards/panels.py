"""What our dashboards are made of: panels over one Prometheus, chosen by variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models.common import BigValueGraphMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

_SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")
HALF: Final = 12
WHOLE: Final = 24
QUARTER: Final = 6
SELECTED: Final = 'engine=~"$engine", namespace=~"$namespace", database=~"$database"'
"""Matchers of what the variables choose."""


def new(title: str, uid: str, description: str) -> dashboard.Dashboard:
    """A dashboard with the choice of a Prometheus, and of engine, namespace and database."""
    made = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["dbaas"])
        .readonly()
        .refresh("1m")
        .time("now-24h", "now")
        .timezone("utc")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    chosen = ""
    for label in ("engine", "namespace", "database"):
        made.with_variable(
            dashboard.QueryVariable(label)
            .label(label.capitalize())
            .datasource(_SOURCE)
            .query(f"label_values(dbaas_database_info{{{chosen}}}, {label})")
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
            .multi(True)
            .include_all(True)
        )
        chosen = f'{chosen}, {label}=~"${label}"' if chosen else f'{label}=~"${label}"'
    return made


def number(
    title: str, query: str, description: str, *, bad_from: float | None = None, unit: str = "none"
) -> stat.Panel:
    """One number now; red from `bad_from` on."""
    steps = [Threshold(value=None, color="green")]
    if bad_from is not None:
        steps.append(Threshold(value=bad_from, color="red"))
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(_SOURCE)
        .unit(unit)
        .span(QUARTER)
        .height(4)
        .no_value("0")
        .graph_mode(BigValueGraphMode.NONE)
        .thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
        .with_target(_query(query, instant=True))
    )


def lines(
    title: str, queries: Sequence[tuple[str, str]], description: str, *, unit: str = "none", span: int = HALF
) -> timeseries.Panel:
    """Courses over time; each query with its legend, such as `{{database}}`."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(_SOURCE)
        .unit(unit)
        .span(span)
        .height(8)
        .legend(common.VizLegendOptions().show_legend(True))
        .fill_opacity(10)
    )
    for index, (query, legend) in enumerate(queries):
        panel.with_target(_query(query, legend, ref=chr(ord("A") + index)))
    return panel


def rows(title: str, query: str, description: str, *, unit: str = "none", span: int = WHOLE) -> table.Panel:
    """One row for each series now, with its labels."""
    return (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(_SOURCE)
        .unit(unit)
        .span(span)
        .height(9)
        .show_header(True)
        .with_target(_query(query, instant=True).format(PromQueryFormat.TABLE))
    )


def _query(expression: str, legend: str = "", *, ref: str = "A", instant: bool = False) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expression).ref_id(ref).legend_format(legend)
    return query.instant() if instant else query.range()
