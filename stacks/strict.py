"""The form of what a stack may say."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class StrictSettings(BaseModel):
    """Settings with no unknown key, and no value that is taken for another kind than it is written as."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
