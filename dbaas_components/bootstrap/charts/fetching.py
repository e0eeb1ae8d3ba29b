"""A chart that cannot be fetched: tried once more, then told in one sentence.

The official Kubernetes provider (4.29) loads a chart when it checks a release, and says there itself that it failed. A
release whose values are known only while the program runs is loaded when it is made, and that failure comes here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pulumi

from dbaas_components.bootstrap.charts.sources import ChartPlace
from dbaas_components.bootstrap.failure_hooks import failure_hook

# Words of Helm 3 and of the provider, and of the network below them.
_NOT_FETCHED: Final = re.compile(
    r"failed to (download|fetch|pull|authorize|resolve)|not found in \S+ repository|no cached repo|no such host"
    r"|is not a valid chart repository|unable to locate chart|connection refused|i/o timeout|certificate signed by",
    re.IGNORECASE,
)


def fetch_problem(errors: Sequence[str], chart: str, place: ChartPlace) -> str | None:
    """One sentence about a chart that could not be fetched from its place; None where `errors` say something else."""
    if not any(_NOT_FETCHED.search(error) for error in errors):
        return None
    version = f" {place.version}" if place.version else ""
    where = f"{place.repository} (chart {place.chart})" if place.repository else place.chart
    return (
        f"chart {chart}{version} cannot be fetched from {where}; see that this machine reaches it, or write "
        "sources: {mirror: <registry>} or sources: {chart_folder: <folder>} to take it from elsewhere; "
        "the next `up` goes on from here"
    )


def fetch_hook(name: str, chart: str, place: ChartPlace) -> pulumi.ErrorHook | None:
    """The hook for the release of this Pulumi name; None where the engine or the SDK has no such hooks."""
    return failure_hook(
        f"{name}: chart cannot be fetched", lambda errors: fetch_problem(errors, chart, place), again=True
    )
