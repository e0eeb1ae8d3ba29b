"""The explorations that are run, and which of them shows what each guard is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dbaas_components.dr.exploration.scenario import Scenario

FAST: Final = (
    Scenario("beginning", beginning=True, requests=1, lags=False, asks=("approve", "fence")),
    Scenario("one request, lag", requests=1),
    Scenario("planned", requests=1, planned=True, asks=("approve",)),
    Scenario("unmeasured", requests=1, unmeasured=True, asks=("approve",)),
    Scenario("boots", requests=0, lags=False, reboots=True),
    Scenario("restored", requests=1, lags=False, mishaps=("site_restored",), asks=("approve",)),
    Scenario("lease deleted", requests=1, lags=False, mishaps=("lease_deleted",), asks=("approve",)),
    Scenario("database broken", requests=1, lags=False, mishaps=("database_broken",), asks=("approve",)),
    Scenario("handed over", requests=1, lags=False, switched=True, successors=True, asks=("fence",)),
    Scenario("made open", beginning=True, made_open=True, requests=1, lags=False, asks=("approve", "fence")),
)
"""Two regions, every state of each."""

LONG: Final = (
    Scenario("two requests, lag", requests=2),
    Scenario("two approvals, unmeasured", requests=2, lags=False, unmeasured=True, asks=("approve",)),
    Scenario(
        "fence with successor and approve",
        requests=2,
        planned=True,
        lags=False,
        switched=True,
        successors=True,
        asks=("approve", "fence"),
    ),
    Scenario("automatic", requests=0, automatic=True, lags=False),
    Scenario("boots, one approval", requests=1, lags=False, reboots=True, asks=("approve",)),
    Scenario("three regions", regions=3, requests=1, lags=False, asks=("approve",)),
    Scenario("record lost", requests=1, lags=False, mishaps=("record_lost",), asks=("approve",)),
    Scenario("three regions, handed over", regions=3, requests=1, lags=False, successors=True, asks=("fence",)),
)
"""Longer ones, every state of each."""

_TWO_APPROVALS: Final = Scenario("two approvals", requests=2, lags=False, asks=("approve",))
_FENCE_AND_APPROVE: Final = Scenario("fence and approve", requests=2, lags=False, asks=("approve", "fence"))
_APPROVE_THE_DIVERGED: Final = Scenario("approve the diverged", requests=2, asks=("approve",))
_ONE: Final = FAST[1]

REVEALED_BY: Final[Mapping[str, Scenario]] = {
    "record_readable": FAST[3],
    "not_held": _ONE,
    "approved": _ONE,
    "approval_current": _TWO_APPROVALS,
    "two_vantage_points": LONG[3],
    "predecessor_out": _ONE,
    "lease_valid": _ONE,
    "same_instance": FAST[5],
    "epoch_higher": _FENCE_AND_APPROVE,
    "lag_measured": FAST[3],
    "lag_within_limit": _ONE,
    "history_contained": _APPROVE_THE_DIVERGED,
    "final_position_reached": FAST[2],
    "fence_confirmed": _FENCE_AND_APPROVE,
    "fence_on_expiry": _ONE,
    "renewal_known": _ONE,
    "not_overtaken": _FENCE_AND_APPROVE,
    "starts_closed": LONG[4],
    "release_ends_validity": LONG[1],
    "another_primary": _ONE,
}
"""For each guard the exploration that fails without it, and finds nothing with it."""
