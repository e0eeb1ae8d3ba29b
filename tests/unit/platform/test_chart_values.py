"""Values of every chart are checked before Helm sees them: most charts ignore a misspelt one without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pytest

from dbaas_components.base import Component
from dbaas_components.bootstrap.charts import Sources, chart_release, value_problems
from dbaas_components.bootstrap.charts.values import known_values
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import evaluate
from dbaas_components.versions.charts import CHARTS

_VALUES: dict[str, Any] = {"text": "a", "number": 1, "bool": True, "list": [], "mapping": {"a": "b"}, "any": None}
_WRONG: dict[str, Any] = {"text": True, "number": "one", "bool": "yes", "list": {}, "mapping": []}


def leaves(known: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every value that a chart knows, with the kind that it takes."""
    for name, kind in known.items():
        if isinstance(kind, Mapping):
            yield from leaves(kind, (*path, name))
        else:
            yield (*path, name), kind


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    first, *rest = path
    return {first: nested(tuple(rest), value) if rest else value}


@pytest.mark.parametrize("chart", CHARTS)
def test_every_value_that_the_chart_knows_is_taken_and_none_that_is_misspelt_or_of_another_kind(chart: str) -> None:
    found = list(leaves(known_values(chart)))
    assert found
    for path, kind in found:
        assert value_problems(chart, nested(path, _VALUES[kind])) == []
        (misspelt,) = value_problems(chart, nested((*path[:-1], f"{path[-1]}x"), _VALUES[kind]))
        assert misspelt.path == ".".join(("values", *path)) + "x"
        assert misspelt.message.startswith("is not a value that the chart knows; ")
        if kind != "any":
            (other,) = value_problems(chart, nested(path, _WRONG[kind]))
            assert other.path == ".".join(("values", *path))


@pytest.mark.parametrize("chart", CHARTS)
def test_a_release_with_a_misspelt_value_is_refused_before_helm_is_told(chart: str) -> None:
    class Installed(Component):
        def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
            self.begin(name, opts)
            chart_release(self, "release", chart, {"nmae": "x"}, namespace="here", sources=Sources())

    def program() -> None:
        with pytest.raises(SpecError, match=rf"^chart {chart}: values\.nmae: is not a value that the chart knows"):
            Installed("it")

    assert evaluate(program).all("Release") == ()
