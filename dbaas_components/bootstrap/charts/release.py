"""Installs one pinned chart."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.charts.fetching import fetch_hook
from dbaas_components.bootstrap.charts.sources import Sources
from dbaas_components.bootstrap.charts.values import value_problems
from dbaas_components.errors import SpecError


def chart_release(
    component: Component,
    role: str,
    chart: str,
    values: Mapping[str, Any],
    *,
    namespace: str,
    sources: Sources,
    release_name: str | None = None,
    skip_await: bool = False,
    timeout: int = 600,
    depends_on: Sequence[pulumi.Resource] = (),
    **leaf: Any,
) -> pulumi.CustomResource:
    """A Helm release of the pinned chart as a child of `component`; the namespace must be there.

    `timeout` in seconds. Definitions never come from the chart: Helm would not upgrade them, and some charts delete
    them with every object of their kinds. Nothing is rolled back by itself after a failure: what a chart with volumes
    left is worth more than a clean slate, and the next `up` goes on from there.

    Raises `SpecError` for values that the chart does not know, and for a chart that the named folder does not hold.
    """
    problems = value_problems(chart, values)
    if problems:
        raise SpecError(f"chart {chart}", problems)
    place = sources.chart(chart)
    name = component.child_name(role)
    hook = fetch_hook(name, chart, place)
    if hook is not None:
        # A copy: several releases may share the binding that was given.
        binding = copy.copy(cast("pulumi.ResourceHookBinding", leaf.get("hooks") or pulumi.ResourceHookBinding()))
        binding.on_error = [*(binding.on_error or ()), hook]
        leaf["hooks"] = binding
    # Here and not above: it loads a good part of the Kubernetes SDK.
    from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs

    return Release(
        name,
        chart=place.chart,
        version=place.version,
        repository_opts=RepositoryOptsArgs(repo=place.repository) if place.repository else None,
        name=release_name or chart,
        namespace=namespace,
        create_namespace=False,
        values=dict(values),
        skip_crds=True,
        skip_await=skip_await,
        atomic=False,
        cleanup_on_fail=False,
        max_history=10,
        timeout=timeout,
        opts=component.child_options(depends_on=list(depends_on) or None, **leaf),
    )
