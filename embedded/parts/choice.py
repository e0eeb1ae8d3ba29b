"""What was chosen for one of the parts that a bare machine may lack, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Choice:
    """One part: what will be used, its version and where it comes from.

    A part that is not `ready` is still chosen: the next `make up` gets or builds it. `remedy` is the one command that
    would mend what is missing, for example an unreachable context.
    """

    part: str
    what: str
    version: str
    origin: str
    ready: bool
    location: Path | None = None
    remedy: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def place(self) -> Path:
        """The location of a part that is ready."""
        if self.location is None:
            raise ValueError(f"{self.part} has no location")
        return self.location


class PartError(Exception):
    """A part can neither be found nor got; the message says what was tried and the one command that mends it."""
