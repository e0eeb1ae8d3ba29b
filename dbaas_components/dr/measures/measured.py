"""What a measure was read back as."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NETWORK_DENY: Final = "network deny"
ENDPOINT: Final = "endpoint withdrawn"
ADDRESSES: Final = "no ready address"
ARCHIVE: Final = "archive path apart"
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
