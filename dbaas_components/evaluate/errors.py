"""What can go wrong in an evaluation that is not the program's own error."""

from __future__ import annotations

import pulumi


class EvaluationError(pulumi.RunError):
    """The program could not be evaluated; the message says what to change.

    Errors that the program itself raises are never wrapped in it: they leave `evaluate` as they are.
    """


class DuplicateUrnError(EvaluationError):
    """Two resources of one stack have the same URN, which the engine refuses as well.

    `urn` is theirs; `places` are where the first and the second were declared, as `file:line`, empty where unknown.
    """

    def __init__(self, urn: str, name: str, places: tuple[str, str]) -> None:
        self.urn = urn
        self.name = name
        self.places = places
        first, second = (place or "an unknown place" for place in places)
        super().__init__(
            f"Duplicate resource URN '{urn}'; try giving it a unique name\n"
            f'  "{name}" is declared first at {first} and again at {second}'
        )


class UnansweredError(EvaluationError):
    """The program asked a provider, or another stack, for something only the caller of `evaluate` can know here.

    `token` is the function, type or stack that was asked.
    """

    def __init__(self, token: str, message: str) -> None:
        self.token = token
        super().__init__(message)


class ResourceLookupError(LookupError):
    """A graph was asked for one resource and holds none or several such; the message lists what it holds."""
