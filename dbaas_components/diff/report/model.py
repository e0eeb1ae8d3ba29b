"""What a report says, before it takes a form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from dbaas_components.cost.costs import Costs
from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change

FAILED: Final = 1
REFUSED: Final = 10
REMOVED: Final = "removed"
ADDED: Final = "added"


def approved_name(change: Change) -> str:
    """The database of a change as an approval names it; of what is no database's, the object."""
    owner = change.owner
    if not owner.database:
        return change.object_name
    return f"{owner.namespace}/{owner.database}" if owner.namespace else owner.database


def approved_change(change: Change) -> str:
    """The change as an approval names it: the field, or what becomes of the whole object."""
    if change.path:
        return change.path
    # Of a whole object that is no database its kind is part of the name.
    which = REMOVED if change.new is None else ADDED
    return which if whole_is_enough(change) else f"{which} {change.kind} {change.object_name}"


def whole_is_enough(change: Change) -> bool:
    """Whether a whole object's change needs no kind and name: it is the database itself, or no database's."""
    return change.word == "database" or not change.owner.database


@dataclass(frozen=True)
class Side:
    """One side of the comparison, and how it came to be."""

    name: str
    """As the user named it."""
    origin: str
    """`revision`, `folder` or `saved graph`, with what it resolved to."""
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    isolation: tuple[str, ...] = ()
    """What kept the program from everything else while it was evaluated; empty for a saved graph."""
    cached: bool = False


@dataclass(frozen=True)
class EnginePart:
    """What an engine's preview adds to a report."""

    incomplete: tuple[str, ...] = ()
    """Why the preview does not tell all; a gate lets no such preview through."""
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    """Where the engine judges differently from the comparison of the two graphs."""
    policies_refused: tuple[str, ...] = ()
    policies_advised: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """All of it but what a gate refuses, in words."""
        told = (
            ("engine and comparison disagree", self.disagreements),
            ("advice", self.policies_advised),
            ("engine warns", self.warnings),
        )
        return [f"{word}: {text}" for word, texts in told for text in texts]

    @property
    def refusals(self) -> list[str]:
        """What a gate refuses, whatever the changes are."""
        told = (
            ("the preview is incomplete", self.incomplete),
            ("the engine fails", self.errors),
            ("refused by policy", self.policies_refused),
        )
        return [f"{word}: {text}" for word, texts in told for text in texts]


@dataclass(frozen=True)
class Report:
    """The changes between two sides, and the gate's verdict on them."""

    stack: str
    base: Side
    head: Side
    changes: tuple[Change, ...]
    passed: bool = True
    refused: tuple[Change, ...] = ()
    """Changes that the gate does not let through."""
    approvals: tuple[tuple[Change, str], ...] = ()
    """Changes that only an approval lets through, and the approval in words."""
    problems: tuple[str, ...] = ()
    """What is wrong with the policy, its approvals, or a side that cannot be compared in full."""
    notes: tuple[str, ...] = ()
    gate: str = ""
    """The policy file, empty if there is none."""
    engine: EnginePart | None = None
    """What the engine says, for a report that is made from its preview."""
    costs: Costs | None = None
    """Monthly cost before and after, where there is a price table."""
    failure: str = ""
    """Why there is no comparison: a side that cannot be found, evaluated or read."""

    @property
    def remarks(self) -> list[str]:
        """What there is to say beside the changes, in every form of the report."""
        lines = self.engine.lines if self.engine is not None else []
        return [*lines, *(self.costs.lines if self.costs is not None else ())]

    @property
    def exit_code(self) -> int:
        """What the command ends with: 0 where the gate lets it through, 1 where nothing could be compared.

        Otherwise 10 and the number of the worst class that is refused, 17 for a loss of data; 10 where the gate refuses
        for another reason than a change.
        """
        if self.passed:
            return 0
        return FAILED if self.failure else REFUSED + max((one.effect for one in self.refused), default=0)

    @property
    def shown(self) -> tuple[Change, ...]:
        """The changes that somebody should read: those with an effect, and what is in vain."""
        return tuple(one for one in self.changes if one.effect > Effect.NO_EFFECT or one.unheeded)

    @property
    def worst(self) -> Effect:
        """The worst class among the changes."""
        return max((one.effect for one in self.changes), default=Effect.NO_EFFECT)

    def counts(self) -> Mapping[Effect, int]:
        """How many changes there are of each class that has some, the worst first."""
        counted = Counter(one.effect for one in self.changes)
        return {effect: counted[effect] for effect in sorted(counted, reverse=True)}

    @property
    def summary(self) -> str:
        """The number of changes by class, in one line."""
        stack = f"stack {self.stack}: " if self.stack else ""
        if self.failure:
            return f"{stack}not compared"
        partly = " in what is known" if self.engine is not None and self.engine.incomplete else ""
        if not self.changes:
            return f"{stack}no change{partly}"
        counted = ", ".join(f"{count} {effect.words}" for effect, count in self.counts().items())
        return f"{stack}{counted}{partly}"

    @property
    def verdict_lines(self) -> list[str]:
        """The gate's verdict, a line for each thing that it refuses."""
        if self.passed:
            return ["gate: passed"]
        refusals = self.engine.refusals if self.engine is not None else []
        lines = [f"gate: {problem}" for problem in (*refusals, *self.problems)]
        if self.failure:
            lines += [f"gate: nothing to judge: {line}" for line in self.failure.splitlines()]
        for change in self.refused:
            what = f"database: {approved_name(change)}, change: {approved_change(change)}"
            lines.append(f"gate: {change.effect.words} is not allowed unasked: {what}")
        return lines

    def approved_by(self, change: Change) -> str:
        """The approval that lets a change through, in words; empty where none was needed."""
        return next((words for one, words in self.approvals if one is change), "")
