"""The parsed topology with the database of each site: what the engines' files compute from. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from dbaas_components.databases.engine import Placed
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.dr.topology.spec import Region, Topology
from dbaas_components.errors import Problem

EPOCH: Final = "{epoch}"
"""What stands for the number of the epoch in a role's value."""
_STEP: Final = re.compile(r'\["([^"]+)"\]|([^.\[\]]+)')


@dataclass(frozen=True, slots=True)
class Site:
    """One region's part of the topology."""

    region: str
    settings: Region
    spec: DatabaseSpec
    """The database of this site, without the fields of its role."""
    arguments: Mapping[str, Any]
    """The arguments that `spec` was made of."""
    roots: Mapping[str, str]
    """Storages to the path below which all sites keep what is theirs."""


@dataclass(frozen=True, slots=True)
class Design:
    """A topology and its sites."""

    topology: Topology
    sites: Mapping[str, Site]
    """Sites by region, in the order given."""

    @property
    def primary(self) -> Site:
        """The site that is primary when the databases are made."""
        return self.sites[self.topology.primary_region]

    def others(self, site: Site) -> list[Site]:
        """The other sites, in their order."""
        return [one for one in self.sites.values() if one.region != site.region]


@dataclass(frozen=True, slots=True)
class RoleField:
    """One field whose value follows from which site is primary."""

    object: Literal["database", "cluster_set", "traffic"]
    """Whose: the site's database, the ClusterSet, or the record or Service of `traffic`."""
    path: str
    """The field's path as `ignore_changes` takes it."""
    value: Any
    """Its value; None where the field is not there. `{epoch}` in a text stands for the epoch's number."""

    def at_epoch(self, epoch: int) -> RoleField:
        """The same with the number of the epoch in place."""
        value = self.value.replace(EPOCH, str(epoch)) if isinstance(self.value, str) else self.value
        return RoleField(self.object, self.path, value)


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """A Secret of the primary that the standbys need under the name that they have for it."""

    role: str
    """What it is for; part of its path in the store."""
    secret: str
    """Its name at the site in question."""


def nothing(*_: Any) -> Iterable[Any]:
    """For an engine that has none."""
    return ()


@dataclass(frozen=True, slots=True)
class EngineTopology:
    """What one engine has to say of itself to be spread over regions."""

    engine: str
    modes: tuple[str, ...]
    """Its modes, the default first."""
    port: int
    """Port by which the sites reach each other."""
    arguments: Callable[[Topology, Region, DatabaseSpec], Mapping[str, Any]]
    """What a site's database needs beside what was given, as arguments of `ManagedDatabase`."""
    fields: Callable[[Design, Site], Mapping[str, Any]]
    """Fields of a site's custom resource that are the same whatever its role is."""
    roles: Callable[[Design, Site, Site], Iterable[RoleField]]
    """Design, site and primary site to the fields of the site's objects in the role that follows."""
    problems: Callable[[Design], Iterable[Problem]]
    """What this engine cannot do."""
    limits: Callable[[Design], Iterable[str]]
    """What the user has to know all the same, in sentences."""
    secrets: Callable[[Design, Site], Iterable[SharedSecret]] = nothing
    """The shared Secrets by their names at a site, in the same order at all sites."""
    objects: Callable[[Design, Site], Iterable[Placed]] = nothing
    """Objects beside the site's database."""
    name_by_region: bool = False
    """Whether the sites' databases must differ in name, so that the region becomes part of it."""


def nested(path: str, value: Any) -> dict[str, Any]:
    """A value at a path, in mappings."""
    steps = [quoted or plain for quoted, plain in _STEP.findall(path)]
    result: Any = value
    for step in reversed(steps):
        result = {step: result}
    return cast("dict[str, Any]", result)


def exposure(region: Region, others: Iterable[Region]) -> dict[str, Any]:
    """The way in for the other sites, as an argument of `ManagedDatabase`."""
    given = region.exposure
    others = tuple(others)
    # Of one region alone it is told that it is one, and nothing of a way in that nobody would take.
    kind = given.type if others else "internal"
    ranges = given.source_ranges or tuple(network for other in others for network in other.networks)
    return {
        "type": kind,
        "annotations": dict(given.annotations),
        **({"source_ranges": ranges} if kind == "load_balancer" else {}),
    }


def port_of(region: Region, usual: int) -> int:
    """The port by which the other sites reach a site."""
    return region.port or usual


def is_name(host: str) -> bool:
    """Whether a host is a name and no address, so that a certificate can bear it as one."""
    return not re.fullmatch(r"[0-9.]+", host)
