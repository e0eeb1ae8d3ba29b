"""What a report says, before it takes a form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from dbaas_components.cost.costs import Costs
from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change


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
    """What is wrong with the policy or its approvals."""
    notes: tuple[str, ...] = ()
    gate: str = ""
    """The policy file, empty if there is none."""
    engine: EnginePart | None = None
    """What the engine says, for a report that is made from its preview."""
    costs: Costs | None = None
    """Monthly cost before and after, where there is a price table."""

    @property
    def remarks(self) -> list[str]:
        """What there is to say beside the changes, in every form of the report."""
        lines = self.engine.lines if self.engine is not None else []
        return [*lines, *(self.costs.lines if self.costs is not None else ())]

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
        partly = " in what is known" if self.engine is not None and self.engine.incomplete else ""
        if not self.changes:
            return f"stack {self.stack}: no change{partly}"
        counted = ", ".join(f"{count} {effect.words}" for effect, count in self.counts().items())
        return f"stack {self.stack}: {counted}{partly}"

    @property
    def verdict_lines(self) -> list[str]:
        """The gate's verdict, a line for each thing that it refuses."""
        if self.passed:
            return ["gate: passed"]
        refusals = self.engine.refusals if self.engine is not None else []
        lines = [f"gate: {problem}" for problem in (*refusals, *self.problems)]
        for change in self.refused:
            where = change.owner.database or change.object_name
            what = change.path or change.word
            lines.append(f"gate: {change.effect.words} is not allowed unasked: {where} {what}")
        return lines

    def approved_by(self, change: Change) -> str:
        """The approval that lets a change through, in words; empty where none was needed."""
        return next((words for one, words in self.approvals if one is change), "")
