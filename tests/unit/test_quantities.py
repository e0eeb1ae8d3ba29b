"""Quantities: what Kubernetes would read from the same text, exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity

from dbaas_components.quantities import Quantity

SUFFIXES = ["", "n", "u", "m", "k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "Pi"]
texts = st.builds(
    lambda number, suffix: f"{number}{suffix}",
    st.decimals(min_value=0, max_value=4000, places=3).map(lambda number: f"{number:f}")
    | st.integers(0, 4000).map(str),
    st.sampled_from(SUFFIXES),
)


@given(texts)
def test_a_quantity_means_what_the_kubernetes_client_reads_from_it(text):
    assert Quantity.parse(text).amount == Fraction(parse_quantity(text))


@given(texts)
def test_printing_and_reading_again_gives_the_same_quantity_up_to_kubernetes_own_billionths(text):
    quantity = Quantity.parse(text)
    again = Quantity.parse(str(quantity))
    assert 0 <= again.amount - quantity.amount < Fraction(1, 10**9)
    assert again == quantity or quantity.amount * 10**9 % 1


@given(texts)
def test_printing_is_stable(text):
    once = str(Quantity.parse(text))
    assert str(Quantity.parse(once)) == once


@given(texts, texts)
def test_order_and_equality_are_those_of_the_amounts(one, other):
    first, second = Quantity.parse(one), Quantity.parse(other)
    assert (first < second) == (parse_quantity(one) < parse_quantity(other))
    assert (first == second) == (parse_quantity(one) == parse_quantity(other))
    if first == second:
        assert hash(first) == hash(second)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.5", "500m"),
        ("1e3", "1k"),
        ("1E", "1E"),
        ("1E2", "100"),
        ("999.001n", "1u"),
        ("-999.001n", "-1u"),
        (".5", "500m"),
        ("1.", "1"),
        ("0Gi", "0"),
        ("-1Gi", "-1Gi"),
        ("0.1n", "1n"),
        ("-0.1n", "-1n"),
    ],
)
def test_a_quantity_prints_in_its_shortest_exact_form(text, printed):
    assert str(Quantity.parse(text)) == printed


@pytest.mark.parametrize(
    "text", ["", "Gi", "10GB", "10gi", "1K", "1 Gi", " 1", "1Gi\n", "0x10", "1,5Gi", "1e", "ten", "9Ei"]
)
def test_what_is_no_quantity_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="write"):
        Quantity.parse(text)


def test_a_quantity_times_a_number_keeps_its_notation():
    assert str(Quantity.parse("50Gi") * 3) == "150Gi"
    assert str(Quantity.parse("500m") * 3) == "1500m"


def test_a_quantity_differs_from_everything_that_is_none():
    assert Quantity.parse("1") != 1
    assert Quantity.parse("1") != Decimal(1)
