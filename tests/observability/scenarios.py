"""What alerts are tried with: series as kube-state-metrics and exporters give them, and what has to be told then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dbaas_components.observability.kinds import BACKUPS, DATABASES, RESTORES
from tests.observability.custom_resources import NAMESPACE

Series = tuple[str, str]
"""A series and its values, in promtool's notation."""

HOUR: Final = 3600
DAY: Final = 24 * HOUR
OWNED: Final[Mapping[str, str]] = {
    "owner": "shop-team",
    "tenant": "shop",
    "environment": "production",
    "cost_centre": "4711",
    "profile": "standard",
}
PROXIES: Final = {"pxc": "haproxy", "ps": "haproxy", "psmdb": "mongos", "pg": "pgbouncer"}
GROUPS: Final = {"psmdb": "rs0", "pg": "instance1"}
VOLUMES: Final = {
    "pxc": "datadir-orders-pxc-0",
    "ps": "datadir-orders-mysql-0",
    "psmdb": "mongod-data-orders-rs0-0",
    "pg": "orders-instance1-x7f2-pgdata",
}
CERTIFICATES: Final = {
    "pxc": "orders-ssl-internal",
    "ps": "orders-ssl",
    "psmdb": "orders-ssl",
    "pg": "orders-cluster-cert",
}


@dataclass(frozen=True)
class Scenario:
    """Series, and which severities of one alert are told at one moment."""

    alert: str
    what: str
    series: tuple[Series, ...]
    at: str
    told: frozenset[str]

    def test(self, interval: str) -> dict[str, Any]:
        """As promtool reads it."""
        by = "alertname, severity, engine, namespace, database, owner, tenant, environment, cost_centre, profile"
        told = f'count by ({by}) (ALERTS{{alertname="{self.alert}", alertstate="firing"}})'
        return {
            "name": f"{self.alert}: {self.what}",
            "interval": interval,
            "input_series": [{"series": series, "values": values} for series, values in self.series],
            "promql_expr_test": [{"expr": told, "eval_time": self.at, "exp_samples": self._samples()}],
        }

    def _samples(self) -> list[dict[str, Any]]:
        return [{"labels": self._labels(severity), "value": 1} for severity in sorted(self.told)]

    def _labels(self, severity: str) -> str:
        labels = {"alertname": self.alert, "severity": severity, **self._owner()}
        return "{" + ", ".join(f'{name}="{value}"' for name, value in labels.items()) + "}"

    def _owner(self) -> Mapping[str, str]:
        raise NotImplementedError


@dataclass(frozen=True)
class DatabaseScenario(Scenario):
    """One of a database."""

    engine: str = ""

    def _owner(self) -> Mapping[str, str]:
        return {"engine": self.engine, "namespace": NAMESPACE, "database": "orders", **OWNED}


def of_kind(engine: str, kind: str, metric: str, values: str = "1x400", **labels: str) -> Series:
    """One of our series with all the labels that kube-state-metrics puts on it."""
    table: Any = {"database": DATABASES, "backup": BACKUPS, "restore": RESTORES}[kind]
    found = table[engine]
    known = {
        "engine": engine,
        "namespace": NAMESPACE,
        "database": "orders",
        "customresource_group": found.group,
        "customresource_version": found.version,
        "customresource_kind": found.kind,
        **(OWNED if kind == "database" else {}),
        **labels,
    }
    text = ", ".join(f'{name}="{value}"' for name, value in known.items())
    return f"dbaas_{kind}_{metric}{{{text}}}", values


def constant(value: float) -> str:
    """The same for a day and a half at least, at a sample every five minutes."""
    return f"{value:g}x400"


def scenarios(engine: str) -> Iterator[DatabaseScenario]:
    """All of a standard database of this engine, its proxy included."""
    for alert, what, at, told, series in _all(engine):
        yield DatabaseScenario(alert, what, tuple(series), at, frozenset(told), engine=engine)


_Row = tuple[str, str, str, set[str], list[Series]]
_CRITICAL, _WARNING = {"critical"}, {"warning"}


def _all(engine: str) -> Iterator[_Row]:
    yield from _availability(engine)
    yield from _backups(engine)
    yield from _restores(engine)
    yield from _infrastructure(engine)


def _database(engine: str, metric: str, value: float = 1, **labels: str) -> Series:
    return of_kind(engine, "database", metric, constant(value), **labels)


def _members(engine: str, ready: int, *, paused: int = 0, created: float = 0) -> list[Series]:
    group = {"group": GROUPS[engine]} if engine in GROUPS else {}
    return [
        _database(engine, "created_timestamp_seconds", created),
        _database(engine, "replicas_wanted", 3, **group),
        _database(engine, "replicas_ready", ready, **group),
        _database(engine, "paused", paused),
    ]


def _state(engine: str, state: str) -> list[Series]:
    words = ["ready", "initializing", "paused", "stopping", *(["error"] if engine != "pg" else [])]
    return [
        _database(engine, "state", 1 if word == state else 0, state=word, operator_state=word) for word in words
    ] + [_database(engine, "paused", 1 if state == "paused" else 0)]


