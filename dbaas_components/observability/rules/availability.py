"""Alerts of a database that does not serve, or not as it should."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from dbaas_components.observability.rules.alert import Alert
from dbaas_components.observability.rules.subject import BY, Subject, named
from dbaas_components.observability.rules.thresholds import AlertThresholds, in_words, seconds

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

_GROUP: Final = f"{BY}, group"
# A database that is being made has no majority yet, which nobody needs to be woken for.
_BEING_MADE: Final = 1800


def availability_alerts(spec: DatabaseSpec, given: AlertThresholds) -> Iterator[Alert]:
    """All that can be told of this database."""
    one = Subject.of(spec)
    ready, wanted = one.series("database_replicas_ready"), one.series("database_replicas_wanted")
    old_enough = f"and on ({BY}) time() - {one.series('database_created_timestamp_seconds')} > {_BEING_MADE}"
    yield Alert(
        "DatabaseDown",
        f"sum by ({BY}) ({ready}) == 0 {old_enough} {one.running}",
        "2m",
        "critical",
        f"{named(spec)} has no member that is ready",
        "Nobody can use it. No member of it passes its readiness check, and it is not paused.",
    )
    if _has_quorum(spec):
        yield Alert(
            "DatabaseQuorumLost",
            f"sum by ({_GROUP}) ({ready}) * 2 <= sum by ({_GROUP}) ({wanted}) {old_enough} {one.running}",
            "5m",
            "critical",
            f"{named(spec)} has lost the majority of its members",
            "Without a majority the members that are left take no writes.",
        )
    yield Alert(
        "DatabaseMembersLost",
        f"sum by ({_GROUP}) ({ready}) < sum by ({_GROUP}) ({wanted}) {old_enough} {one.running}",
        "15m",
        "warning",
        f"{named(spec)} has only {{{{ $value }}}} members that are ready",
        "It serves, but survives less than it should.",
    )
    if spec.proxy.type != "none":
        proxies = f"{BY}, proxy"
        yield Alert(
            "DatabaseProxyDown",
            f"{one.series('database_proxies_wanted')} > 0"
            f" unless on ({proxies}) {one.series('database_proxies_ready')} > 0 {old_enough} {one.running}",
            "5m",
            "critical",
            f"{named(spec)} has no pod of its proxy {{{{ $labels.proxy }}}} that is ready",
            "Clients connect to the proxy: for them the database is down, however well it is.",
        )
    if spec.engine != "pg":
        yield Alert(
            "DatabaseInError",
            f"{one.greatest('database_state', state='error')} == 1",
            "10m",
            "critical",
            f"{named(spec)} is in error",
            "Its operator says that it cannot bring the database where the specification wants it.",
        )
    yield Alert(
        "DatabaseNotReady",
        f"{one.greatest('database_state', state='initializing')} == 1 {one.running}",
        "45m",
        "warning",
        f"{named(spec)} has been initializing for three quarters of an hour",
        "Its operator is still at work on it, or waits for something that does not come.",
    )
    if spec.engine != "ps":
        yield Alert(
            "DatabaseOperatorBehind",
            f"{one.greatest('database_generation')} > {one.greatest('database_observed_generation')}",
            "15m",
            "warning",
            f"{named(spec)} was changed, and its operator has not looked at it",
            "What was changed does not happen: the operator is down, or its watch does not reach this namespace.",
        )
    pause = seconds(given.pause)
    yield Alert(
        "DatabasePausedTooLong",
        f"min_over_time({one.series('database_paused')}[{in_words(pause)}]) == 1"
        # As long as that it has to have been told at all: a young series is shorter than the range.
        f" and on ({BY}) {one.series('database_paused')} offset {in_words(pause)} == 1",
        "15m",
        "warning",
        f"{named(spec)} has been paused for more than {in_words(pause)}",
        "It costs storage, makes no backups, and its certificates and passwords grow old.",
    )
    yield Alert(
        "DatabaseMetricsMissing",
        f"absent({one.series('database_info')})",
        "15m",
        "warning",
        f"{named(spec)} is not seen by the monitoring",
        "No other alert of this database can be told: it was deleted, or kube-state-metrics does not see it.",
    )


def _has_quorum(spec: DatabaseSpec) -> bool:
    """Whether a majority decides; PostgreSQL asks Kubernetes instead, and asynchronous replicas ask nobody."""
    return spec.replicas > 1 and spec.engine != "pg" and spec.replication.mode != "async"
