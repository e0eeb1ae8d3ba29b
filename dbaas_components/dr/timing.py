"""Times of a lease, and the inequality under which its holder is fenced before anybody else starts to promote.

Every time is counted on the monotonic clock of the one who waits; no wall clock enters a decision.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dbaas_components.errors import SpecError, problems_of

_SUBJECT: Final = "lease timing"
Seconds = Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)]


def monotonic_seconds() -> float:
    """Seconds on this machine's clock that nobody can set, those during which it was suspended included.

    Linux's CLOCK_BOOTTIME: CLOCK_MONOTONIC stands still while a machine sleeps, so a holder that slept would believe
    in a lease that has long been another's. Elsewhere it is `time.monotonic`.
    """
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class LeaseTiming(BaseModel):
    """Times of one topology's lease, in seconds; settings that would allow two primaries are refused.

    Two conditions hold in every instance:

    - safety, `(holder_validity + agent_pause + fence_seconds) * (1 + clock_drift) < challenger_wait * (1 -
      clock_drift)` and `challenger_wait >= lease_seconds`: the holder is fenced before a challenger promotes;
    - liveness, `tries * (renew_every + request_timeout) < holder_validity`: a holder of which one renewal in `tries`
      succeeds does not fence itself, if its agent needs less than `longest_look` from one attempt to the next. Requests
      that take so long that no agent could be fast enough are refused too.

    `fence_seconds` has to be measured for the engine at hand, `agent_pause` for the nodes; the defaults are no
    measurement. Raises `pydantic.ValidationError`; `lease_timing` says the same in this library's words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lease_seconds: Seconds = 60.0
    """Length of the lease as the record shows it to people and other tools."""
    holder_validity: Seconds = 30.0
    """How long a holder may act on a renewal, counted from when it was sent, not from when the answer came."""
    renew_every: Seconds = 5.0
    request_timeout: Seconds = 4.0
    """After that a request counts as failed; it may still have been carried out."""
    tries: Annotated[int, Field(ge=1, le=20)] = 3
    """Renewals in a row of which one has to succeed, so that the holder does not fence itself."""
    fence_seconds: Annotated[float, Field(ge=0, le=3_600, allow_inf_nan=False)] = 20.0
    """Longest time from the decision to fence to the moment when no write is acknowledged any more."""
    agent_pause: Annotated[float, Field(ge=0, le=3_600, allow_inf_nan=False)] = 5.0
    """Longest time that what fences may stand still: garbage collection, throttling, a frozen machine."""
    clock_drift: Annotated[float, Field(ge=0, lt=0.5, allow_inf_nan=False)] = 0.01
    """Largest error of a clock's rate, as a fraction: 0.01 is one second in a hundred."""
    challenger_wait: Seconds = 60.0
    """How long a challenger sees the lease unchanged, by its own clock, before it takes it."""

    @model_validator(mode="after")
    def _conditions(self) -> Self:
        broken = [sentence for sentence in (self._unsafe(), self._short(), self._restless(), self._slow()) if sentence]
        if broken:
            raise ValueError("; ".join(broken))
        return self

    @property
    def slowest_fence(self) -> float:
        """Longest real time from sending the last renewal that succeeded until no write is acknowledged."""
        return (self.holder_validity + self.agent_pause + self.fence_seconds) * (1 + self.clock_drift)

    @property
    def shortest_wait(self) -> float:
        """Shortest real time that a challenger with a fast clock waits."""
        return self.challenger_wait * (1 - self.clock_drift)

    @property
    def longest_look(self) -> float:
        """An agent has to need less time than this from one look, or from the end of one attempt to renew, to its next
        attempt; else fewer than `tries` of them fit. All that it reads in between is part of it."""
        return (self.holder_validity - self._slowest_requests) / self.tries

    @property
    def _slowest_requests(self) -> float:
        # A renewal that succeeded late leaves the next one due at once.
        return max(self.renew_every, self.request_timeout) + self.tries * self.request_timeout

    def _unsafe(self) -> str | None:
        if self.slowest_fence < self.shortest_wait:
            return None
        return (
            f"({_plain(self.holder_validity)} + {_plain(self.agent_pause)} + {_plain(self.fence_seconds)}) * "
            f"{_plain(1 + self.clock_drift)} = {_plain(self.slowest_fence)} s is not below "
            f"{_plain(self.challenger_wait)} * {_plain(1 - self.clock_drift)} = {_plain(self.shortest_wait)} s, so two "
            f"sites could take writes: raise challenger_wait to at least {_above(self.slowest_fence, self.clock_drift)}"
        )

    def _short(self) -> str | None:
        if self.challenger_wait >= self.lease_seconds:
            return None
        return (
            f"challenger_wait {_plain(self.challenger_wait)} s is below lease_seconds {_plain(self.lease_seconds)} s: "
            f"raise challenger_wait to at least {_plain(self.lease_seconds)}"
        )

    def _restless(self) -> str | None:
        needed = self.tries * (self.renew_every + self.request_timeout)
        if needed < self.holder_validity:
            return None
        return (
            f"{self.tries} * ({_plain(self.renew_every)} + {_plain(self.request_timeout)}) = {_plain(needed)} s is not "
            f"below holder_validity {_plain(self.holder_validity)} s, so {self.tries} failed renewals would fence a "
            "healthy primary: lower tries, renew_every or request_timeout, or raise holder_validity"
        )

    def _slow(self) -> str | None:
        # At the very bound an agent would have to need no time at all; how fast agents are is not known here.
        if self._slowest_requests <= self.holder_validity:
            return None
        return (
            f"{_plain(max(self.renew_every, self.request_timeout))} + {self.tries} * {_plain(self.request_timeout)} = "
            f"{_plain(self._slowest_requests)} s is above holder_validity {_plain(self.holder_validity)} s, so "
            "slow answers would fence a healthy primary: lower tries or request_timeout, or raise holder_validity"
        )


def lease_timing(settings: Mapping[str, Any], *, subject: str = _SUBJECT) -> LeaseTiming:
    """The timing that `settings` ask for, defaults for the rest.

    Raises `SpecError` with every problem, the numbers put into the inequality.
    """
    try:
        return LeaseTiming.model_validate(dict(settings))
    except ValidationError as error:
        raise SpecError(subject, problems_of(error, known=LeaseTiming.model_fields)) from None


def _plain(number: float) -> str:
    return f"{number:.4f}".rstrip("0").rstrip(".")


def _above(slowest: float, drift: float) -> str:
    # The wait has to be above the bound, not at it; a whole second more is easy to read.
    return _plain(math.floor(slowest / (1 - drift)) + 1)
