"""What the caller of `evaluate` says in place of providers, of resources that exist already and of other stacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dbaas_components.evaluate.errors import EvaluationError, UnansweredError
from dbaas_components.evaluate.values import Secret


@dataclass(frozen=True, slots=True)
class Question:
    """What the program asked.

    `token` is the type of a resource or the token of a function, `inputs` what was passed (plain values, secrets as
    `Secret`). `name` and `urn` are those of the resource, `id` the identifier of a resource that is read; they are
    empty for a function.
    """

    token: str
    inputs: Mapping[str, Any]
    name: str = ""
    urn: str = ""
    id: str = ""


Answer = Mapping[str, Any] | Callable[[Question], Mapping[str, Any]]
"""Either the values themselves or a function from the question to them. Values may be `Secret`."""

ANY = "*"
"""The key under which an answer is kept that serves every token without one of its own."""


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers of one evaluation; see `evaluate` for what each mapping holds."""

    invokes: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    reads: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    outputs: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    stack_references: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def to_invoke(self, question: Question) -> Mapping[str, Any]:
        """What a function of a provider returns."""
        if question.token in self.invokes or ANY in self.invokes:
            return _answered(self.invokes, question)
        raise UnansweredError(
            question.token,
            f'the program calls the function "{question.token}", and no provider runs here to answer it; pass '
            f'evaluate(..., invokes={{"{question.token}": {{...}}}}) with what it returns, or a function of the '
            "question",
        )

    def to_read(self, question: Question) -> Mapping[str, Any]:
        """The properties of a resource that exists already."""
        if question.token in self.reads or ANY in self.reads:
            return _answered(self.reads, question)
        raise UnansweredError(
            question.token,
            f'the program reads "{question.name}" ({question.token}, id "{question.id}"), and no provider runs here to '
            f'look it up; pass evaluate(..., reads={{"{question.token}": {{...}}}}) with its properties, or a function '
            "of the question",
        )

    def covers_outputs(self, token: str) -> bool:
        """Whether the caller says what a type's outputs are; those left out are then None, as from a provider."""
        return token in self.outputs or ANY in self.outputs

    def outputs_of(self, question: Question) -> Mapping[str, Any]:
        """What a provider adds to a resource's inputs; nothing where the caller did not say."""
        if self.covers_outputs(question.token):
            return _answered(self.outputs, question)
        return {}

    def to_stack_reference(self, stack: str, organization: str, project: str) -> dict[str, Any]:
        """The properties of a `StackReference`, whose stack may be named in full or as the engine allows in short."""
        for candidate in (stack, f"{organization}/{stack}", f"{organization}/{project}/{stack}"):
            if candidate in self.stack_references:
                exports = self.stack_references[candidate]
                secret = sorted(name for name, value in exports.items() if isinstance(value, Secret))
                return {"name": stack, "outputs": dict(exports), "secretOutputNames": secret}
        raise UnansweredError(
            stack,
            f'the program refers to the stack "{stack}", whose exports are not known here; pass '
            f'evaluate(..., stack_references={{"{stack}": {{...}}}}) with them',
        )


def _answered(answers: Mapping[str, Answer], question: Question) -> Mapping[str, Any]:
    answer = answers.get(question.token, answers.get(ANY))
    values: Any = answer(question) if callable(answer) else answer
    if not isinstance(values, Mapping):
        raise EvaluationError(
            f'the answer for "{question.token}" is a {type(values).__name__}; give a mapping of property to value'
        )
    return values  # pyright: ignore[reportUnknownVariableType] - a Mapping, as just checked
