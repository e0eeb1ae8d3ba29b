"""What an operator says on its way, without meaning it: it tries again and gets there."""

from __future__ import annotations

# The operators read from a cache that lags behind what they themselves have just written.
_HEALS = ("the object has been modified; please apply your changes to the latest version", " already exists")


def heals(error: str) -> bool:
    """Whether this is an error that is gone with the next try."""
    return any(words in error for words in _HEALS)
