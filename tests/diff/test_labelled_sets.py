"""Pairs that others labelled, from the operators' facts and sources, before the tables of effects were seen."""

from __future__ import annotations

import pytest

from dbaas_components.diff.classes import Effect
from tests.diff.independence import FOLDER, FOURTH, THIRD, Independent, independent_pairs, judged

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")]

SETS = [pytest.param(list(independent_pairs(one)), id=one.name) for one in (FOLDER, THIRD, FOURTH)]


@pytest.mark.parametrize("pairs", SETS)
def test_nothing_is_missed_and_little_misclassed(pairs: list[Independent], capsys: pytest.CaptureFixture[str]) -> None:
    missed: list[str] = []
    wrong: list[str] = []
    for pair in pairs:
        one_missed, one_wrong = judged(pair)
        missed += one_missed
        wrong += one_wrong
    labels = sum(len(pair.labels) for pair in pairs)
    with capsys.disabled():
        print(f"\n{len(pairs)} pairs, {labels} labels, {len(missed)} missed, {len(wrong)} misclassed")
    assert not missed, "\n".join(missed)
    assert len(wrong) <= 0.02 * labels, "\n".join(wrong)


@pytest.mark.parametrize("pairs", SETS)
def test_a_set_has_every_engine_and_class_and_a_reason_for_each_label(pairs: list[Independent]) -> None:
    assert len(pairs) >= 80
    assert {pair.name.partition(":")[0] for pair in pairs} >= {"pxc", "ps", "psmdb", "pg", "platform"}
    assert {effect for pair in pairs for effect in pair.labels.values()} == set(Effect)
    assert all(pair.entry["facts"] for pair in pairs)
