"""What a database asks for, read from its custom resource: CPU, memory, volumes, backups that are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, cast

from dbaas_components.diff.document import Saved
from dbaas_components.diff.effects import PodGroup, tables
from dbaas_components.diff.values import at, number

_GIB: Final = 2**30
_MOST: Final = 1_000
# Where the operators' custom resources keep a volume: PXC 1.20.0, PS 1.2.0, PSMDB 1.22.0 and PG 3.0.0.
_CLAIMS: Final = ("volumeSpec.persistentVolumeClaim", "dataVolumeClaimSpec", "walVolumeClaimSpec")
DEFAULT_CLASS: Final = ""
"""Stands for the Kubernetes cluster's own default StorageClass."""


@dataclass
class Sizes:
    """Everything that one database asks for."""

    vcpus: Fraction = Fraction(0)
    memory_gib: Fraction = Fraction(0)
    storage_gib: dict[str, Fraction] = field(default_factory=dict[str, Fraction])
    """Volumes by StorageClass."""
    data_gib: Fraction = Fraction(0)
    """Volumes that one whole copy of the data lies on: one member of each shard."""
    full_backups: int = 0
    """How many full backups are kept at once."""
    missing: list[str] = field(default_factory=list[str])
    """What it asks for and what cannot be counted, in words."""


def sizes_of(database: Saved) -> Sizes:
    """The sizes of a database. What is not known before an update, or not said at all, is among `missing`."""
    table = tables()[database.kind]
    found = Sizes()
    for group in table.pods:
        for name, part in _parts(database, group):
            _add_group(found, group, name, part)
    _add_repositories(found, database)
    _add_backups(found, database)
    return found


def _parts(database: Saved, group: PodGroup) -> Iterator[tuple[str, Mapping[str, Any]]]:
    base, listed, rest = group.at.partition("[*]")
    values: Any = at(database.inputs, base)
    items = cast("list[Any]", values) if listed and isinstance(values, list) else [] if listed else [values]
    # The operator reads what stands under `sharding` only while it is switched on.
    if base.startswith("spec.sharding.") and at(database.inputs, "spec.sharding.enabled") is not True:
        return
    for index, item in enumerate(items):
        part: Any = at(item, rest.lstrip(".")) if rest else item
        if not isinstance(part, Mapping):
            continue
        fields = cast("Mapping[str, Any]", part)
        if group.enabled and fields.get(group.enabled) is not True:
            continue
        key = str(at(item, "name") or index) if listed else ""
        yield f"{group.key}{f' {key}' if key else ''}", fields


def _add_group(found: Sizes, group: PodGroup, name: str, part: Mapping[str, Any]) -> None:
    told = number(part.get(group.size, 1))
    if told is None:
        found.missing.append(f"{name}: how many pods is not known")
        return
    count = min(max(int(told), 0), _MOST)
    if not count:
        return
    containers: list[Any] = [part, *_list(part.get("sidecars"))]
    for container in containers:
        whose = name if container is part else f"{name}, sidecar {at(container, 'name')}"
        for resource, unit in (("cpu", 1), ("memory", _GIB)):
            # Without a request, Kubernetes takes the limit for one.
            value: Any = at(container, f"resources.requests.{resource}")
            value = at(container, f"resources.limits.{resource}") if value is None else value
            amount = number(value)
            if amount is None:
                found.missing.append(f"{whose}: no request of {resource}")
            elif resource == "cpu":
                found.vcpus += amount * count
            else:
                found.memory_gib += amount * count / unit
    for index, place in enumerate(_CLAIMS):
        size = _add_claim(found, at(part, place), count, name)
        # The first two are the same volume in different engines; the third is the log's.
        if index < 2 and group.server and group.key == "server":
            found.data_gib += size
    for tablespace in _list(part.get("tablespaceVolumes")):
        found.data_gib += _add_claim(found, at(tablespace, "dataVolumeClaimSpec"), count, f"{name}, tablespace")


def _add_claim(found: Sizes, claim: Any, count: int, name: str) -> Fraction:
    if not isinstance(claim, Mapping):
        return Fraction(0)
    amount = number(at(cast("Mapping[str, Any]", claim), "resources.requests.storage"))
    if amount is None:
        found.missing.append(f"{name}: the size of its volume is not known")
        return Fraction(0)
    chosen: Any = cast("Mapping[str, Any]", claim).get("storageClassName")
    storage_class = chosen if isinstance(chosen, str) else DEFAULT_CLASS
    gib = amount / _GIB
    found.storage_gib[storage_class] = found.storage_gib.get(storage_class, Fraction(0)) + gib * count
    return gib


def _add_repositories(found: Sizes, database: Saved) -> None:
    """Volumes that backups lie on: pgBackRest's repositories, and storages that are claims."""
    for repository in _list(at(database.inputs, "spec.backups.pgbackrest.repos")):
        name = f"repository {at(repository, 'name')}"
        _add_claim(found, at(repository, "volume.volumeClaimSpec"), 1, name)
    storages: Any = at(database.inputs, "spec.backup.storages")
    for name, storage in _mapping(storages).items():
        if at(storage, "volume") is not None:
            found.missing.append(f"backup storage {name}: one volume for each backup")


def _add_backups(found: Sizes, database: Saved) -> None:
    spec = database.inputs
    schedules = [*_list(at(spec, "spec.backup.schedule")), *_list(at(spec, "spec.backup.tasks"))]
    for schedule in schedules:
        if at(schedule, "enabled") is False:
            continue
        kept = number(at(schedule, "retention.count"))
        kept = number(at(schedule, "keep")) if kept is None else kept
        name = at(schedule, "name")
        if kept is None or kept <= 0:
            found.missing.append(f"backups of schedule {name}: kept without end")
        elif at(schedule, "type") in ("incremental", "incremental-base"):
            found.missing.append(f"backups of schedule {name}: incremental")
        else:
            found.full_backups += min(int(kept), 10_000)
    settings = _mapping(at(spec, "spec.backups.pgbackrest.global"))
    for repository in _list(at(spec, "spec.backups.pgbackrest.repos")):
        name = str(at(repository, "name"))
        if at(repository, "volume") is not None or not at(repository, "schedules.full"):
            continue
        kept = number(settings.get(f"{name}-retention-full"))
        if kept is None:
            found.missing.append(f"backups in {name}: kept without end")
        elif settings.get(f"{name}-retention-full-type", "count") != "count":
            found.missing.append(f"backups in {name}: kept for {kept} days")
        else:
            found.full_backups += min(int(kept), 10_000)
        if at(repository, "schedules.incremental") or at(repository, "schedules.differential"):
            found.missing.append(f"backups in {name}: differential and incremental ones")


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
