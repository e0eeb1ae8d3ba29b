"""The table of figures says of each whether its limit is kept."""

from __future__ import annotations

import pytest

from tests.bench.rows import rows_of


@pytest.mark.parametrize(("figure", "met"), [(1.05, True), (1.051, False), (0.6, True)])
def test_a_figure_at_its_limit_is_within_it_and_one_above_is_not(figure: float, met: bool) -> None:
    preview = {"size": 100, "full": True, "components": 2.0, "by_hand": 1.9, "cpu_ratio": figure}
    (row,) = rows_of({"preview": [preview]})
    assert row.met is met
    assert (row.what, row.limit) == ("(a) preview of 100 fully specified databases, over by hand", 1.05)


def test_what_was_not_promised_is_neither_met_nor_missed() -> None:
    rows = list(rows_of({"evaluate": {"exponents": {"components": 1.2, "plain": 1.2}}}))
    assert [(row.what, row.met) for row in rows] == [
        ("(b) growth exponent, components", False),
        ("(b) growth exponent, plain", None),
    ]


def test_parts_that_were_not_measured_have_no_rows() -> None:
    assert list(rows_of({"machine": {}})) == []