def _availability(engine: str) -> Iterator[_Row]:
    yield "DatabaseDown", "no member is ready", "40m", _CRITICAL, _members(engine, 0)
    yield "DatabaseDown", "one member is ready", "40m", set(), _members(engine, 1)
    yield "DatabaseDown", "it is paused", "40m", set(), _members(engine, 0, paused=1)
    yield "DatabaseDown", "it is being made", "40m", set(), _members(engine, 0, created=30 * 60)
    if engine != "pg":
        yield "DatabaseQuorumLost", "one of three", "40m", _CRITICAL, _members(engine, 1)
        yield "DatabaseQuorumLost", "two of three", "40m", set(), _members(engine, 2)
        yield "DatabaseQuorumLost", "it is paused", "40m", set(), _members(engine, 0, paused=1)
    yield "DatabaseMembersLost", "two of three", "60m", _WARNING, _members(engine, 2)
    yield "DatabaseMembersLost", "all of three", "60m", set(), _members(engine, 3)
    around, proxy = _members(engine, 3), {"proxy": PROXIES[engine]}
    wanted = _database(engine, "proxies_wanted", 2, **proxy)
    yield "DatabaseProxyDown", "its count is left out", "40m", _CRITICAL, [*around, wanted]
    none, some = (_database(engine, "proxies_ready", count, **proxy) for count in (0, 1))
    yield "DatabaseProxyDown", "none is ready", "40m", _CRITICAL, [*around, wanted, none]
    yield "DatabaseProxyDown", "one is ready", "40m", set(), [*around, wanted, some]
    if engine != "pg":
        yield "DatabaseInError", "the operator says so", "15m", _CRITICAL, _state(engine, "error")
        yield "DatabaseInError", "it is ready", "15m", set(), _state(engine, "ready")
    yield "DatabaseNotReady", "an hour", "60m", _WARNING, _state(engine, "initializing")
    yield "DatabaseNotReady", "half an hour", "30m", set(), _state(engine, "initializing")
    yield "DatabaseNotReady", "it is ready", "60m", set(), _state(engine, "ready")
    if engine != "ps":
        changed, seen = (_database(engine, "observed_generation", count) for count in (1, 2))
        generation = _database(engine, "generation", 2)
        yield "DatabaseOperatorBehind", "a change is not seen", "20m", _WARNING, [generation, changed]
        yield "DatabaseOperatorBehind", "the change is seen", "20m", set(), [generation, seen]
    yield "DatabaseMetricsMissing", "nothing is there", "20m", _WARNING, []
    info = _database(engine, "info", version="1", operator_version="1", host="h")
    yield "DatabaseMetricsMissing", "it is seen", "20m", set(), [info]


def paused_scenarios(engine: str) -> Iterator[DatabaseScenario]:
    """With a sample an hour: a week of minutes would take long."""
    alert = "DatabasePausedTooLong"
    for what, values, told in (
        ("for eight days", "1x200", _WARNING),
        ("since a day", "0x170 1x30", set[str]()),
        ("with a day in between", "1x100 0x24 1x76", set[str]()),
        ("never", "0x200", set[str]()),
    ):
        series = of_kind(engine, "database", "paused", values)
        yield DatabaseScenario(alert, what, (series,), "192h", frozenset(told), engine=engine)


def backup(engine: str, name: str, state: str, created: float, completed: float | None = None) -> list[Series]:
    """A backup with all of its series."""
    word = {"psmdb": {"succeeded": "ready", "failed": "error"}}.get(engine, {}).get(state, state.title())
    found = [
        of_kind(engine, "backup", "created_timestamp_seconds", constant(created), backup=name),
        of_kind(engine, "backup", "state", constant(1), backup=name, state=state, operator_state=word),
    ]
    other = "failed" if state == "succeeded" else "succeeded"
    found.append(of_kind(engine, "backup", "state", constant(0), backup=name, state=other, operator_state="Other"))
    if completed is not None:
        done = of_kind(engine, "backup", "completed_timestamp_seconds", constant(completed), backup=name)
        found.append(done)
    return found


