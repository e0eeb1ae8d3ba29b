"""Draws the arguments of one database: some places of the specification, what they need, and a value for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.strategies.places import Place, is_within, root
from tests.strategies.space import ALWAYS, Arguments, Space
from tests.strategies.words import Strategy, values_of

_MOST_ITEMS = 3
_FEW, _MANY = 5, 60
_SHARE_OF_LARGE, _SHARE_OF_SHAPED = 0.8, 0.4


class Hand:
    """Draws values of places."""

    def __init__(self, draw: Callable[[Strategy], Any], space: Space) -> None:
        self.draw = draw
        self.space = space

    def value(self, path: str) -> Any:
        """A value of a leaf."""
        return self.draw(self.space.values(path))

    def one_of(self, options: Sequence[Any]) -> Any:
        """One of several values."""
        return self.draw(st.sampled_from(list(options)))

    def part(self, path: str, *given: str) -> Arguments:
        """A part with the places below it that are named, and those that it needs."""
        kept, settled = self.space.resolve(given)
        return self.fields(self.space.places[path], kept, settled)

    def fields(self, place: Place, kept: list[str], settled: dict[str, tuple[Any, ...]]) -> Arguments:
        """The fields of a part: those that are kept, and those that it cannot be without."""
        result: Arguments = {}
        for below in place.below:
            if below.path in ALWAYS or not self.space.has(below):
                continue
            here = [path for path in kept if is_within(path, below.path)]
            if not here and (not below.required or below.path in self.space.supplied or self._is_filled(below)):
                continue
            result[below.path.rpartition(".")[2]] = self._below(below, here, settled)
        return result

    def _is_filled(self, place: Place) -> bool:
        """Whether the parts that a required part is made of come from tables of defaults."""
        return place.kind == "part" and any(is_within(path, place.path) for path in self.space.supplied)

    def _below(self, place: Place, kept: list[str], settled: dict[str, tuple[Any, ...]]) -> Any:
        if place.kind == "leaf":
            return self.one_of(settled[place.path]) if place.path in settled else self.value(place.path)
        if place.kind == "part":
            return self.fields(place, kept, settled)
        items = self._items(place, kept)
        if place.kind == "list":
            return items
        keys = st.lists(values_of(place.annotation), unique=True, min_size=len(items), max_size=len(items))
        return dict(zip(self.draw(keys), items, strict=True))

    def _items(self, place: Place, kept: list[str]) -> list[Arguments]:
        """Items of a list or mapping. What does not go together in one of them comes in the next."""
        more = st.lists(st.sampled_from(self.space.choices_within(place.inside)), max_size=4, unique=True)
        items: list[Arguments] = []
        left = kept
        for _ in range(self.draw(st.integers(1, _MOST_ITEMS))):
            chosen, settled = self.space.resolve([*left, *self.draw(more)], place.inside)
            items.append(self.fields(place, chosen, settled))
            left = [path for path in left if path not in chosen]
        return items


def arguments(
    space: Space, namespaces: Sequence[str] = ("shop",), wanted: Sequence[str] = (), without: Sequence[str] = ()
) -> Strategy:
    """Arguments of a database, `name` among them, nearly all of which parse.

    `wanted` are paths that are given if anything else can make room for them, `without` are paths that are not.
    """
    choices = [path for path in space.choices if not any(is_within(path, left_out) for left_out in without)]
    most = min(_MANY, len(choices))

    @st.composite
    def drawn(draw: Callable[[Strategy], Any]) -> Arguments:
        hand = Hand(draw, space)
        random = draw(st.randoms(use_true_random=True))
        count = random.randint(0, most if random.random() < _SHARE_OF_LARGE else _FEW)
        settled_first = [path for path in space.shape if path in choices and random.random() < _SHARE_OF_SHAPED]
        shape = {path: hand.value(path) for path in settled_first if not wanted}
        kept, settled = space.resolve([*wanted, *random.sample(choices, count)], shape=shape)
        result = {
            "name": hand.value("name"),
            "namespace": hand.one_of(namespaces),
            "engine": space.engine,
            **hand.fields(root(), kept, settled),
        }
        for table in space.tables:
            table.mend(hand, result)
        return result

    return drawn()
