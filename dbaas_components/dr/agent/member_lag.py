"""How far a site's members are behind their replica set's primary, from what each tells by `replSetGetStatus`. Pure.

Source: MongoDB manual, `replSetGetStatus` (`date`, `members[].self`, `state`, `health`, `optimeDate`, `lastHeartbeat`)
and replica set elections.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

_PRIMARY: Final = 1
_SECONDARY: Final = 2


def member_lag(status: Mapping[str, Any]) -> float | None:
    """Seconds that the answering member is behind, at most; None where it cannot tell.

    What the primary wrote since the member last heard of it is in no answer, so that this time counts as well. Both
    times of the operation log are the primary's clock, the other two the member's.
    """
    members = cast("Sequence[Mapping[str, Any]]", status.get("members") or ())
    own = next((one for one in members if one.get("self")), None)
    primary = next((one for one in members if one.get("state") == _PRIMARY and one.get("health") == 1), None)
    if own is None or primary is None or own.get("state") not in (_PRIMARY, _SECONDARY):
        return None
    if own is primary:
        return 0.0
    heard = primary.get("lastHeartbeat")
    if heard is None or own.get("optimeDate") is None or primary.get("optimeDate") is None:
        return None
    behind = (primary["optimeDate"] - own["optimeDate"]).total_seconds()
    unheard = (status["date"] - heard).total_seconds()
    return round(max(0.0, behind) + max(0.0, unheard), 3)


def site_lag(lags: Sequence[float | None]) -> float | None:
    """What the members of one site may lack once they alone are left; None where no majority of them tells.

    Of them only one becomes primary that is no older than each of a majority, so that what counts is the member at
    which the fresher ones are too few to be outvoted: of three the second.
    """
    majority = len(lags) // 2 + 1
    known = sorted(one for one in lags if one is not None)
    return known[len(lags) - majority] if len(known) >= majority else None
