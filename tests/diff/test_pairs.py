"""Every labelled pair of graphs gets the classes that a person gave it from the facts about the operators."""

from __future__ import annotations

from collections import Counter

import pytest

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import compare
from tests.diff.pairing import Pair, pairs

PAIRS = list(pairs())
WORST = (Effect.REPLACE, Effect.DATA_LOSS)


def found_in(pair: Pair) -> dict[str, Effect]:
    base, head = pair.documents()
    return {change.path: change.effect for change in compare(base, head)}


def misclassed(pair: Pair) -> list[str]:
    found = found_in(pair)
    wanted = {path: Effect.of(slug) for path, slug in pair.expected.items()}
    wrong = [
        f"{pair.name}: {path or 'whole'} is {found[path].slug if path in found else 'not told'}, labelled {effect.slug}"
        for path, effect in wanted.items()
        if found.get(path) != effect
    ]
    return wrong + [
        f"{pair.name}: {path or 'whole'} is {effect.slug}, labelled as no change"
        for path, effect in found.items()
        if path not in wanted and effect != Effect.NO_EFFECT
    ]


@pytest.mark.parametrize(
    "pair", [one for one in PAIRS if set(one.expected.values()) & {"replace", "data-loss"}], ids=lambda pair: pair.name
)
def test_no_loss_of_data_and_no_replacement_is_missed(pair: Pair) -> None:
    found = found_in(pair)
    for path, slug in pair.expected.items():
        if Effect.of(slug) in WORST:
            assert found.get(path, Effect.NO_EFFECT) >= Effect.of(slug), path


def test_at_most_two_in_a_hundred_lines_are_misclassed(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [line for pair in PAIRS for line in misclassed(pair)]
    lines = sum(len(pair.expected) for pair in PAIRS)
    with capsys.disabled():
        print(f"\n{len(PAIRS)} pairs, {lines} labelled lines, {len(wrong)} misclassed ({len(wrong) / lines:.1%})")
    assert len(wrong) <= 0.02 * lines, "\n".join(wrong)


def test_every_class_and_engine_has_a_pair() -> None:
    assert len(PAIRS) >= 80
    classes = Counter(slug for pair in PAIRS for slug in pair.expected.values())
    assert set(classes) == {effect.slug for effect in Effect}
    assert {pair.engine for pair in PAIRS} == {"pxc", "ps", "psmdb", "pg", "platform"}
    assert all(pair.entry["facts"] for pair in PAIRS)
