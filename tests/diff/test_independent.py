"""Pairs that another person labelled, from the facts about the operators and before the tables were seen."""

from __future__ import annotations

import pytest

from dbaas_components.diff.classes import Effect
from tests.diff.independence import independent_pairs, judged

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")]

PAIRS = list(independent_pairs())


def test_nothing_is_missed_and_little_misclassed(capsys: pytest.CaptureFixture[str]) -> None:
    missed: list[str] = []
    wrong: list[str] = []
    for pair in PAIRS:
        one_missed, one_wrong = judged(pair)
        missed += one_missed
        wrong += one_wrong
    labels = sum(len(pair.labels) for pair in PAIRS)
    with capsys.disabled():
        print(f"\n{len(PAIRS)} pairs, {labels} labels, {len(missed)} missed, {len(wrong)} misclassed")
    assert not missed, "\n".join(missed)
    assert len(wrong) <= 0.02 * labels, "\n".join(wrong)


def test_every_engine_and_class_is_among_them() -> None:
    assert len(PAIRS) >= 60
    assert {pair.name.partition(":")[0] for pair in PAIRS} == {"pxc", "ps", "psmdb", "pg", "platform"}
    assert {effect for pair in PAIRS for effect in pair.labels.values()} == set(Effect)
    assert all(pair.entry["facts"] for pair in PAIRS)
