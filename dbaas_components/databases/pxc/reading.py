"""Reading times as a PerconaXtraDBCluster has them."""

from __future__ import annotations

import re
from typing import Final

_GO_DURATION: Final = re.compile(r"(\d+h)?(\d+m)?(\d+s)?")


def spec_duration(duration: str | None) -> str | None:
    """A duration in Go's notation, if it has but hours, minutes and seconds, as a specification has them too."""
    return duration if duration and _GO_DURATION.fullmatch(duration) else None


def seconds(amount: int | None) -> str | None:
    """A time in whole seconds as a duration."""
    return f"{amount}s" if amount else None
