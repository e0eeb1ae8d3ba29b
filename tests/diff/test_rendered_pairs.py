"""Two renders are told in the same classes as the graphs that they were rendered from."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change, compare
from dbaas_components.diff.document import Document
from dbaas_components.diff.renders import read_render
from tests.diff.pairing import Pair, pairs
from tests.diff.rendering import write_render

pytestmark = pytest.mark.slow

KEY = b"k" * 32
PAIRS = list(pairs())
RENAMED = [pair for pair in PAIRS if {"metadata.name", "metadata.namespace"} & set(pair.expected)]
# The object is kept by an option of its resource, which no manifest has.
KEPT = [
    pair for pair in PAIRS if pair.entry.get("base_options", {}).get("retain") or pair.name == "platform: claim kept"
]
SHOWN = [pair for pair in PAIRS if pair not in RENAMED and pair not in KEPT]


def told(changes: list[Change]) -> set[tuple[str, str, str]]:
    return {(one.kind, one.path, one.effect.slug) for one in changes}


def can_show(change: Change) -> bool:
    """Whether manifests have what the line is about: no option, no Secret, nothing of a cloud."""
    option = change.path in ("protect", "retain_on_delete")
    return (
        not option
        and change.kind != "Secret"
        and change.urn.split("::")[2].rpartition("$")[2].startswith("kubernetes:")
    )


def rendered(pair: Pair, folder: Path) -> list[Change]:
    before, after = (_read(one, folder / side) for one, side in zip(pair.documents(), ("base", "head"), strict=True))
    return compare(before, after)


def _read(document: Document, folder: Path) -> Document:
    return read_render(write_render(document, folder), folder.name, "dev", KEY)[0]


@pytest.mark.parametrize("pair", SHOWN, ids=lambda pair: pair.name)
def test_renders_are_told_as_the_graphs_that_they_show(pair: Pair, tmp_path: Path) -> None:
    base, head = pair.documents()
    assert told(rendered(pair, tmp_path)) == told([one for one in compare(base, head) if can_show(one)])


@pytest.mark.parametrize("pair", RENAMED, ids=lambda pair: pair.name)
def test_an_object_of_another_name_is_told_as_one_that_goes_and_one_that_comes(pair: Pair, tmp_path: Path) -> None:
    old, new = pair.documents()
    lines = {(one.new is None, one.effect) for one in rendered(pair, tmp_path) if not one.path}
    assert {gone for gone, _ in lines} == {True, False}
    if any(one.effect == Effect.DATA_LOSS for one in compare(old, new)):
        assert (True, Effect.DATA_LOSS) in lines


@pytest.mark.parametrize("pair", KEPT, ids=lambda pair: pair.name)
def test_what_only_an_option_keeps_is_told_as_lost(pair: Pair, tmp_path: Path) -> None:
    assert {one.effect for one in rendered(pair, tmp_path) if not one.path} == {Effect.DATA_LOSS}


def test_most_pairs_are_such_that_manifests_show_them() -> None:
    assert len(SHOWN) > 100
    assert RENAMED
    assert KEPT
