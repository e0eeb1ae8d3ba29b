"""Names of objects that are made of others' names, within Kubernetes' bounds."""

from __future__ import annotations

import hashlib
from typing import Final

_HASH: Final = 10


def bounded(name: str, most: int) -> str:
    """The name, where it is longer than `most` characters with a hash in place of its end: two never become one."""
    if len(name) <= most:
        return name
    return f"{name[: most - _HASH - 1].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:_HASH]}"
