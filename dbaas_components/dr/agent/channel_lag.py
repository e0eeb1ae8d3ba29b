"""How far a MySQL replication channel is behind, from what `performance_schema` tells. Pure.

Source: MySQL 8.4 reference manual, tables `replication_connection_status`, `replication_applier_status` and
`replication_applier_status_by_worker`, function `GTID_SUBTRACT`. It holds for the channel of PXC over regions and for
that of a ClusterSet (`clusterset_replication`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

CLUSTER_SET_CHANNEL: Final = "clusterset_replication"

# Times as seconds since 1970, 0 where MySQL has none. The clock of `now` and `heard` is the replica's, that of the
# commits the source's.
QUERY: Final = """
SELECT c.SERVICE_STATE AS receiver,
       a.SERVICE_STATE AS applier,
       GTID_SUBTRACT(c.RECEIVED_TRANSACTION_SET, @@GLOBAL.gtid_executed) AS missing,
       UNIX_TIMESTAMP(NOW(6)) AS now,
       UNIX_TIMESTAMP(GREATEST(c.LAST_HEARTBEAT_TIMESTAMP, c.LAST_QUEUED_TRANSACTION_END_QUEUE_TIMESTAMP)) AS heard,
       (SELECT UNIX_TIMESTAMP(MIN(w.APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP))
          FROM performance_schema.replication_applier_status_by_worker w
         WHERE w.CHANNEL_NAME = c.CHANNEL_NAME AND w.APPLYING_TRANSACTION <> '') AS applying,
       (SELECT UNIX_TIMESTAMP(MAX(w.LAST_APPLIED_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP))
          FROM performance_schema.replication_applier_status_by_worker w
         WHERE w.CHANNEL_NAME = c.CHANNEL_NAME) AS applied
  FROM performance_schema.replication_connection_status c
  JOIN performance_schema.replication_applier_status a ON a.CHANNEL_NAME = c.CHANNEL_NAME
 WHERE c.CHANNEL_NAME = %s
"""
"""One row where the server has the channel, none where it has not; the parameter is the channel's name."""


@dataclass(frozen=True, slots=True)
class ChannelLag:
    """How far a channel is behind, at most."""

    transactions: int
    """Received and not yet applied."""
    seconds: float
    """Age of the oldest of these, or the time since the source was last heard, whichever is more: what it wrote in
    that time and never sent is in no row of a replica. An idle source is heard by its heartbeat alone, which MySQL
    sends every 30 s unless it was told otherwise."""


def channel_lag(row: Mapping[str, Any]) -> ChannelLag | None:
    """The lag of one row of `QUERY`; None where nobody can tell.

    A receiver that is not connected says nothing of what its source wrote since, and an applier that stands still
    catches up with nothing: neither is a lag of 0.
    """
    if row["receiver"] != "ON" or row["applier"] != "ON":
        return None
    now, since = float(row["now"]), float(row["heard"] or 0)
    if not since:
        return None
    transactions = gtid_count(_text(row["missing"]))
    if transactions:
        # Between two transactions no worker applies one; what was applied last is older than what waits.
        oldest = float(row["applying"] or 0) or float(row["applied"] or 0)
        if not oldest:
            return None
        since = min(since, oldest)
    return ChannelLag(transactions, round(max(0.0, now - since), 3))


def gtid_count(gtids: str) -> int:
    """How many transactions a GTID set holds: `uuid:1-5:7,uuid:tag:1-2`. Raises `ValueError` for other text."""
    count = 0
    for one in "".join(gtids.split()).split(","):
        _, _, intervals = one.partition(":")
        if one and not intervals:
            raise ValueError(f'"{one}" is no GTID set')
        for interval in filter(None, intervals.split(":")):
            if not interval[0].isdigit():
                continue  # A tag (MySQL 8.3), which names what follows.
            first, _, last = interval.partition("-")
            count += int(last or first) - int(first) + 1
    return count


def _text(value: Any) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else str(value)
