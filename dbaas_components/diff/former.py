"""The URNs that a resource had before: its own aliases, and those that it inherits from its parents."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from dbaas_components.diff.document import Document, Saved

_MOST: Final = 256
"""Former URNs of one resource. Each component above multiplies them; what is left out is told as gone and made anew."""
_STACK: Final = "pulumi:pulumi:Stack"


class Formers:
    """The former URNs of a document's resources, each worked out once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, resource: Saved) -> tuple[str, ...]:
        """Every URN that the engine would take for this resource's own, as Pulumi's SDKs and engine work them out.

        A component that was renamed hands its alias on: a child is known by the parent's old URN, and by its own name
        with the parent's old name where it begins with the new one.
        """
        above, seen = [resource], {resource.urn}
        # From the top down and not by recursion: a graph that somebody made up may be deep, or go in a circle.
        while (parent := self._document.by_urn.get(above[-1].parent)) is not None and parent.urn not in self._known:
            if parent.urn in seen:
                break
            seen.add(parent.urn)
            above.append(parent)
        for one in reversed(above):
            parent = self._document.by_urn.get(one.parent)
            inherited = self._known.get(parent.urn, ()) if parent is not None else ()
            self._known[one.urn] = tuple(dict.fromkeys(islice(_former(one, parent, inherited), _MOST)))
        return self._known[resource.urn]


def _former(resource: Saved, parent: Saved | None, inherited: tuple[str, ...]) -> Iterator[str]:
    yield from resource.aliases
    if parent is None:
        return
    own_type = resource.type
    for former in inherited:
        stack, project, types, name = _parts(former)
        if not name:
            continue
        rest = resource.name.removeprefix(parent.name)
        own_name = f"{name}{rest}" if resource.name.startswith(parent.name) else resource.name
        above = "" if types == _STACK else f"{types}$"
        yield f"{stack}::{project}::{above}{own_type}::{own_name}"
        # What the child was called itself, below a parent that was called otherwise.
        for alias in resource.aliases:
            _, _, alias_types, alias_name = _parts(alias)
            if alias_name:
                yield f"{stack}::{project}::{above}{alias_types.rpartition('$')[2]}::{alias_name}"


def _parts(urn: str) -> tuple[str, str, str, str]:
    """Stack, project, types and name; empty texts for what is no URN."""
    parts = urn.split("::", 3)
    return (parts[0], parts[1], parts[2], parts[3]) if len(parts) == 4 else ("", "", "", "")