def _backups(engine: str) -> Iterator[_Row]:
    around = [_database(engine, "created_timestamp_seconds", 0), _database(engine, "paused", 0)]
    paused = [_database(engine, "created_timestamp_seconds", 0), _database(engine, "paused", 1)]
    old, young = backup(engine, "old", "succeeded", 0, 600), backup(engine, "young", "succeeded", DAY, DAY + 600)
    failed = backup(engine, "bad", "failed", DAY, DAY + 600)
    name = "DatabaseBackupTooOld"
    yield name, "31 hours", "31h", _CRITICAL, [*around, *old]
    yield name, "29 hours", "29h", set(), [*around, *old]
    yield name, "a younger one", "31h", set(), [*around, *old, *young]
    yield name, "the younger one failed", "31h", _CRITICAL, [*around, *old, *failed]
    yield name, "none at all", "31h", _CRITICAL, around
    yield name, "none yet", "10h", set(), around
    yield name, "it is paused", "31h", set(), [*paused, *old]
    name = "DatabaseBackupFailed"
    yield name, "after a good one", "25h", _WARNING, [*around, *old, *failed]
    yield name, "the first one", "25h", _WARNING, [*around, *failed]
    yield name, "before a good one", "31h", set(), [*around, *backup(engine, "bad", "failed", 600, 900), *young]
    yield name, "no failure", "31h", set(), [*around, *old, *young]
    if engine != "ps":
        point = "latest_restorable_timestamp_seconds"
        stands = of_kind(engine, "backup", point, constant(0), backup="old")
        goes = of_kind(engine, "backup", point, "0+300x400", backup="young")
        name = "DatabaseRecoveryPointTooOld"
        yield name, "it stands still", "75m", _CRITICAL, [*around, stands]
        yield name, "it goes on", "75m", set(), [*around, stands, goes]
        yield name, "it is paused", "75m", set(), [*paused, stands]


def _restores(engine: str) -> Iterator[_Row]:
    created = of_kind(engine, "restore", "created_timestamp_seconds", constant(0), restore="again")

    def state(word: str) -> list[Series]:
        return [
            of_kind(
                engine,
                "restore",
                "state",
                constant(1 if one == word else 0),
                restore="again",
                state=one,
                operator_state=one,
            )
            for one in ("pending", "running", "succeeded", "failed")
        ]

    yield "DatabaseRestoreStuck", "it runs", "250m", _CRITICAL, [created, *state("running")]
    yield "DatabaseRestoreStuck", "nobody looks at it", "250m", _CRITICAL, [created]
    yield "DatabaseRestoreStuck", "it runs, not long yet", "200m", set(), [created, *state("running")]
    yield "DatabaseRestoreStuck", "it succeeded", "250m", set(), [created, *state("succeeded")]
    yield "DatabaseRestoreFailed", "it failed", "10m", _CRITICAL, [created, *state("failed")]
    yield "DatabaseRestoreFailed", "long ago", "25h", set(), [created, *state("failed")]
    yield "DatabaseRestoreFailed", "it succeeded", "10m", set(), [created, *state("succeeded")]


def _infrastructure(engine: str) -> Iterator[_Row]:
    def volume(claim: str, left: float, namespace: str = NAMESPACE) -> list[Series]:
        labels = f'namespace="{namespace}", persistentvolumeclaim="{claim}", node="n1"'
        return [
            (f"kubelet_volume_stats_available_bytes{{{labels}}}", constant(left * 1e9)),
            (f"kubelet_volume_stats_capacity_bytes{{{labels}}}", constant(100e9)),
        ]

    name, mine = "DatabaseVolumeFilling", VOLUMES[engine]
    yield name, "ten per cent left", "30m", _WARNING, volume(mine, 10)
    yield name, "four per cent left", "30m", _WARNING | _CRITICAL, volume(mine, 4)
    yield name, "half is left", "30m", set(), volume(mine, 50)
    yield name, "another database's", "30m", set(), volume(mine.replace("orders", "orders2"), 4)
    yield name, "another namespace's", "30m", set(), volume(mine, 4, "other")

    def certificate(ends: float, name: str = CERTIFICATES[engine], **labels: str) -> list[Series]:
        known = {"name": name, "namespace": "cert-manager", "exported_namespace": NAMESPACE, **labels}
        text = ", ".join(f'{label}="{value}"' for label, value in known.items() if value)
        return [(f"certmanager_certificate_expiration_timestamp_seconds{{{text}}}", constant(ends))]

    name = "DatabaseCertificateExpiring"
    yield name, "ten days", "30m", _WARNING, certificate(10 * DAY)
    yield name, "two days", "30m", _WARNING | _CRITICAL, certificate(2 * DAY)
    honoured = certificate(10 * DAY, namespace=NAMESPACE, exported_namespace="")
    yield name, "ten days, with honorLabels", "30m", _WARNING, honoured
    yield name, "sixty days", "30m", set(), certificate(60 * DAY)
    yield name, "another database's", "30m", set(), certificate(DAY, "orders-more-ssl")
    yield name, "another namespace's", "30m", set(), certificate(DAY, exported_namespace="other")

    name = "DatabaseReplicationLag"
    if engine == "pg":
        yield name, "half a gigabyte", "15m", _WARNING, [_database(engine, "standby_lag_bytes", 512 * 2**20)]
        yield name, "a megabyte", "15m", set(), [_database(engine, "standby_lag_bytes", 2**20)]
        return
    metric = (
        "mongodb_mongod_replset_member_replication_lag"
        if engine == "psmdb"
        else "mysql_slave_status_seconds_behind_master"
    )
    behind, near = ([(f'{metric}{{cluster="orders", instance="i"}}', constant(value))] for value in (600, 2))
    yield name, "ten minutes", "15m", _WARNING, behind
    yield name, "two seconds", "15m", set(), near
