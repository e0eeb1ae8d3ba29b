"""The classes that a change falls into, from harmless to destructive."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Effect(IntEnum):
    """What a change does to a database that runs. A larger one is worse; the order is that of every report."""

    NO_EFFECT = 0
    ONLINE = 1
    ROLLING_RESTART = 2
    FAILOVER = 3
    ONE_WAY = 4
    LESS_PROTECTION = 5
    REPLACE = 6
    DATA_LOSS = 7

    @property
    def slug(self) -> str:
        """The word in JSON and in the gate's policy: `rolling-restart`."""
        return self.name.lower().replace("_", "-")

    @property
    def words(self) -> str:
        """What a person reads."""
        return _WORDS[self]

    @classmethod
    def of(cls, slug: str) -> Effect:
        """The class of this word. Raises `KeyError` for another."""
        return _BY_SLUG[slug]


_WORDS: Final = {
    Effect.NO_EFFECT: "no effect",
    Effect.ONLINE: "online",
    Effect.ROLLING_RESTART: "rolling restart",
    Effect.FAILOVER: "failover or promotion",
    Effect.ONE_WAY: "one-way",
    Effect.LESS_PROTECTION: "less protection",
    Effect.REPLACE: "replace",
    Effect.DATA_LOSS: "data loss",
}
_BY_SLUG: Final = {effect.slug: effect for effect in Effect}
