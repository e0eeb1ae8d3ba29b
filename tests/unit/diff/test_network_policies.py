"""Who a network policy lets in, in all the ways in which that can be written."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import compare
from dbaas_components.diff.document import Document, Saved

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def side(ingress: Any) -> Document:
    inputs: dict[str, Any] = {"metadata": {"name": "p", "namespace": "shop"}, "spec": {"ingress": ingress}}
    return Document("shop", "dev", (Saved(f"urn:pulumi:dev::shop::{POLICY}::p", POLICY, "p", inputs=inputs),))


@pytest.mark.parametrize("before", [5, "text", {"a": 1}, [{"podSelector": {}}], None])
@pytest.mark.parametrize("after", [6, True, "other", [{"podSelector": {"matchLabels": {"a": "b"}}}]])
def test_peers_of_any_kind_are_compared(before: Any, after: Any) -> None:
    assert compare(side([{"from": before}]), side([{"from": after}]))


def worst(before: Any, after: Any, **spec: Any) -> Effect:
    sides = [side(one) for one in (before, after)]
    for one, types in zip(sides, spec.get("types", (None, None)), strict=True):
        if types:
            one.resources[0].inputs["spec"]["policyTypes"] = types
    return max((one.effect for one in compare(*sides)), default=Effect.NO_EFFECT)


ONE = {"podSelector": {"matchLabels": {"app": "shop"}}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [{}]),
        (None, [{"from": [ONE]}]),
        ([{"from": [ONE]}], [{"from": []}]),
        ([{"from": [ONE]}], [{}]),
        ([{"from": [{"podSelector": {}}]}], [{"from": []}]),
        ([{"from": [ONE], "ports": [{"port": 3306}]}], [{"from": [ONE]}]),
    ],
)
def test_whoever_lets_in_more_protects_less(before: Any, after: Any) -> None:
    assert worst(before, after) == Effect.LESS_PROTECTION
    assert worst(after, before) <= Effect.ONLINE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            [{"from": [ONE], "ports": [{"port": 1}, {"port": 2}]}],
            [{"ports": [{"port": 2}, {"port": 1, "protocol": "TCP"}], "from": [ONE]}],
        ),
        ([{}], [{"from": []}]),
        ([], None),
    ],
)
def test_the_same_in_other_words_protects_no_less(before: Any, after: Any) -> None:
    assert worst(before, after) <= Effect.ONLINE
    assert worst(after, before) <= Effect.ONLINE


def test_another_selector_counts_as_more() -> None:
    everywhere = [{"from": [{"podSelector": {}}]}]
    assert worst([{"from": [ONE]}], everywhere) == worst(everywhere, [{"from": [ONE]}]) == Effect.LESS_PROTECTION


def test_a_policy_of_the_way_out_alone_lets_everyone_in() -> None:
    assert worst([{"from": [ONE]}], [{"from": [ONE]}], types=(["Ingress"], ["Egress"])) == Effect.LESS_PROTECTION
