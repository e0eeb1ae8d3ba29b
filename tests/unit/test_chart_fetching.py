"""Failures to fetch a chart are told from others, in one sentence with the ways out."""

from __future__ import annotations

import pytest

from dbaas_components.bootstrap.charts.fetching import fetch_problem
from dbaas_components.bootstrap.charts.sources import ChartPlace, Sources

PLACE = ChartPlace("pmm", "1.3.0", "https://charts.example.com")


@pytest.mark.parametrize(
    "error",
    [
        'failed to download "pmm" at version "1.3.0"',
        'chart "pmm" version "1.3.0" not found in https://charts.example.com repository',
        'looks like "https://charts.example.com" is not a valid chart repository or cannot be reached',
        "dial tcp: lookup charts.example.com: no such host",
        "failed to authorize: failed to fetch anonymous token",
    ],
)
def test_what_helm_says_of_a_chart_that_is_not_there_becomes_one_sentence(error: str) -> None:
    sentence = fetch_problem([error], "pmm", PLACE)
    assert sentence is not None
    assert sentence.startswith(
        "chart pmm 1.3.0 cannot be fetched from https://charts.example.com (chart pmm); see that"
    )
    assert "sources: {mirror: <registry>}" in sentence
    assert "\n" not in sentence


def test_a_chart_of_a_mirror_is_told_with_its_address() -> None:
    place = Sources(mirror="mirror.example.com/dbaas").chart("cert-manager")
    sentence = fetch_problem(["no such host"], "cert-manager", place)
    assert sentence is not None
    assert "cannot be fetched from oci://mirror.example.com/dbaas/charts/cert-manager; see" in sentence


def test_other_failures_keep_their_own_words() -> None:
    assert fetch_problem(["release pmm failed: timed out waiting for the condition"], "pmm", PLACE) is None
    assert fetch_problem([], "pmm", PLACE) is None
