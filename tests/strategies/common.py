"""What holds for all engines: the rules of `dbaas_components.databases.spec.rules`, said constructively."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from dbaas_components.databases.engine import Engine
from dbaas_components.databases.spec import part
from tests.strategies.drawing import Hand
from tests.strategies.space import Arguments, Table
from tests.strategies.words import bytes_between, dns_labels, durations, texts, values_of, words

_BUCKETS = ("s3", "gcs", "azure")
_UNPROTECTED: dict[str, tuple[Any, ...]] = {"deletion_protection": (False,)}
_BALANCED: dict[str, tuple[Any, ...]] = {".type": ("load_balancer",)}
_LETTERS = string.ascii_letters + string.digits


def bucket_paths() -> st.SearchStrategy[str]:
    """Paths in a bucket."""
    return st.lists(words(_LETTERS + "-._", first=_LETTERS), min_size=1, max_size=3).map("/".join)


def moments() -> st.SearchStrategy[str]:
    """Moments in UTC."""
    moment = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
    return moment.map(lambda at: at.replace(microsecond=0).isoformat().replace("+00:00", "Z"))


def common_table(engine: Engine) -> Table:
    """The table that stands below each engine's own."""
    roles = sorted(engine.versions.series[engine.versions.default])
    return Table(
        values={
            "name": dns_labels(min(engine.name_limit.characters, 15)),
            "version": st.sampled_from(list(engine.versions.series)),
            "replicas": st.sampled_from(engine.replicas.allowed),
            # Sizes that go together: what a volume has and may grow to, what is kept free and where it ends.
            "*.size": bytes_between(engine.minimum_storage, "900Gi"),
            "*storage_size": bytes_between("1Gi", "900Gi"),
            "*.log_size": bytes_between("1Gi", "900Gi"),
            "*config_storage.size": bytes_between(engine.minimum_storage, "900Gi"),
            "proxy.pool.size": values_of(part.Count),
            "*.max_size": bytes_between("1Ti", "16Ti"),
            "*.step": bytes_between("1Gi", "64Gi"),
            "*resources.cpu": st.integers(50, 4_000).map("{}m".format),
            "*resources.cpu_limit": st.integers(8, 64).map(str),
            "*resources.memory": bytes_between("256Mi", "32Gi"),
            "*resources.memory_limit": bytes_between("32Gi", "256Gi") | st.just("none"),
            "spread.nodes": st.sampled_from([True, False, "preferred", "preferred"]),
            "*liveness.success_threshold": st.just(1),
            "proxy.replicas": st.integers(2, 9),
            "image_registry": st.sampled_from(["docker.io", "mirror.example.com:5000/hub", "ghcr.io/example"]),
            "images": st.dictionaries(st.sampled_from(roles), values_of(part.Image), min_size=1, max_size=3),
            "tls.certificate_lifetime": durations(60, 60 * 24 * 90),
            "tls.authority_lifetime": durations(60 * 24 * 90, 60 * 24 * 3650),
            "backup.storages{}.prefix": bucket_paths(),
            "backup.storages{}.bucket": words(
                string.ascii_lowercase + string.digits + "-", first=string.ascii_lowercase
            ),
            "backup.schedules[].retention": st.integers(1, 365).map("{}d".format),
            "backup.pitr.interval": durations(1, 60 * 24),
            # A short one also asks for shorter intervals of shipped logs.
            "slo.rpo": durations(60 * 24 * 2, 60 * 24 * 30) | st.integers(5, 59).map("{}s".format),
            "data_source.path": bucket_paths().map("elsewhere/{}".format),
            "data_source.at": st.just("latest") | moments(),
            "data_source.lsn": st.builds("{:X}/{:X}".format, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
            "*configuration": texts(),
        },
        needs={
            "*.source_ranges": _BALANCED,
            "*.load_balancer_class": _BALANCED,
            "*.external_traffic_policy": {".type": ("load_balancer", "node_port")},
            "*.tolerations[].value": {".operator": ("Equal",)},
            "*.tolerations[].seconds": {".effect": ("NoExecute",)},
            "deletion.volumes": _UNPROTECTED,
            "deletion.backups": _UNPROTECTED,
            "encryption.vault": {"encryption.provider": ("vault",)},
            "encryption.secret": {"encryption.provider": ("secret",)},
            **{
                f"backup.storages{{}}.{name}": {".type": _BUCKETS}
                for name in ("bucket", "endpoint", "prefix", "credentials", "authority", "path_style", "verify_tls")
            },
            "backup.storages{}.region": {".type": ("s3",)},
            "backup.storages{}.encryption_key": {".type": ("s3",)},
            "backup.storages{}.checksum": {".type": ("s3",)},
            "backup.storages{}.skip_bucket_check": {".type": ("s3",)},
            "backup.storages{}.path_style": {".type": ("s3",)},
            "backup.storages{}.size": {".type": ("volume",)},
            "backup.storages{}.claim": {".type": ("volume",)},
        },
        companions={
            "backup": ("backup.storages{}.type",),
            "data_source": ("backup.storages{}.type",),
            "slo": ("backup.pitr.enabled",),
            "encryption.vault.store": ("encryption.vault.store.name", "encryption.vault.store_path"),
            "encryption.vault.store_path": ("encryption.vault.store.name",),
            "credentials.store_path": ("credentials.store.name",),
            "*.tier": ("storage_tiers",),
            "storage_tiers": ("storage.tier",),
        },
        alternatives=(
            ("backup.schedules[].keep", ".retention"),
            ("tls.issuer", "tls.secret"),
            ("data_source.at", "data_source.gtid", "data_source.lsn"),
        ),
        shape=("version", "profile", "size", "proxy.type", "replication.mode"),
        idle={
            "data_source.overwrite": "it lets a restore write over what is there, tried in tests/steps",
            "adopt": "the engine imports the custom resource instead of making it, tried in tests/steps",
            "slo.rto": "dbaas explain tells it, and drills are held against it",
            "deletion_protection": "the engine's protection of the resource, tried in tests/graph and tests/steps",
        },
        mend=_mend,
    )


def _mend(hand: Hand, arguments: Arguments) -> None:
    for exposure in arguments.get("expose", {}).values():
        if exposure.get("type") == "load_balancer":
            exposure.setdefault("source_ranges", hand.value("expose.write.source_ranges"))
    for pods in pods_in(arguments):
        for toleration in pods.get("tolerations", ()):
            if toleration.get("operator") == "Equal":
                toleration.setdefault("key", hand.value("pods.tolerations[].key"))
    for storage in storages_in(arguments):
        if "tier" in storage and "storage_class" not in storage:
            tiers = arguments.setdefault("storage_tiers", {})
            tiers.setdefault(storage["tier"], hand.value("storage.storage_class"))
    for path, key in (("users", "name"), ("instance_sets", "name"), ("roles", "name")):
        if path in arguments:
            arguments[path] = list({item[key]: item for item in arguments[path]}.values())
    _mend_encryption(hand, arguments)
    if "backup" in arguments:
        _mend_backup(hand, arguments, arguments["backup"])
    if (
        isinstance(arguments.get("storage"), dict)
        and arguments["storage"].keys() == {"size"}
        and hand.draw(st.booleans())
    ):
        arguments["storage"] = arguments["storage"]["size"]


def _mend_encryption(hand: Hand, arguments: Arguments) -> None:
    encryption = arguments.get("encryption", {})
    if encryption.get("provider") == "vault":
        encryption.setdefault("vault", hand.part("encryption.vault"))
    if encryption.get("provider") == "none" and arguments.get("profile") == "critical":
        arguments["profile"] = "standard"


def _mend_backup(hand: Hand, arguments: Arguments, backup: Arguments) -> None:
    storages: dict[str, Arguments] = backup["storages"]
    for index, storage in enumerate(storages.values()):
        if storage["type"] != "volume":
            storage.setdefault("bucket", hand.value("backup.storages{}.bucket"))
            # No two storages at one place.
            storage["bucket"] += str(index)
    for schedule in backup.get("schedules", ()):
        if "storage" in schedule:
            schedule["storage"] = hand.one_of(list(storages))
    if "storage" in backup.get("pitr", {}):
        backup["pitr"]["storage"] = hand.one_of(list(storages))
    _mend_schedules(hand, backup)
    source = arguments.get("data_source")
    if source and "overwrite" in source:
        source["overwrite"] = arguments["name"]
    if source:
        buckets = [name for name, storage in storages.items() if storage["type"] != "volume"]
        if not buckets:
            del arguments["data_source"]
        else:
            source["storage"] = hand.one_of(buckets)
            if "pitr_storage" in source:
                source["pitr_storage"] = hand.one_of(buckets)
    if "slo" in arguments:
        backup["pitr"]["enabled"] = True
        if arguments["slo"]["rpo"].endswith("s"):
            backup["pitr"].pop("interval", None)


def _mend_schedules(hand: Hand, backup: Arguments) -> None:
    schedules: list[Arguments] = list({item["name"]: item for item in backup.get("schedules", ())}.values())
    if not schedules:
        return
    first = next(iter(backup["storages"]))
    full = {
        item.get("storage", first)
        for item in schedules
        if item.get("type", "full") == "full" and item.get("enabled", True)
    }
    for schedule in list(schedules):
        place = schedule.get("storage", first)
        if schedule.get("type", "full") != "full" and place not in full:
            full.add(place)
            base = {"name": f"base-{len(full)}", "cron": hand.value("backup.schedules[].cron"), "type": "full"}
            schedules.append({**base, "storage": place} if hand.draw(st.booleans()) or place != first else base)
    backup["schedules"] = schedules


def pods_in(arguments: Any, path: str = "") -> Iterator[Arguments]:
    """The settings of every kind of pods."""
    for key, value in arguments.items() if isinstance(arguments, dict) else ():
        if key in ("pods", "config_pods") and path != "expose":
            yield value
        elif isinstance(value, list):
            for item in value:
                yield from pods_in(item, key)
        else:
            yield from pods_in(value, key)


def storages_in(arguments: Arguments) -> Iterator[Arguments]:
    """Every kind of volumes of database pods."""
    holders = [
        arguments,
        *(arguments.get(key, {}) for key in ("hidden", "nonvoting")),
        *arguments.get("instance_sets", ()),
    ]
    found = [holder.get("storage") for holder in holders]
    found.append(arguments.get("sharding", {}).get("config_storage"))
    yield from (storage for storage in found if isinstance(storage, dict))
