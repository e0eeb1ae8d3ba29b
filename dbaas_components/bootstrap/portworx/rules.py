"""Where storage that grows, copies or snapshots by itself and an operator that owns a database get in each other's way.

What operators do is that of PXC operator 1.20.0, PS 1.2.0, PSMDB 1.22.0 and PG 3.0.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from dbaas_components.bootstrap.cloud_profiles import tier_names
from dbaas_components.bootstrap.portworx.claims import CLAIMS, claim_names
from dbaas_components.bootstrap.portworx.spec import ApplicationBackup, Growth, Migration, PortworxSpec, Snapshots
from dbaas_components.databases.composition import compose
from dbaas_components.databases.spec import DatabaseSpec, parse_database
from dbaas_components.errors import Problem, SpecError
from dbaas_components.quantities import Quantity

EXTERNAL_GROWTH: Final[Mapping[str, Any]] = {"spec": {"storageScaling": {"enableExternalAutoscaling": True}}}
"""`overrides` of a database of pxc, ps or psmdb whose volumes something else than its operator grows."""
_MANY_COPIES: Final = 4


def parse_databases(spec: PortworxSpec) -> dict[str, DatabaseSpec]:
    """The databases that were named, with the storage classes of the cloud profile. Raises `SpecError` with every
    problem of every one."""
    tiers = {"storage_tiers": dict(tier_names(spec.cloud))} if spec.cloud else {}
    found: dict[str, DatabaseSpec] = {}
    problems: list[Problem] = []
    for name, args in spec.databases.items():
        try:
            database = parse_database(name, {**tiers, **_lists(args)})
        except SpecError as error:
            problems += [Problem(f"databases.{name}.{one.path}", one.message) for one in error.problems]
            continue
        if not database.namespace:
            message = "is needed here: claims are found by their namespace; write it"
            problems.append(Problem(f"databases.{name}.namespace", message))
        found[name] = database
    if problems:
        raise SpecError("portworx", problems)
    return found


def _lists(value: Any) -> Any:
    """With lists where there are tuples, as a database's own arguments have them."""
    if isinstance(value, Mapping):
        return {key: _lists(item) for key, item in cast("Mapping[str, Any]", value).items()}
    return [_lists(item) for item in cast("tuple[Any, ...]", value)] if isinstance(value, tuple) else value


def problems(spec: PortworxSpec, databases: Mapping[str, DatabaseSpec]) -> list[Problem]:
    """Combinations that break databases, each with the reason and the way that works."""
    found: list[Problem] = []
    for place, growth in enumerate(spec.growth):
        found += _growth(f"growth[{place}]", growth, databases[growth.database])
    for place, snapshots in enumerate(spec.snapshots):
        found += _snapshots(f"snapshots[{place}]", snapshots, databases[snapshots.database])
    for place, copies in enumerate(spec.application_backups):
        found += _copies(f"application_backups[{place}]", copies, databases)
    for place, migration in enumerate(spec.migrations):
        found += _migration(f"migrations[{place}]", migration, spec, databases)
    for name, database in databases.items():
        volume = volume_of(spec, database)
        if volume and volume.snapshots and _unprotected(database):
            found.append(Problem(f"databases.{name}.backup", _only_snapshots(database)))
    return found


def _growth(path: str, given: Growth, database: DatabaseSpec) -> Iterator[Problem]:
    if database.storage.autoscale:
        message = (
            f'"{database.name}" has storage.autoscale, by which its operator grows the same volumes; keep that one, '
            "or leave it out and write Autopilot's overrides"
        )
        yield Problem(f"{path}.database", message)
    elif not CLAIMS[database.engine].external_growth:
        message = (
            f'"{database.name}" is of {database.engine}, whose operator asks for the size in its custom '
            "resource again at every turn, and Kubernetes refuses a volume that shrinks back; "
            "raise storage.size there, and leave Autopilot out"
        )
        yield Problem(f"{path}.database", message)
    elif not _leaves_sizes_alone(database):
        message = (
            f'"{database.name}" would be taken back by its operator to the {database.storage.size} of its '
            "custom resource; write overrides {spec: {storageScaling: {enableExternalAutoscaling: true}}} in "
            "its arguments, with which the operator leaves sizes alone"
        )
        yield Problem(f"{path}.database", message)
    if Quantity.parse(given.max_size) <= Quantity.parse(database.storage.size):
        message = f"{given.max_size} is no more than the {database.storage.size} that it has; write more"
        yield Problem(f"{path}.max_size", message)


