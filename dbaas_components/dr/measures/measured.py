"""What a measure was read back as."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable

NETWORK_DENY: Final = "network deny"
ENDPOINT: Final = "endpoint withdrawn"
ADDRESSES: Final = "no ready address"
ARCHIVE: Final = "archive path apart"
REVOKED: Final = "archive revoked"
ROLE: Final = "role taken away"


class State(StrEnum):
    """Whether a measure holds."""

    IN_FORCE = "in force"
    NOT_IN_FORCE = "not in force"
    NOT_KNOWN = "not known"
    """It could not be read: no answer, or no right to read it."""
    NOT_POSSIBLE = "not possible"
    """This engine, or this topology, has nothing that it could be taken with."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure as it was read back."""

    name: str
    state: State
    value: str
    """What stood there, in words or as JSON."""
    where: str
    """Region and object."""

    def __str__(self) -> str:
        return f"{self.state}: {self.value}"


@dataclass(frozen=True, slots=True)
class Question:
    """One measure that is to be read back."""

    name: str
    where: str
    ask: Callable[[], Measured]
    """Raises `ClusterUnreachable` and `ClusterRefused`."""


def read_back(questions: Iterable[Question]) -> tuple[list[Measured], str]:
    """The measures as they are read back, and why nothing answers any more where that is so.

    Raises nothing for an outage or a missing right: what cannot be read is not known. A region that gave no answer once
    would only be waited for again, so that the rest of the questions are not asked.
    """
    found: list[Measured] = []
    silent = ""
    for one in questions:
        told = silent
        if not told:
            try:
                found.append(one.ask())
                continue
            except ClusterUnreachable as error:
                told = silent = str(error)
            except ClusterRefused as error:
                told = str(error)
        found.append(Measured(one.name, State.NOT_KNOWN, told, one.where))
    return found, silent
