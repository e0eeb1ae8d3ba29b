"""Goes through verbs one after the other, on longer times and from a new beginning where the machine was too slow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from tests.dr_faults.land import Land
from tests.dr_faults.pace import Pace
from tests.dr_faults.points import LEADS, Round


class Settle(Protocol):
    """Brings topologies up in a land that has none, with eu as the primary."""

    def __call__(self, land: Land) -> str: ...


def begin(land: Land, settle: Settle) -> None:
    """New topologies; with longer times where they do not come up because the machine is too slow."""
    while True:
        land.clear()
        since = time.monotonic()
        told = settle(land)
        if not told:
            land.as_it_began = True
            return
        stretch(land, since, told)


def stretch(land: Land, since: float, told: str) -> None:
    """Longer times. Fails where the machine kept the pace, so that `told` has another reason."""
    slow, longer = land.too_slow(since), land.pace.slower()
    assert slow, told
    assert longer is not None, f"this machine is too slow for times {land.pace.stretch:g} times as long: {slow}; {told}"
    print(f"with times {longer.stretch:g} times as long from now on: {slow}; not counted: {told[:400]}")
    land.pace = longer


def carry_out(land: Land, settle: Settle, what: Iterable[Round | str], play: Callable[[Round | str], str]) -> None:
    """Each of `what` in its order, the last of which has to end where the first began.

    `play` says what went wrong, and is asked again where the machine was too slow.
    """
    land.as_it_began = False
    for one in what:
        todo = [one]
        while todo:
            since = time.monotonic()
            told = play(todo[0])
            if told:
                stretch(land, since, told)
                begin(land, settle)
                land.as_it_began = False
                todo = [*led_to(one), one]
            else:
                todo.pop(0)
    land.as_it_began = True


def carry_all_out(
    land: Land, settle: Settle, what: Iterable[Round | str], play: Callable[[Round | str], str]
) -> list[str]:
    """As `carry_out`, for very many: goes on behind what went wrong, and says at the end what did.

    Where the machine was too slow, it is done once more with times twice as long.
    """
    wrong: list[str] = []
    usual, anew = land.pace, False
    land.as_it_began = False
    for one in what:
        todo = [*(led_to(one) if anew else ()), one]
        anew = again = False
        while todo:
            since = time.monotonic()
            told = play(todo[0])
            if not told:
                todo.pop(0)
                continue
            slow = land.too_slow(since)
            if slow and not again:
                print(f"once more, with times twice as long: {slow}; not counted: {told[:400]}", flush=True)
                land.pace, again = Pace(usual.stretch * 2), True
                begin(land, settle)
                todo = [*led_to(one), one]
            else:
                print(f"wrong: {told}", flush=True)
                wrong.append(told)
                todo, anew = [], True
        if again or anew:
            land.pace, anew = usual, True
            begin(land, settle)
        land.as_it_began = False
    return wrong


def led_to(one: Round | str) -> Sequence[str]:
    """The verbs that lead from the beginning to where a round begins."""
    return LEADS.get(one if isinstance(one, str) else one.verb, ())
