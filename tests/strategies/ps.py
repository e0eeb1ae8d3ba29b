"""What only Percona Server for MySQL takes, and what goes with what there."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from tests.strategies import mysql
from tests.strategies.common import moments
from tests.strategies.drawing import Hand
from tests.strategies.space import Arguments, Table
from tests.strategies.words import words

_LETTERS = string.ascii_letters + string.digits
_ASYNC = {"replication.mode": ("async",), "proxy.type": ("haproxy",)}
_HAPROXY = {"proxy.type": ("haproxy",)}
_ROUTER = {"proxy.type": ("router",)}


def _mend(hand: Hand, arguments: Arguments) -> None:
    if "spare_proxy" in arguments and arguments.get("proxy", {}).get("type") == "router":
        arguments["spare_proxy"]["type"] = "haproxy"
    if arguments.get("replication", {}).get("mode") == "async":
        arguments.get("proxy", {}).pop("type", None)
        if "replicas" in arguments:
            arguments["replicas"] = hand.one_of(range(3, 10))
    backup = arguments.get("backup")
    if backup is None:
        return
    storages: dict[str, Arguments] = backup["storages"]
    for storage in storages.values():
        storage.setdefault("credentials", hand.value("backup.storages{}.credentials"))
    # The profile's own schedule keeps so many too.
    if any("keep" in schedule for schedule in backup.get("schedules", [{"keep": None}])):
        backup["delete_from_storage"] = True
    pitr = backup.get("pitr", {})
    if pitr.get("enabled", True) and (pitr or arguments.get("profile") != "dev"):
        name = pitr.get("storage", next(iter(storages)))
        _fit_for_logs(hand, storages[name])
    source = arguments.get("data_source")
    if source:
        if "pitr_storage" in source and not {"at", "gtid"} & source.keys():
            source["at"] = hand.value("data_source.at")
        if {"at", "gtid"} & source.keys():
            _fit_for_logs(hand, storages[source.get("pitr_storage", source["storage"])])


def _fit_for_logs(hand: Hand, storage: Arguments) -> None:
    """What ships binary logs knows S3 only, and verifies."""
    storage.pop("verify_tls", None)
    if storage["type"] != "s3":
        kept = {key: storage[key] for key in ("bucket", "prefix", "credentials") if key in storage}
        storage.clear()
        storage.update(type="s3", **kept)


TABLE = Table(
    values={
        "overrides": st.just({"spec": {"updateStrategy": "RollingUpdate"}}),
        "parameters": mysql.parameters(),
        # The other one than the proxy in use; see below.
        "spare_proxy.type": st.just("router"),
        "orchestrator.replicas": st.sampled_from([3, 5, 7, 9]),
        "*initial_delay_seconds": st.integers(1, 600),
        "backup.storages{}.endpoint": st.sampled_from(["https://minio.example.com:9000", "http://minio"]),
        "tls.issuer.group": st.just("cert-manager.io"),
        "data_source.backup": words(_LETTERS + "-.:_", first=_LETTERS),
        "data_source.at": moments(),
        "data_source.gtid": mysql.transactions(),
    },
    needs={
        "orchestrator": _ASYNC,
        "proxy.pods.labels": _HAPROXY,
        "proxy.pods.liveness": _HAPROXY,
        "spare_proxy.pods.labels": _ROUTER,
        "spare_proxy.pods.liveness": _ROUTER,
        "backup.storages{}.storage_class": {".type": ("gcs", "azure")},
        "backup.schedules[].keep": {".type": ("full",)},
    },
    companions={
        "observability.pmm": ("credentials.secret",),
        "data_source": ("credentials.secret", "data_source.backup"),
    },
    alternatives=(("tls.secret", "deletion.certificates"), ("tls.secret", "tls.names")),
    idle={
        "backup.delete_from_storage": "the operator always deletes what retention drops; false is refused beside keep",
    },
    constant={
        "orchestrator.enabled": "true with asynchronous replication, and false without",
        "tls.issuer.group": "the operator looks for Issuers of cert-manager only",
    },
    mend=_mend,
)
