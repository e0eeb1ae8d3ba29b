"""Processors, memory and storage: that they are asked for, and that they can grow without surprise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from dbaas_components.policy.backups import storages
from dbaas_components.policy.databases import Group, data_groups, groups, is_critical, is_engine, is_guarded
from dbaas_components.policy.fragments import database, examples, manifest
from dbaas_components.policy.inventory import Inventory
from dbaas_components.policy.item import Item, Secret, value_at
from dbaas_components.policy.rule import Rule, Severity, Violation
from dbaas_components.quantities import Quantity


def _amount(value: Any) -> Quantity | None:
    """The quantity that a value stands for; None for what is missing, not known yet or none."""
    if value is None or isinstance(value, Secret):
        return None
    try:
        return Quantity.parse(str(value))
    except ValueError:
        return None


def _requests(item: Item, _: Inventory) -> Iterator[Violation]:
    for group in groups(item):
        missing = [name for name in ("cpu", "memory") if group.at(f"resources.requests.{name}") is None]
        if group.role == "data" and missing:
            yield Violation(f"{group.path}.resources.requests", f"says nothing of {' and '.join(missing)}")


def _memory_is_its_own(item: Item, _: Inventory) -> Iterator[Violation]:
    for group in data_groups(item):
        asked, most = _amount(group.at("resources.requests.memory")), _amount(group.at("resources.limits.memory"))
        if asked and most and asked != most:
            yield Violation(f"{group.path}.resources", f"asks for {asked} of memory and may take {most}")


def _limited(item: Item, _: Inventory) -> Iterator[Violation]:
    for group in data_groups(item):
        if group.at("resources.limits.memory") is None:
            yield Violation(f"{group.path}.resources.limits.memory", "is missing")


def _claims(item: Item) -> Iterator[tuple[str, Group]]:
    return ((f"{group.path}.{group.claim}", group) for group in data_groups(item) if group.claim)


def _class_named(item: Item, _: Inventory) -> Iterator[Violation]:
    for path, group in _claims(item):
        if group.at(group.claim) is not None and group.at(f"{group.claim}.storageClassName") is None:
            yield Violation(f"{path}.storageClassName", "is missing: the cluster's default of that day is taken")


def _persistent(item: Item, _: Inventory) -> Iterator[Violation]:
    for group in data_groups(item):
        for kind in ("emptyDir", "hostPath"):
            if value_at(group.fields, f"volumeSpec.{kind}") is not None:
                yield Violation(f"{group.path}.volumeSpec.{kind}", "the data goes with the pod or its node")
        size = _amount(group.at(f"{group.claim}.resources.requests.storage"))
        if group.at(group.claim) is not None and size is not None and size.amount <= 0:
            yield Violation(f"{group.path}.{group.claim}", "asks for no storage")


def _growth(item: Item, _: Inventory) -> Iterator[Violation]:
    path = "spec.storageScaling.autoscaling"
    if item.at(f"{path}.enabled") is not True:
        return
    if item.absent(f"{path}.maxSize"):
        yield Violation(f"{path}.maxSize", "is missing: a loop that writes grows the bill without end")
    most = _amount(item.at(f"{path}.maxSize"))
    for claim, group in _claims(item):
        size = _amount(group.at(f"{group.claim}.resources.requests.storage"))
        if most and size and most <= size:
            yield Violation(f"{path}.maxSize", f"{most} is not above the {size} of {claim}: nothing can grow")


def _can_grow(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.at("allowVolumeExpansion") is not True:
        yield Violation("allowVolumeExpansion", "is not true: a full volume cannot be made larger")


def _repositories_hold(item: Item, _: Inventory) -> Iterator[Violation]:
    sizes = [_amount(group.at(f"{group.claim}.resources.requests.storage")) for _, group in _claims(item)]
    data = max((size for size in sizes if size), default=None)
    for storage in storages(item):
        room = _amount(value_at(storage.fields, "volume.volumeClaimSpec.resources.requests.storage"))
        if data and room and room < data:
            yield Violation(storage.path, f"has {room} for backups of up to {data}")


def _priority(item: Item, _: Inventory) -> Iterator[Violation]:
    for group in data_groups(item):
        if group.at("priorityClassName") is None:
            yield Violation(f"{group.path}.priorityClassName", "is missing: a full node puts it out for anything")


def _data(**fields: Any) -> dict[str, Any]:
    return {"pxc": {"size": 3, **fields}}


def _claim(size: str, **fields: Any) -> dict[str, Any]:
    return {"volumeSpec": {"persistentVolumeClaim": {"resources": {"requests": {"storage": size}}, **fields}}}


def _pg(room: str) -> dict[str, Any]:
    claim = {"resources": {"requests": {"storage": "50Gi"}}}
    volume = {"volumeClaimSpec": {"resources": {"requests": {"storage": room}}}}
    repositories = [{"name": "repo1", "volume": volume}]
    instances = [{"replicas": 3, "dataVolumeClaimSpec": claim}]
    return {"instances": instances, "backups": {"pgbackrest": {"repos": repositories}}}


def _scaling(**autoscaling: Any) -> dict[str, Any]:
    return {"storageScaling": {"autoscaling": {"enabled": True, **autoscaling}}, **_data(**_claim("50Gi"))}


_ASKED = {"cpu": "2", "memory": "8Gi"}
_CLASS = ("storage.k8s.io/v1", "StorageClass")

RULES: Final = (
    Rule(
        id="capacity/requests",
        severity=Severity.ERROR,
        reason="a pod that asks for nothing is put on any node and is the first that the node puts out",
        fix="write a `size`, or `pods.resources` with cpu and memory",
        applies=is_guarded,
        check=_requests,
        examples=examples(
            database("pxc", _data(resources={"requests": _ASKED})),
            database("pxc", _data(resources={"requests": {"cpu": "2"}})),
        ),
    ),
    Rule(
        id="capacity/memory-limited",
        severity=Severity.WARNING,
        reason="a server sizes its caches by its limit, and without one takes its neighbours' memory",
        fix="write a `size`, or `pods.resources` with memory",
        applies=is_guarded,
        check=_limited,
        examples=examples(
            database("pxc", _data(resources={"limits": {"memory": "8Gi"}})),
            database("pxc", _data(resources={"requests": _ASKED})),
        ),
    ),
    Rule(
        id="capacity/memory-is-its-own",
        severity=Severity.WARNING,
        reason="memory that others were promised too is missing under load, and the kernel then kills the server",
        fix="ask for as much memory as the limit allows",
        applies=is_guarded,
        check=_memory_is_its_own,
        examples=examples(
            database("pxc", _data(resources={"requests": _ASKED, "limits": {"memory": "8Gi"}})),
            database("pxc", _data(resources={"requests": _ASKED, "limits": {"memory": "16Gi"}})),
        ),
    ),
    Rule(
        id="capacity/storage-persistent",
        severity=Severity.ERROR,
        reason="data on a pod's own disk is gone with the pod",
        fix="write `storage`",
        applies=is_guarded,
        check=_persistent,
        examples=examples(
            database("pxc", _data(**_claim("50Gi"))), database("pxc", _data(volumeSpec={"emptyDir": {}}))
        ),
    ),
    Rule(
        id="capacity/storage-class-named",
        severity=Severity.WARNING,
        reason="the cluster's default may be slow, not encrypted, or another one tomorrow",
        fix="write `storage.tier` or `storage.storage_class`",
        applies=is_guarded,
        check=_class_named,
        examples=examples(
            database("pxc", _data(**_claim("50Gi", storageClassName="fast"))), database("pxc", _data(**_claim("50Gi")))
        ),
    ),
    Rule(
        id="capacity/volumes-can-grow",
        severity=Severity.ERROR,
        reason="a full volume stops the database, and the way out is then a restore",
        fix="write `allowVolumeExpansion: true` in the storage class",
        applies=lambda item: item.kind == "StorageClass" and item.is_object,
        check=_can_grow,
        examples=examples(
            manifest(*_CLASS, {"allowVolumeExpansion": True}), manifest(*_CLASS, {"provisioner": "ebs.csi.aws.com"})
        ),
    ),
    Rule(
        id="capacity/growth-limited",
        severity=Severity.ERROR,
        reason="volumes grow and never shrink again",
        fix="write a `storage.autoscaling.max_size` above the size",
        applies=is_engine("ps", "psmdb", "pxc"),
        check=_growth,
        examples=examples(database("pxc", _scaling(maxSize="200Gi")), database("pxc", _scaling())),
    ),
    Rule(
        id="capacity/repository-holds-backups",
        severity=Severity.WARNING,
        reason="PostgreSQL keeps every log that it could not archive, until its own volume is full too",
        fix="give the repository at least the size of the data for each backup that is kept",
        applies=is_engine("pg"),
        check=_repositories_hold,
        examples=examples(database("pg", _pg("150Gi")), database("pg", _pg("10Gi"))),
    ),
    Rule(
        id="capacity/priority",
        severity=Severity.WARNING,
        reason="a node under pressure puts out what is least important, and without a class that is the database",
        fix="write `pods.priority`, a class that the platform has",
        applies=is_critical,
        check=_priority,
        examples=examples(
            database("pxc", _data(priorityClassName="dbaas-critical"), profile="critical"),
            database("pxc", _data(), profile="critical"),
        ),
    ),
)
