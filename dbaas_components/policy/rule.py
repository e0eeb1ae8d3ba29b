"""What a rule is, what it finds, and the examples by which it is held to its word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dbaas_components.policy.inventory import Inventory
from dbaas_components.policy.item import Item, NotKnownYet


class Severity(StrEnum):
    """An `error` stops what is checked (`dbaas check` exits with 1); a `warning` is only told."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with one resource: `path` is the field, empty for the resource as a whole.

    `message` gives the value found and what is wanted, in lower case without a full stop. It never repeats a value that
    may be secret.
    """

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Examples:
    """Two lists of manifests, small as they can be: the rule finds nothing in `passes`, and something in `fails`.

    A manifest is that of a Kubernetes object, or `{"type": token, "name": ..., "properties": {...}}` for a resource of
    another provider. `options` beside either is what Pulumi knows beyond it: `protect`, `retain_on_delete`.
    """

    passes: tuple[Mapping[str, Any], ...]
    fails: tuple[Mapping[str, Any], ...]


Check = Callable[[Item, Inventory], Iterable[Violation]]
"""Looks at one resource, and at the others where it has to; gives what is wrong. Pure: no clock, disk or network."""

Applies = Callable[[Item], bool]
"""Whether a rule has anything to say about a resource."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement on the resources of a program.

    `id` is `room/what-is-wanted` in lower case with hyphens and never changes: waivers name it. `reason` says what
    happens to those who do without, `fix` what to write. `whole` marks a rule that looks at other resources too, which
    a check of one resource alone, as Pulumi's policy packs have it, must hand the whole stack. `secrecy` marks a
    rule that has to know which values are secret.
    """

    id: str
    severity: Severity
    reason: str
    fix: str
    applies: Applies
    check: Check
    examples: Examples
    whole: bool = False
    secrecy: bool = False

    @property
    def room(self) -> str:
        """The part of the id before the slash: `backups`."""
        return self.id.partition("/")[0]

    def violations(self, inventory: Inventory) -> Iterator[tuple[Item, Violation]]:
        """Every resource that breaks the rule, with what is wrong, in the inventory's order.

        What is not known before an update is held against nobody.
        """
        for item in inventory.items:
            with suppress(NotKnownYet):
                if self.applies(item):
                    for violation in self.check(item, inventory):
                        yield item, violation
