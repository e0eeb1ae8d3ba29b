"""What only PostgreSQL takes, and what goes with what there."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from tests.strategies.drawing import Hand
from tests.strategies.space import Arguments, Table
from tests.strategies.words import Strategy, dns_labels, words

_LOWER = string.ascii_lowercase + string.digits
_POOLER = {"proxy.type": ("pgbouncer",)}
_S3 = {".type": ("s3",)}
_MOST_INSTANCES = 9
_OWN_RETENTION = "pgBackRest ships logs always, and deletes what its retention drops"


def _mend(hand: Hand, arguments: Arguments) -> None:
    _mend_instances(hand, arguments)
    _mend_users(hand, arguments)
    extensions, pmm = arguments.get("extensions", []), arguments.get("observability", {}).get("pmm", {})
    if pmm.get("query_source") and extensions:
        arguments["extensions"] = [one for one in extensions if not one.startswith("pg_stat")] or ["pgvector"]
    backup = arguments.get("backup")
    if backup is None:
        return
    google: str | None = None
    for storage in backup["storages"].values():
        if storage["type"] == "s3":
            storage.setdefault("region", hand.value("backup.storages{}.region"))
        if storage["type"] == "azure":
            storage.setdefault("credentials", hand.value("backup.storages{}.credentials"))
        if storage["type"] == "gcs" and "credentials" in storage:
            google = storage["credentials"] = google or storage["credentials"]
    if "schedules" in backup:
        first = next(iter(backup["storages"]))
        # One of each type for each storage.
        one_each = {(one.get("storage", first), one.get("type", "full")): one for one in reversed(backup["schedules"])}
        backup["schedules"] = list(one_each.values())
        for schedule in backup["schedules"]:
            schedule.pop("enabled", None) if schedule.get("type", "full") == "full" else None


def _mend_instances(hand: Hand, arguments: Arguments) -> None:
    sets = arguments.get("instance_sets", [])
    if arguments.get("replication", {}).get("synchronous") and not sets:
        arguments.setdefault("replicas", 3)
    if not sets:
        return
    if arguments.get("replicas", 3) > 3:
        arguments["replicas"] = hand.one_of([1, 2, 3])
    left = _MOST_INSTANCES - 3
    for one in sets:
        if "replicas" in one:
            one["replicas"] = min(one["replicas"], max(1, left - len(sets)))
            left -= one["replicas"]


def _mend_users(hand: Hand, arguments: Arguments) -> None:
    users: list[Arguments] = arguments.get("users", [])
    if any(user.get("public_schema") for user in users) and arguments.get("version") == "14":
        arguments["version"] = "15"
    secrets: set[str] = set()
    for user in users:
        if user.get("secret") in secrets:
            del user["secret"]
        secrets.add(user.get("secret", ""))
    if users and "databases" in arguments:
        known = users[0].setdefault("databases", [])
        known += [database for database in arguments["databases"] if database not in known]


def _databases() -> Strategy:
    names = words(string.ascii_letters + string.digits + " _-é", first=string.ascii_letters)
    return st.lists(names, min_size=1, max_size=3, unique=True)


def _parameters() -> Strategy:
    names = st.sampled_from(["max_connections", "work_mem", "wal_compression", "pgaudit.role"]) | words(
        _LOWER + "_", first="xyz"
    )
    values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=15) | st.integers(-(2**31), 2**31 - 1)
    return st.dictionaries(names, values | st.booleans() | st.floats(-1e6, 1e6), min_size=1, max_size=4)


def _endpoints() -> Strategy:
    host = words(_LOWER + "-.", first=_LOWER)
    return st.builds("https://{}{}".format, host, st.sampled_from(["", ":9000", "/"]))


TABLE = Table(
    values={
        "overrides": st.just({"spec": {"openshift": False}}),
        "parameters": _parameters(),
        "proxy.parameters": st.dictionaries(
            st.sampled_from(["server_idle_timeout", "query_wait_timeout", "application_name_add_host"]),
            st.integers(0, 10_000) | st.text(string.ascii_letters, min_size=1, max_size=8),
            min_size=1,
            max_size=3,
        ),
        "instance_sets[].name": dns_labels(12).map("set-{}".format),
        "users[].name": words(_LOWER + "-", first=_LOWER),
        "users[].databases": _databases(),
        "databases": _databases(),
        "users[].options": st.sampled_from(["CREATEDB", "SUPERUSER", "LOGIN CONNECTION LIMIT 10", "NOINHERIT"]),
        "users[].secret": words(_LOWER + "-", first=_LOWER),
        "extensions": st.lists(
            st.sampled_from(["pg_stat_monitor", "pgaudit", "pgvector", "pg_repack"]), min_size=1, unique=True
        )
        | st.just(["pg_stat_statements", "pgvector"]),
        "patroni.leader_lease_seconds": st.integers(36, 300),
        "patroni.sync_period_seconds": st.integers(1, 24),
        "backup.storages{}.endpoint": _endpoints(),
        "backup.pitr.enabled": st.just(True),
        "backup.delete_from_storage": st.just(True),
        "data_source.backup": st.sampled_from(["20261120-010000F", "20261120-010000F_20261121-010000D"]),
    },
    needs={
        "proxy.pool": _POOLER,
        "proxy.parameters": _POOLER,
        "proxy.superusers": _POOLER,
        "expose.primary": _POOLER,
        "backup.storages{}.storage_class": {".type": ("volume",)},
        "backup.storages{}.path_style": {".type": ("s3", "azure")},
        "backup.storages{}.encryption_key": _S3,
        "backup.schedules[].keep": {".type": ("full", "differential")},
        "backup.schedules[].retention": {".type": ("full",)},
    },
    companions={
        "tls.names": ("tls.issuer.name",),
        "tls.secret": ("tls.internal_secret",),
        "tls.internal_secret": ("tls.secret",),
    },
    alternatives=(
        ("tls.issuer", "tls.internal_secret"),
        ("tls.issuer", "tls.authority_secret"),
    ),
    idle={"backup.schedules[].name": "pgBackRest's schedules have no names; dbaas explain tells them by it"},
    constant={
        "automatic_recovery": "instances come back by themselves",
        "backup.pitr.enabled": _OWN_RETENTION,
        "backup.delete_from_storage": _OWN_RETENTION,
    },
    mend=_mend,
)
