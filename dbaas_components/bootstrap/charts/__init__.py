"""Charts: where they come from, which values they know, how one is installed."""

from dbaas_components.bootstrap.charts.release import chart_release
from dbaas_components.bootstrap.charts.sources import FromCharts, Sources
from dbaas_components.bootstrap.charts.values import value_problems

__all__ = ["FromCharts", "Sources", "chart_release", "value_problems"]
