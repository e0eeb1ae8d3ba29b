"""What only Percona XtraDB Cluster takes, and what goes with what there."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from tests.strategies import mysql
from tests.strategies.drawing import Hand
from tests.strategies.space import Arguments, Table
from tests.strategies.words import texts, words

_LETTERS = string.ascii_letters + string.digits
_HAPROXY = {"proxy.type": ("haproxy",)}
_S3 = {".type": ("s3",)}


def _mend(hand: Hand, arguments: Arguments) -> None:
    if "spare_proxy" in arguments and arguments.get("proxy", {}).get("type") == "proxysql":
        arguments["spare_proxy"]["type"] = "haproxy"
    for user in arguments.get("users", ()):
        if user.get("grant_option"):
            user.setdefault("grants", ["SELECT"])
    backup = arguments.get("backup")
    if backup is None:
        return
    for storage in backup["storages"].values():
        if storage["type"] != "volume" and backup.get("delete_from_storage"):
            storage.setdefault("credentials", hand.value("backup.storages{}.credentials"))
        if storage["type"] == "volume":
            storage.setdefault("size", hand.value("backup.storages{}.size"))
        elif storage["type"] == "azure":
            storage.setdefault("credentials", hand.value("backup.storages{}.credentials"))
    _mend_logs(hand, arguments, backup)
    _mend_source(hand, arguments, backup)


def _mend_logs(hand: Hand, arguments: Arguments, backup: Arguments) -> None:
    """Logs go to a bucket, and with keys; where none is named to the first storage, by default too."""
    storages: dict[str, Arguments] = backup["storages"]
    buckets = [name for name, storage in storages.items() if storage["type"] != "volume"]
    pitr = backup.get("pitr", {})
    if arguments.get("profile") == "dev" and "pitr" not in backup:
        return
    if not pitr.get("enabled", True):
        return
    if pitr.get("resources"):
        pitr["resources"].setdefault("memory", hand.value("backup.pitr.resources.memory"))
    place = pitr.get("storage", next(iter(storages)))
    if place not in buckets:
        if not buckets:
            backup["pitr"] = {**pitr, "enabled": False}
            arguments.pop("slo", None)
            return
        place = hand.one_of(buckets)
        backup["pitr"] = {**pitr, "storage": place}
    storages[place].setdefault("credentials", hand.value("backup.storages{}.credentials"))


def _mend_source(hand: Hand, arguments: Arguments, backup: Arguments) -> None:
    source, storages = arguments.get("data_source"), backup["storages"]
    if not source:
        return
    source.setdefault("backup", hand.value("data_source.backup"))
    storages[source["storage"]].setdefault("credentials", hand.value("backup.storages{}.credentials"))
    if not {"at", "gtid"} & source.keys():
        if "pitr_storage" not in source:
            return
        source["at"] = hand.value("data_source.at")
    kind = storages[source["storage"]]["type"]
    if "pitr_storage" in source:
        source["pitr_storage"] = hand.one_of([name for name, one in storages.items() if one["type"] == kind])
    for name in {source["storage"], source.get("pitr_storage", source["storage"])}:
        storages[name].setdefault("credentials", hand.value("backup.storages{}.credentials"))


TABLE = Table(
    values={
        "overrides": st.just({"spec": {"updateStrategy": "RollingUpdate"}}),
        "parameters": mysql.parameters(),
        # The other one than the proxy in use; see above.
        "spare_proxy.type": st.just("proxysql"),
        "spare_proxy.configuration": texts().filter(lambda text: "{{" not in text),
        "proxy.configuration": texts().filter(lambda text: "{{" not in text),
        "users[].name": words(_LETTERS + "-._", first=_LETTERS).map("x{}".format),
        "users[].databases": st.lists(words(_LETTERS + "_$", first="abcXYZ_$"), min_size=1, max_size=3, unique=True),
        "users[].grants": st.lists(
            st.sampled_from(["SELECT", "INSERT", "create temporary tables", "EXECUTE", "ALL PRIVILEGES"]),
            min_size=1,
            max_size=3,
            unique=True,
        ),
        "users[].hosts": st.lists(
            st.sampled_from(["%", "10.%", "app.example.com", "192.168.0.0/255.255.0.0", "::1"]),
            min_size=1,
            max_size=3,
            unique=True,
        ),
        "encryption.vault.mount": words(_LETTERS + "-_/", first=_LETTERS),
        "data_source.backup": words(_LETTERS + "-.:_", first=_LETTERS),
        "data_source.gtid": mysql.transactions(),
    },
    needs={
        "proxy.storage_size": {"proxy.type": ("proxysql",)},
        "spare_proxy.storage_size": _HAPROXY,
        "spare_proxy.pods.readiness": {"proxy.type": ("proxysql",)},
        "spare_proxy.pods.liveness": {"proxy.type": ("proxysql",)},
        "proxy.pods.readiness": _HAPROXY,
        "proxy.pods.liveness": _HAPROXY,
        "expose.read": _HAPROXY,
        "backup.storages{}.storage_class": {".type": ("azure", "volume")},
        "backup.storages{}.authority": _S3,
        "backup.storages{}.path_style": _S3,
    },
    companions={
        "tls.internal_secret": ("tls.secret",),
        "data_source": ("credentials.secret", "data_source.backup"),
    },
    alternatives=(
        ("tls.secret", "tls.names"),
        ("tls.secret", "tls.certificate_lifetime"),
        ("tls.secret", "tls.authority_lifetime"),
        # The path would be taken for the bucket.
        ("backup.storages{}.path_style", ".endpoint"),
    ),
    mend=_mend,
)
