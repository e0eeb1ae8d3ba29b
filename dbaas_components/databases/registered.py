"""Which databases a program registers, with the arguments they were asked for with: for whoever wants to know.

A graph holds what was made of the arguments, not the arguments; without them nobody can say who chose a value.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec


@dataclass(frozen=True, slots=True)
class RegisteredDatabase:
    """One `ManagedDatabase` of a program."""

    name: str
    """Name of the component."""
    arguments: Mapping[str, Any]
    """What the program gave; the namespace may be an output."""
    spec: DatabaseSpec
    """What was made of it."""


_LISTENING: Final[ContextVar[list[RegisteredDatabase] | None]] = ContextVar("listening", default=None)


@contextmanager
def registered_databases() -> Generator[list[RegisteredDatabase]]:
    """A list that every `ManagedDatabase` of a program that is evaluated within the block adds itself to.

    with registered_databases() as databases:
        evaluate(program)
    """
    databases: list[RegisteredDatabase] = []
    token = _LISTENING.set(databases)
    try:
        yield databases
    finally:
        _LISTENING.reset(token)


def tell_registered(name: str, arguments: Mapping[str, Any], spec: DatabaseSpec) -> None:
    """Adds a database to the list of who listens; nobody does in an ordinary run."""
    listening = _LISTENING.get()
    if listening is not None:
        listening.append(RegisteredDatabase(name, arguments, spec))
