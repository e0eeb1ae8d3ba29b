"""What the four operators' custom resources have in common, read from each in its own words.

Fields are those of the operators PG 3.0.0, PS 1.2.0, PSMDB 1.22.0 and PXC 1.20.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dbaas_components.policy.item import Item, as_list, as_mapping, as_whole, value_at

ENGINES: Final = {
    "PerconaPGCluster": "pg",
    "PerconaServerMySQL": "ps",
    "PerconaServerMongoDB": "psmdb",
    "PerconaXtraDBCluster": "pxc",
}
UNGUARDED: Final = "dev"
"""The one profile that promises nothing: no data in it that anyone would miss."""
CRITICAL: Final = "critical"


def engine_of(item: Item) -> str | None:
    """The engine of a database (`pg`, `ps`, `psmdb`, `pxc`); None for every other resource."""
    return ENGINES.get(item.kind) if ".percona.com/" in item.type else None


def is_database(item: Item) -> bool:
    """Whether it is a database of any profile."""
    return engine_of(item) is not None


def is_guarded(item: Item) -> bool:
    """Whether it is a database with data that someone would miss: any profile but `dev`."""
    return is_database(item) and item.profile != UNGUARDED


def is_critical(item: Item) -> bool:
    """Whether it is a database of the profile `critical`."""
    return is_database(item) and item.profile == CRITICAL


def is_engine(*engines: str) -> Callable[[Item], bool]:
    """Whether it is a guarded database of one of these engines."""
    return lambda item: is_guarded(item) and engine_of(item) in engines


@dataclass(frozen=True, slots=True)
class Group:
    """Pods of one kind within a database.

    `role` is `data`, `proxy` or `helper` (arbiter, orchestrator); `votes` says that its members elect a leader among
    themselves. `claim` is the path of the volume's claim within `fields`, empty where it has none of its own.
    """

    path: str
    fields: Mapping[str, Any]
    role: str
    votes: bool
    size: int | None
    claim: str = ""

    def at(self, path: str) -> Any:
        """A value of the group, None where it is missing."""
        return value_at(self.fields, path)


def groups(item: Item) -> tuple[Group, ...]:
    """All groups of pods of a database that are on."""
    found = {"pg": _pg, "ps": _ps, "psmdb": _psmdb, "pxc": _pxc}[engine_of(item) or ""](item)
    return tuple(found)


def data_groups(item: Item) -> tuple[Group, ...]:
    """The groups that hold data."""
    return tuple(group for group in groups(item) if group.role == "data")


_CLAIM: Final = "volumeSpec.persistentVolumeClaim"


def _group(item: Item, path: str, role: str, *, votes: bool = False, claim: str = "", size: str = "size") -> Group:
    return _made(path, item.mapping(path), role, votes, claim, size)


def _made(path: str, fields: Mapping[str, Any], role: str, votes: bool, claim: str, size: str = "size") -> Group:
    return Group(path, fields, role, votes, as_whole(fields.get(size)), claim)


def _pg(item: Item) -> Iterator[Group]:
    for number, instance in enumerate(item.items("spec.instances")):
        # Patroni elects through Kubernetes, so that two instances are as good as three.
        path = f"spec.instances[{number}]"
        yield _made(path, as_mapping(instance), "data", False, "dataVolumeClaimSpec", "replicas")
    if item.mapping("spec.proxy.pgBouncer"):
        yield _group(item, "spec.proxy.pgBouncer", "proxy", size="replicas")


def _ps(item: Item) -> Iterator[Group]:
    replication = item.text("spec.mysql.clusterType") != "async"
    if item.mapping("spec.mysql"):
        yield _group(item, "spec.mysql", "data", votes=replication, claim=_CLAIM)
    for path in ("spec.proxy.haproxy", "spec.proxy.router"):
        if item.at(f"{path}.enabled") is True:
            yield _group(item, path, "proxy")
    if item.at("spec.orchestrator.enabled") is True:
        yield _group(item, "spec.orchestrator", "helper", votes=True)


def _psmdb(item: Item) -> Iterator[Group]:
    for number, members in enumerate(item.items("spec.replsets")):
        path, fields = f"spec.replsets[{number}]", as_mapping(members)
        whole = _made(path, fields, "data", True, _CLAIM)
        arbiters = as_whole(value_at(fields, "arbiter.size")) if value_at(fields, "arbiter.enabled") is True else 0
        yield whole if not arbiters else Group(path, fields, "data", True, (whole.size or 0) + arbiters, _CLAIM)
    if item.at("spec.sharding.enabled") is True:
        yield _group(item, "spec.sharding.configsvrReplSet", "data", votes=True, claim=_CLAIM)
        yield _group(item, "spec.sharding.mongos", "proxy")


def _pxc(item: Item) -> Iterator[Group]:
    if item.mapping("spec.pxc"):
        yield _group(item, "spec.pxc", "data", votes=True, claim=_CLAIM)
    for path in ("spec.haproxy", "spec.proxysql"):
        if item.at(f"{path}.enabled") is True:
            yield _group(item, path, "proxy")


@dataclass(frozen=True, slots=True)
class Exposure:
    """A Service of a database: the path of its fields, and they."""

    path: str
    fields: Mapping[str, Any]


_EXPOSURES: Final = {
    "pg": ("spec.expose", "spec.exposeReplicas", "spec.proxy.pgBouncer.expose"),
    "ps": (
        "spec.mysql.expose",
        "spec.mysql.exposePrimary",
        "spec.proxy.haproxy.expose",
        "spec.proxy.router.expose",
        "spec.orchestrator.expose",
    ),
    "psmdb": ("spec.sharding.mongos.expose", "spec.sharding.configsvrReplSet.expose"),
    "pxc": (
        "spec.pxc.expose",
        "spec.haproxy.exposePrimary",
        "spec.haproxy.exposeReplicas",
        "spec.proxysql.expose",
    ),
}


def exposures(item: Item) -> Iterator[Exposure]:
    """Every Service of a database that its custom resource speaks of and does not switch off."""
    engine = engine_of(item)
    found = [Exposure(path, item.mapping(path)) for path in _EXPOSURES.get(engine or "", ())]
    if engine == "psmdb":
        for number, members in enumerate(item.items("spec.replsets")):
            found.append(Exposure(f"spec.replsets[{number}].expose", as_mapping(value_at(members, "expose"))))
    return (one for one in found if one.fields and one.fields.get("enabled") is not False)


def names_of(values: Any) -> tuple[str, ...]:
    """The texts in a list."""
    return tuple(value for value in as_list(values) if isinstance(value, str))