def _leaves_sizes_alone(database: DatabaseSpec) -> bool:
    scaling: Mapping[str, Any] = compose(database).database["spec"].get("storageScaling") or {}
    return scaling.get("enableExternalAutoscaling") is True


def _snapshots(path: str, given: Snapshots, database: DatabaseSpec) -> Iterator[Problem]:
    if not claim_names(database):
        message = (
            f'"{database.name}" is of {database.engine}, whose volumes get names that nobody knows '
            f"beforehand; write the schedule into the class of its tier instead, "
            f"cloud.tiers.<tier>.portworx.snapshots: [{given.schedule}]"
        )
        yield Problem(f"{path}.database", message)
    if _unprotected(database):
        yield Problem(f"{path}.database", _only_snapshots(database))


def _unprotected(database: DatabaseSpec) -> bool:
    """Whether it is to be kept and nothing backs it up by the clock."""
    return database.deletion_protection and not any(one.enabled for one in database.backup.schedules)


def _only_snapshots(database: DatabaseSpec) -> str:
    return (
        f'"{database.name}" is protected from deletion and has no backup schedule, so that these would be its '
        "only copies: they are crash-consistent, each volume at its own moment, and go with the storage; "
        "write backup.schedules"
    )


def _copies(path: str, given: ApplicationBackup, databases: Mapping[str, DatabaseSpec]) -> Iterator[Problem]:
    for database in databases.values():
        if database.namespace in given.namespaces and _unprotected(database):
            yield Problem(f"{path}.namespaces", _only_snapshots(database))


def _migration(
    path: str, given: Migration, spec: PortworxSpec, databases: Mapping[str, DatabaseSpec]
) -> Iterator[Problem]:
    for namespace in given.namespaces:
        names = [f'"{one.name}"' for one in databases.values() if one.namespace == namespace]
        if names:
            message = (
                f'"{namespace}" holds {", ".join(names)}, and an operator that runs there acts on custom '
                "resources, Secrets and volumes while they arrive one by one; replicate the database with its "
                "engine's own means, or restore a backup into a new one"
            )
            yield Problem(f"{path}.namespaces", message)
        elif namespace in spec.operator_namespaces:
            message = (
                f'"{namespace}" holds operators, which begin to act on the other side as soon as they arrive; '
                "install them there with Operators"
            )
            yield Problem(f"{path}.namespaces", message)


def warnings(spec: PortworxSpec, databases: Mapping[str, DatabaseSpec]) -> list[str]:
    """What is allowed and may not be meant: copies of copies, and a single one."""
    found: list[str] = []
    for database in databases.values():
        volume = volume_of(spec, database)
        if volume is None:
            continue
        copies = database.replicas * volume.replicas
        if volume.replicas > 1 and copies >= _MANY_COPIES:
            found.append(
                f"{database.name}: {database.replicas} replicas x {volume.replicas} copies of each volume write all "
                f"data {copies} times; a tier with portworx.replicas 1 leaves copies to the database, "
                "and a pod then waits for its node"
            )
        elif copies == 1:
            found.append(
                f"{database.name}: one replica on a volume of one copy; the loss of a node is the loss of the data"
            )
    return found


def volume_of(spec: PortworxSpec, database: DatabaseSpec) -> Any:
    """The Portworx volumes of the tier that a database's data is on; None where it is on another storage."""
    if spec.cloud is None:
        return None
    names = {name: tier for tier, name in tier_names(spec.cloud).items()}
    tier = names.get(
        database.storage.storage_class or "", None if database.storage.storage_class else database.storage.tier
    )
    return spec.cloud.tiers[tier].portworx if tier in spec.cloud.tiers else None
