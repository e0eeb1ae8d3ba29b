"""Which faults are put where: every step of every verb, for every engine. Pure.

A fault point is one start of one verb of one engine, met by one fault at one moment of one step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
FAULTS = (*(Fault(kind, place) for place in PLACES for kind in KINDS), THE_VERB)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a verb: `phase` is `back` for the second half of a gameday; `when` is `begins` or `waits`."""

    phase: str
    step: str
    when: str = "begins"


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


_TARGET = {"switchover": "us", "failback": "eu", "gameday": "us", "failover": "us", "rejoin": "eu"}
CHAINS = (("switchover", "failback"), ("failover", "rejoin", "failback"), ("gameday",))
"""Each ends where it began, with eu as the primary that us follows."""


def rounds(verb: str, share: int = 1) -> list[Round]:
    """Every fault at every step of a verb, where `share` is 1.

    With a larger share each engine meets a part of them: every fault is put at every step, of one engine in `share`.
    """
    found: list[Round] = []
    lengths = {engine: len(steps(verb, engine)) for engine in ENGINES}
    for number, fault in enumerate(FAULTS):
        for turn in range(-(-max(lengths.values()) // share)):
            at = []
            for place, engine in enumerate(ENGINES):
                # A stride of one between engines: together they are at all steps in `share` of the turns.
                chosen = (turn * share + (place + number) % share) if share > 1 else turn
                at.append((engine, steps(verb, engine)[chosen % lengths[engine]]))
            found.append(Round(verb, _TARGET[verb], fault, tuple(at)))
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


def shares() -> dict[str, Sequence[Round]]:
    """What the long test goes through: every fault at every step of every verb, the steps shared by four engines.

    The rejoin's few steps are met by all engines.
    """
    return {
        "switchover": rounds("switchover", 4),
        "failback": rounds("failback", 4),
        "failover": rounds("failover", 4),
        "rejoin": rounds("rejoin", 2),
        "gameday": rounds("gameday", 10),
    }


def sample() -> list[Round | str]:
    """A few that cost little time, one of each verb and of most faults, in an order that needs nothing between."""

    def one(verb: str, fault: Fault, turn: int) -> Round:
        at = (
            (engine, steps(verb, engine)[(turn + 2 * place) % len(steps(verb, engine))])
            for place, engine in enumerate(ENGINES)
        )
        return Round(verb, _TARGET[verb], fault, tuple(at))

    return [
        one("switchover", THE_VERB, 1),
        one("failback", Fault("freeze", "witness"), 2),
        one("failover", Fault("cut", "us"), 1),
        one("rejoin", THE_VERB, 1),
        one("failback", Fault("cut", "eu"), 3),
        one("switchover", Fault("kill", "eu"), 2),
        "failback",
    ]
