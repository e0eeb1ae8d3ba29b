"""Which faults are put where: every step of every verb, for every engine. Pure.

A fault point is one start of one verb of one engine, met by one fault at one moment of one step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

ENGINES = ("pg", "pxc", "ps", "psmdb")
PLACES = ("eu", "us", "witness")
KINDS = ("freeze", "cut", "kill")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done. `place` is empty where the verb itself is killed."""

    kind: str
    place: str = ""

    def __str__(self) -> str:
        if self.kind == "none":
            return self.kind
        return f"{self.kind} {self.place}" if self.place else "kill the verb"


THE_VERB = Fault("kill")


def faults(verb: str) -> tuple[Fault, ...]:
    """What may befall a verb. In a failover a fault of eu is how it was lost, and the moment that of its return.

    A control plane that stalls alone is no lost region: its agent goes on renewing, and a failover waits for it.
    """
    stalls = () if verb in ("failover", "rejoin") else (Fault("stall", "eu"), Fault("stall", "us"))
    return (*(Fault(kind, place) for place in PLACES for kind in KINDS), THE_VERB, *stalls)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a verb: `phase` is `back` for the second half of a gameday; `when` is `begins` or `waits`."""

    phase: str
    step: str
    when: str = "begins"

    def __str__(self) -> str:
        return f"{self.phase} {self.step}"


@dataclass(frozen=True, slots=True)
class Round:
    """One verb of several engines at once, met by one fault; each engine at a step of its own."""

    verb: str
    target: str
    fault: Fault
    at: tuple[tuple[str, Moment], ...]
    """By engine."""


def planned_steps(engine: str, old: str, new: str, phase: str = "there") -> list[Moment]:
    """The steps of a switchover or failback."""
    names = [
        f"check {new}",
        f"fence {old}",
        f"let {new} catch up",
        f"approve {new}",
        "take the next epoch",
        *(["change the ClusterSet"] if engine == "ps" else []),
        f"promote {new}",
        "move traffic",
        f"let {old} follow",
    ]
    return [Moment(phase, name) for name in names]


def steps(verb: str, engine: str) -> list[Moment]:
    """Every step of a verb, in its order. The chain of verbs is the one of `rounds`."""
    if verb == "switchover":
        return planned_steps(engine, "eu", "us")
    if verb == "failback":
        return planned_steps(engine, "us", "eu")
    if verb == "gameday":
        return [
            *planned_steps(engine, "eu", "us"),
            Moment("back", "half way"),
            *planned_steps(engine, "us", "eu", "back"),
            Moment("back", "check that it ends where it began"),
        ]
    if verb == "rejoin":
        names = ["give up the data of eu", "replace the data of eu", "let eu follow", "move traffic"]
    else:
        names = [
            "check us",
            "prove that eu is out",
            *(["force the reconfiguration"] if engine == "psmdb" else []),
            "approve us",
            "take the next epoch",
            *(["change the ClusterSet"] if engine == "ps" else []),
            "promote us",
            "move traffic",
            "judge eu",
        ]
    return [Moment("there", name) for name in names]


TARGET = {"switchover": "us", "failback": "eu", "gameday": "us", "failover": "us", "rejoin": "eu"}
CHAINS = (("switchover", "failback"), ("failover", "rejoin", "failback"), ("gameday",))
"""Each ends where it began, with eu as the primary that us follows."""


_ALWAYS_WAITS = ("fence ", "approve ", "let eu follow", "let us follow")
"""Steps of a planned change that write something and then wait: there a fault can also come after the writing."""


def rounds(verb: str, turns: int = 0) -> list[Round]:
    """Every fault `turns` times, each time at another step of each engine; 0 stands for every step of every engine.

    With two turns, the eight steps of a switchover meet every fault once, of one engine or another.
    """
    found: list[Round] = []
    for number, fault in enumerate(faults(verb)):
        for turn in range(turns or max(len(steps(verb, engine)) for engine in ENGINES)):
            at: list[tuple[str, Moment]] = []
            for place, engine in enumerate(ENGINES):
                there = steps(verb, engine)
                slot = (turn * len(ENGINES) + place) * len(there) // (turns * len(ENGINES)) if turns else turn
                chosen = there[(slot + number) % len(there)]
                waits = verb in ("switchover", "failback", "gameday") and chosen.step.startswith(_ALWAYS_WAITS)
                at.append((engine, replace(chosen, when="waits") if waits and (number + turn + place) % 2 else chosen))
            found.append(Round(verb, TARGET[verb], fault, tuple(at)))
    return found


def chained(rounds_of: dict[str, Sequence[Round]]) -> Iterator[Round | str]:
    """The rounds in an order in which each finds the state that it needs; a bare verb runs without a fault."""
    left = {verb: list(found) for verb, found in rounds_of.items()}
    while any(left.values()):
        for chain in CHAINS:
            # Failbacks alone are reached through a switchover, which is the cheapest way.
            if not any(left.get(verb) for verb in chain):
                continue
            if "failover" in chain and not (left.get("failover") or left.get("rejoin")):
                continue
            for verb in chain:
                yield left[verb].pop(0) if left.get(verb) else verb


def selection(*, everything: bool = False) -> dict[str, Sequence[Round]]:
    """What the long test goes through: every fault at every step, of one engine or another; or of every engine."""
    turns = {"switchover": 2, "failback": 2, "failover": 2, "rejoin": 1, "gameday": 1}
    return {verb: rounds(verb, 0 if everything else count) for verb, count in turns.items()}


def left(
    rounds_of: dict[str, Sequence[Round]], done: Collection[tuple[str, str, str, str]]
) -> dict[str, Sequence[Round]]:
    """Without the rounds of which every point was done before: engine, verb, step and fault of each."""

    def was_done(one: Round) -> bool:
        return all((engine, one.verb, str(moment), str(one.fault)) in done for engine, moment in one.at)

    return {verb: [one for one in found if not was_done(one)] for verb, found in rounds_of.items()}


def sample() -> list[Round | str]:
    """One of each verb and of each kind of fault, every engine at a step of its own; ends where it began."""

    def one(verb: str, fault: Fault, turn: int) -> Round:
        at: list[tuple[str, Moment]] = []
        for place, engine in enumerate(ENGINES):
            found = steps(verb, engine)
            at.append((engine, found[(turn + 2 * place) % len(found)]))
        return Round(verb, TARGET[verb], fault, tuple(at))

    return [
        one("failover", Fault("cut", "us"), 1),
        one("rejoin", THE_VERB, 1),
        one("failback", Fault("freeze", "witness"), 2),
        one("gameday", Fault("stall", "us"), 3),
        one("switchover", Fault("kill", "eu"), 2),
        "failback",
    ]


LEADS = {"failback": ("switchover",), "rejoin": ("failover",)}
"""The verbs that lead from eu as the primary to where a verb begins; the others begin there."""
