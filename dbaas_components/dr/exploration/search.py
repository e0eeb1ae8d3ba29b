"""The search: every state that can be reached, breadth first, so that the shortest way to a violation is found."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from dbaas_components.dr.exploration.moves import Moves
from dbaas_components.dr.exploration.scenario import Scenario
from dbaas_components.dr.exploration.state import World, canonical


@dataclass(frozen=True)
class Found:
    """What an exploration found."""

    scenario: str
    states: int
    moves: int
    seconds: float
    complete: bool
    """Whether every state that can be reached was looked at."""
    violation: str | None = None
    trace: tuple[str, ...] = ()
    """The shortest way there, one label a move."""
    worlds: tuple[World, ...] = ()
    """All states, for those who ask what follows from each of them."""

    def told(self) -> str:
        """One line, and the way to the violation where there is one."""
        line = f"{self.scenario}: {self.states:,} states, {self.moves:,} moves, {self.seconds:.1f} s"
        if self.violation is None:
            return f"{line}, {'no violation' if self.complete else 'not finished'}"
        return "\n".join([f"{line}: {self.violation}", *(f"  {n}. {move}" for n, move in enumerate(self.trace, 1))])


def explore(scenario: Scenario, *, at_most: int = 10_000_000, keep: bool = False) -> Found:
    """Looks at every state until one violates an invariant, or `at_most` were seen."""
    started = time.monotonic()
    moves = Moves(scenario)
    first = canonical(moves.first())
    numbers: dict[World, int] = {first: 0}
    parents: list[tuple[int, str]] = [(-1, "")]
    queue: deque[World] = deque([first])
    made = 0
    while queue and len(numbers) < at_most:
        world = queue.popleft()
        number = numbers[world]
        for move in moves.after(world):
            made += 1
            if move.violation is not None:
                trace = (*_trace(parents, number), move.label)
                spent = time.monotonic() - started
                return Found(scenario.name, len(numbers), made, spent, False, move.violation, trace)
            after = canonical(move.world)
            if after not in numbers:
                numbers[after] = len(parents)
                parents.append((number, move.label))
                queue.append(after)
    kept = tuple(numbers) if keep else ()
    return Found(scenario.name, len(numbers), made, time.monotonic() - started, not queue, worlds=kept)


def _trace(parents: list[tuple[int, str]], number: int) -> tuple[str, ...]:
    labels: list[str] = []
    while number > 0:
        number, label = parents[number]
        labels.append(label)
    return tuple(reversed(labels))
