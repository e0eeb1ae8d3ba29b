"""What only Percona Server for MongoDB takes, and what goes with what there."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from tests.strategies.common import pods_in
from tests.strategies.drawing import Hand
from tests.strategies.space import Arguments, Table
from tests.strategies.words import Strategy, dns_labels, words

_LETTERS = string.ascii_letters + string.digits
_S3 = {".type": ("s3",)}
_FULL = {".type": ("full",)}
_AS_THE_OTHERS = "these members take it from the others"
_ONE_SCHEDULER = "the operator has one scheduler for all pods"
_ONE_SETTING = "the operator has one setting for all volumes"
_COMES_BACK = "a replica set comes back by itself"


def _mend(hand: Hand, arguments: Arguments) -> None:
    if arguments.get("profile") != "dev":
        for pods in pods_in(arguments):
            if "grace_period_seconds" in pods:
                pods["grace_period_seconds"] = max(pods["grace_period_seconds"], 30)
    sharded = "sharding" in arguments
    if not sharded:
        for path in ("configuration", "parameters"):
            arguments.get("proxy", {}).pop(path, None)
    if "type" in arguments.get("proxy", {}):
        arguments["proxy"]["type"] = "mongos" if sharded else "none"
    for user in arguments.get("users", ()):
        if not user.get("roles"):
            user["roles"] = [hand.part("users[].roles")]
    for role in arguments.get("roles", ()):
        for privilege in role.get("privileges", ()):
            if privilege.get("cluster"):
                privilege.pop("database", None)
                privilege.pop("collection", None)
    if arguments.get("arbiter", {}).get("enabled") is False:
        arguments["replicas"] = hand.one_of([3, 5, 7])
    backup = arguments.get("backup")
    if backup is not None:
        _mend_storages(hand, backup)
        _mend_logs(hand, arguments, backup)
    if arguments.get("data_source", {}).get("method") == "physical":
        encryption = arguments.setdefault("encryption", {"provider": "secret"})
        if encryption["provider"] == "vault":
            encryption["vault"].setdefault("path", hand.value("encryption.vault.path"))
        elif encryption["provider"] == "secret":
            encryption.setdefault("secret", hand.value("encryption.secret"))


def _mend_storages(hand: Hand, backup: Arguments) -> None:
    for storage in backup["storages"].values():
        if storage["type"] == "volume":
            storage.setdefault("claim", hand.value("backup.storages{}.claim"))
            continue
        if storage["type"] != "s3" or {"authority", "encryption_key"} & storage.keys():
            storage.setdefault("credentials", hand.value("backup.storages{}.credentials"))
        if "authority" in storage:
            storage.setdefault("endpoint", hand.value("backup.storages{}.endpoint"))


def _mend_logs(hand: Hand, arguments: Arguments, backup: Arguments) -> None:
    """Logs are shipped where a schedule backs up to the first storage; incrementals build on fulls of no method."""
    first = next(iter(backup["storages"]))
    schedules: list[Arguments] = backup.get("schedules", [])
    for one in schedules:
        if one.get("type", "full") == "incremental":
            for other in schedules:
                if other.get("storage", first) == one.get("storage", first):
                    other.pop("method", None)
    pitr = backup.get("pitr")
    if pitr is None or not pitr.get("enabled", True):
        return
    if "schedules" not in backup and arguments.get("profile") != "dev":
        return
    if not any(one.get("enabled", True) and one.get("storage", first) == first for one in schedules):
        cron = hand.value("backup.schedules[].cron")
        backup["schedules"] = [*schedules, {"name": "for-the-logs", "cron": cron, "storage": first}]


def _settings() -> Strategy:
    """Dotted paths of which none goes on below another."""
    names = st.sampled_from(
        ["systemLog.verbosity", "operationProfiling.mode", "setParameter.cursorTimeoutMillis", "storage.journal"]
    )
    values = st.integers(-(2**53), 2**53) | st.booleans() | st.text(st.characters(codec="ascii", categories=["L", "N"]))
    return st.dictionaries(names, values | st.floats(-1e6, 1e6), min_size=1, max_size=4)


def _configurations() -> Strategy:
    levels = st.integers(0, 5).map("systemLog:\n  verbosity: {}\n".format)
    return levels.map("auditLog:\n  destination: console\n{}".format)


TABLE = Table(
    values={
        "overrides": st.just({"spec": {"updateStrategy": "RollingUpdate"}}),
        "parameters": _settings(),
        "proxy.parameters": _settings(),
        "proxy.configuration": _configurations(),
        "sharding.config_parameters": _settings(),
        "sharding.config_replicas": st.sampled_from([3, 5, 7]),
        "hidden.replicas": st.integers(1, 5),
        "nonvoting.replicas": st.integers(1, 37),
        "replica_set": dns_labels(10).map("r{}".format),
        "*grace_period_seconds": st.integers(1, 29) | st.integers(30, 86_400),
        "users[].name": words(_LETTERS + "-._", first=_LETTERS).map("x{}".format),
        "encryption.secret": dns_labels(),
        "encryption.vault.secret": dns_labels(),
        "encryption.vault.mount": words(_LETTERS + "-_/", first=_LETTERS),
        "encryption.vault.path": words(_LETTERS + "-_/", first=_LETTERS),
        "data_source.backup": st.sampled_from(["2026-11-20T01:00:21Z", "2025-01-31T23:59:59Z"]),
    },
    needs={
        "arbiter": {"replicas": (4, 6)},
        **{f"backup.storages{{}}.{name}": _S3 for name in ("authority", "path_style", "storage_class", "verify_tls")},
        "backup.storages{}.endpoint": {".type": ("s3", "azure")},
        "backup.schedules[].keep": _FULL,
        "backup.schedules[].method": _FULL,
    },
    companions={
        "proxy.configuration": ("sharding",),
        "proxy.parameters": ("sharding",),
        "proxy.pods": ("sharding",),
        "proxy.replicas": ("sharding",),
        "expose.write": ("sharding",),
        "tls.names": ("tls.issuer.name",),
        "data_source": ("credentials.secret", "data_source.backup"),
    },
    alternatives=(
        ("proxy.configuration", "proxy.parameters"),
        ("tls.secret", "tls.certificate_lifetime"),
        ("backup.storages{}.authority", ".storage_class", ".encryption_key"),
    ),
    constant={"automatic_recovery": _COMES_BACK},
    refused={
        "backup.storages{}.size": "the claim is there already",
        **{f"{group}.pods.scheduler": _ONE_SCHEDULER for group in ("arbiter", "hidden", "nonvoting", "proxy")},
        "sharding.config_pods.scheduler": _ONE_SCHEDULER,
        **{f"{group}.storage.autoscale": _ONE_SETTING for group in ("hidden", "nonvoting")},
        "sharding.config_storage.autoscale": _ONE_SETTING,
        **{f"{group}.storage.log_size": "it is PostgreSQL's" for group in ("hidden", "nonvoting")},
        "sharding.config_storage.log_size": "it is PostgreSQL's",
    },
    idle={
        "proxy.type": "it follows from sharding",
        "arbiter.enabled": "with another count of replicas, which an arbiter's vote makes odd, it does",
    },
    mend=_mend,
)
