"""The URNs that a resource had before: its own aliases, and those that it inherits from its parents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dbaas_components.diff.document import Document, Saved

_DEEPEST: Final = 32
"""Components in each other; a graph with more goes in a circle."""
_STACK: Final = "pulumi:pulumi:Stack"


def former_urns(resource: Saved, document: Document, depth: int = 0) -> Iterator[str]:
    """Every URN that the engine would take for this resource's own, as Pulumi's SDKs and engine work them out.

    A component that was renamed hands its alias on: a child is known by the parent's old URN, and by its own name with
    the parent's old name where it begins with the new one.
    """
    yield from resource.aliases
    parent = document.by_urn.get(resource.parent)
    if parent is None or depth >= _DEEPEST:
        return
    own_type = resource.type
    for former in former_urns(parent, document, depth + 1):
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
