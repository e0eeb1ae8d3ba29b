"""What an object without a table says of its own deletion: what it takes along, and whether it is refused."""

from __future__ import annotations

import re
from typing import Final

from dbaas_components.diff.fields import FieldChange

_SAID: Final = re.compile(
    r"(?:^|\.)(?:deletion(?:Policy|Allowed|Protection\w*)|preventDestroy|reclaimPolicy|deleteStrategy|cleanupPolicy)(?:\.|$)"
)
_REFUSED: Final = re.compile(r"deletionProtection|preventDestroy")
_KEEPS: Final = ("Retain", "Orphan", "Keep", "ABANDON", "PREVENT")


def says_what_goes(change: FieldChange) -> bool:
    """Whether the field is about the object's own deletion."""
    return _SAID.search(change.pattern) is not None


def keeps_more(change: FieldChange) -> bool:
    """Whether a deletion is refused from now on, or takes nothing along."""
    refuses = _REFUSED.search(change.pattern) is not None
    return change.new in _KEEPS or change.new is refuses
