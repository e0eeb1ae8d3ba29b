"""The stack's databases over several regions: what the stack knows of each region is added to what is written."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbaas_components.databases.layers import Layer, merged
from dbaas_components.dr.topology.design import Design
from dbaas_components.dr.topology.engines import TOPOLOGIES
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.places import SHARED_ARCHIVE
from dbaas_components.errors import Problem, SpecError, one_of, shown
from stacks.buckets import Backed
from stacks.placed import PlacedDatabase, name_problems
from stacks.platform_settings import with_platform_defaults
from stacks.region_defaults import exposure_annotations, issuer_of_all, store_of

_ARCHIVE = "archive_region"
_FAILOVER = "failover"
_OTHERS = {
    "regions_present": "is for all topologies of the stack; write dbaas:regions_present",
    "traffic_provider": "is a resource of a program; the stack has the cloud's default one, so leave it out",
}
_OTHERS_OF_REGION = {
    "provider": "is made by the stack from dbaas:regions; leave it out",
    "depends_on": "is made by the stack from what it registers; leave it out",
}
_SEED = "seed"


@dataclass(frozen=True, slots=True)
class PlacedTopology:
    """A topology of the stack, checked and complete."""

    design: Design
    arguments: Mapping[str, Any]
    """Arguments of `DatabaseTopology`, without providers."""
    failover: Mapping[str, Any]
    """What the topology itself says of its failover, over `dbaas:failover`."""
    path: str
    """Where the settings say it: `dbaas:topologies[0]`."""
    archive: str | None = None
    """Region whose bucket all sites have in common; None where each has its own region's."""

    @property
    def sites(self) -> list[PlacedDatabase]:
        """Each site as a database."""
        return [
            PlacedDatabase(site.spec, site.region, site.arguments, self.path) for site in self.design.sites.values()
        ]


@dataclass(slots=True)
class _Given:
    """One entry on its way: as written, and with what the stack adds."""

    path: str
    name: str
    arguments: dict[str, Any]
    failover: Mapping[str, Any]
    archive: str | None
    problems: list[Problem]
    bases: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """By region the database as it is written: what all have in common with what differs."""


class Topologies:
    """The entries of `dbaas:topologies`, in two steps: their sites first want buckets, and then are designs."""

    def __init__(self, document: Any, values: Sequence[Any], regions: Sequence[str]) -> None:
        """`document` is the stack's settings, checked for form; `values` the entries as written."""
        self._document = document
        self._regions = regions
        self._given = [
            _taken_apart(value, f"dbaas:topologies[{index}]", regions)
            for index, value in enumerate(values)
            if isinstance(value, dict)
        ]
        self._sites: list[tuple[_Given, str]] = []

    def backed(self) -> list[Backed]:
        """Every site, as a database that may want a bucket."""
        found: list[Backed] = []
        self._sites = []
        for given in self._given:
            given.bases = _bases(given)
            for region, base in given.bases.items():
                told = with_platform_defaults({**base, "region": region}, self._document, self._regions)
                self._sites.append((given, region))
                found.append(
                    Backed(
                        told,
                        given.archive or region,
                        shared=given.archive is not None,
                        kept_as=_kept(base, region),
                        path=f"{given.path}.database",
                    )
                )
        return found

    def placed(self, told: Sequence[Any], *, without_buckets: bool) -> tuple[list[PlacedTopology], list[Problem]]:
        """The topologies, and every problem. `told` are the sites of `backed` with their buckets.

        `without_buckets` says that the buckets themselves are wrong: what follows for backups is not told again.
        """
        by_region = [(given, region, database) for (given, region), database in zip(self._sites, told, strict=True)]
        for given in self._given:
            _tell(given, {region: database for one, region, database in by_region if one is given})
        placed: list[PlacedTopology] = []
        problems: list[Problem] = []
        for given in self._given:
            _add_of_regions(given, self._document)
            problems += given.problems
            try:
                design = parse_topology(given.name or "unnamed", given.arguments)
            except SpecError as error:
                problems += _translated(error.problems, given, without_buckets=without_buckets)
            else:
                if not given.problems:
                    placed.append(PlacedTopology(design, given.arguments, given.failover, given.path, given.archive))
        return placed, problems


def _taken_apart(value: Mapping[str, Any], path: str, regions: Sequence[str]) -> _Given:
    arguments = copy.deepcopy(dict(value))
    name = arguments.get("name")
    problems = name_problems(name, path)
    if problems:
        # Under its own name it is told above, once.
        arguments.pop("name", None)
    for key, message in _OTHERS.items():
        if arguments.pop(key, None) is not None:
            problems.append(Problem(f"{path}.{key}", message))
    if regions:
        arguments.setdefault("primary_region", regions[0])
    sites = arguments.get("regions")
    if sites is None:
        sites = dict.fromkeys(regions)
    if isinstance(sites, dict):
        arguments["regions"] = {region: {} if site is None else site for region, site in sites.items()}
        problems += _site_problems(arguments["regions"], path, regions)
    failover = arguments.pop(_FAILOVER, None)
    if failover is not None and not isinstance(failover, dict):
        problems.append(Problem(f"{path}.{_FAILOVER}", f"{shown(failover)} is not a mapping; see dbaas:failover"))
        failover = None
    archive = _archive(arguments, path, problems)
    return _Given(path, name if isinstance(name, str) else "", arguments, failover or {}, archive, problems)


def _site_problems(sites: Mapping[str, Any], path: str, regions: Sequence[str]) -> Iterable[Problem]:
    for region, site in sites.items():
        if regions and region not in regions:
            yield Problem(f"{path}.regions.{region}", f"is not a region of the stack; {one_of(str(region), regions)}")
        for key, message in _OTHERS_OF_REGION.items():
            if isinstance(site, dict) and site.pop(key, None) is not None:
                yield Problem(f"{path}.regions.{region}.{key}", message)


def _archive(arguments: dict[str, Any], path: str, problems: list[Problem]) -> str | None:
    """Region whose bucket all sites have in common; None where each has its own region's."""
    chosen = arguments.pop(_ARCHIVE, None)
    sites = [region for region, _ in _regions(arguments)]
    row = TOPOLOGIES.get(str(arguments.get("engine")))
    mode = arguments.get("mode") or (row.modes[0] if row else None)
    if mode not in SHARED_ARCHIVE:
        if chosen is not None:
            message = "is for an archive that all sites read (pg, both or repository); leave it out"
            problems.append(Problem(f"{path}.{_ARCHIVE}", message))
        return None
    if chosen is not None and chosen not in sites:
        message = f"{shown(chosen)} is not one of the regions; {one_of(str(chosen), sites)}"
        problems.append(Problem(f"{path}.{_ARCHIVE}", message))
        return None
    # Not by the primary, which changes: the archive would move with it.
    return chosen or (sites[-1] if sites else None)


def _regions(arguments: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    sites = arguments.get("regions")
    return (
        [(str(region), site) for region, site in sites.items() if isinstance(site, dict)]
        if isinstance(sites, dict)
        else []
    )


def _bases(given: _Given) -> dict[str, dict[str, Any]]:
    arguments = given.arguments
    row = TOPOLOGIES.get(str(arguments.get("engine")))
    common = arguments.get("database")
    found: dict[str, dict[str, Any]] = {}
    if not isinstance(common, dict | None) or row is None or not given.name:
        return found
    for region, site in _regions(arguments):
        own = site.get("database")
        if isinstance(own, dict | None):
            name = f"{given.name}-{region}" if row.name_by_region else given.name
            layers = [Layer("name", {"name": name}), Layer("common", common or {}), Layer("region", own or {})]
            found[region] = {**copy.deepcopy(merged(layers)), "engine": arguments["engine"]}
    return found


def _kept(base: Mapping[str, Any], region: str) -> str | None:
    """Sites of pxc are databases of one name that are seeded from each other's backups, so that their paths differ
    wherever the buckets are."""
    return f"{base['name']}-{region}" if base["engine"] == "pxc" else None


def _tell(given: _Given, told: Mapping[str, Mapping[str, Any]]) -> None:
    """Has each site's own database say what the stack says. What nothing was added to stays where it is written."""
    changed = dict.fromkeys(
        key
        for region, database in told.items()
        for key, value in database.items()
        if key not in {"region", "engine", "name"} and given.bases[region].get(key) != value
    )
    # A value may be shorter than what is written, and no layer takes away from one below it.
    gone = [key for region, base in given.bases.items() for key in base if key not in told[region]]
    moved = {*changed, *gone}
    common = given.arguments.get("database")
    if moved and isinstance(common, dict):
        given.arguments["database"] = {key: value for key, value in common.items() if key not in moved}
    for region, database in told.items():
        site = given.arguments["regions"][region]
        kept = {key: value for key, value in (site.get("database") or {}).items() if key not in moved}
        site["database"] = {**kept, **{key: database[key] for key in changed if key in database}}


def _add_of_regions(given: _Given, document: Any) -> None:
    """Networks, stores, load balancers and the issuer, where the topology says nothing else."""
    arguments = given.arguments
    settings = {region.name: region for region in document.regions}
    trust = arguments.get("trust")
    trust = dict(trust) if isinstance(trust, dict) else trust if trust is not None else {}
    for region, site in _regions(arguments):
        known = settings.get(region)
        if known is None:
            continue
        if known.networks:
            site.setdefault("networks", list(known.networks))
        store = store_of(document, known)
        if store and isinstance(trust, dict) and "store" not in trust:
            site.setdefault("store", store)
        exposure = site.get("exposure") or {}
        if isinstance(exposure, dict) and exposure.get("type", "load_balancer") == "load_balancer":
            annotations = exposure_annotations(document)
            if annotations and isinstance(exposure.get("annotations", {}), dict):
                site["exposure"] = {**exposure, "annotations": {**annotations, **exposure.get("annotations", {})}}
        _add_seed(given, region, site)
    if isinstance(trust, dict) and "issuer" not in trust and "authority_secret" not in trust:
        here = [settings[region] for region, _ in _regions(arguments) if region in settings]
        namespaces = {str(base.get("namespace")) for base in given.bases.values()}
        issuer = issuer_of_all(document, here, str(arguments.get("engine")), namespaces)
        trust = {**trust, **({"issuer": issuer} if issuer else {})}
    if trust:
        arguments["trust"] = trust


def _add_seed(given: _Given, region: str, site: dict[str, Any]) -> None:
    """A standby that starts from another region's backup reads that region's bucket."""
    seed = site.get(_SEED)
    if not isinstance(seed, dict) or "storage" in seed:
        return
    others = [one for one, _ in _regions(given.arguments) if one != region]
    source = seed.get("region", others[0] if len(others) == 1 else None)
    storages = _storages(given.arguments["regions"].get(source))
    mine = _storages(site)
    known = [*storages.values(), *mine.values()]
    if len(storages) == 1 and mine and _SEED not in mine and all("prefix" in one for one in known):
        (its,), own = storages.values(), next(iter(mine.values()))
        # Were it to write there as well, it would do so at its own path.
        site["database"]["backup"]["storages"] = {**mine, _SEED: {**copy.deepcopy(its), "prefix": own["prefix"]}}
        site[_SEED] = {**seed, "storage": _SEED, "path": its["prefix"]}


def _is_of_backups(path: str) -> bool:
    return any(f".database.{part}." in f".{path}." for part in ("backup", "slo"))


def _storages(site: Any) -> dict[str, Any]:
    database = site.get("database") if isinstance(site, dict) else None
    backup = database.get("backup") if isinstance(database, dict) else None
    storages = backup.get("storages") if isinstance(backup, dict) else None
    return storages if isinstance(storages, dict) else {}


def _translated(problems: Iterable[Problem], given: _Given, *, without_buckets: bool) -> Iterable[Problem]:
    """The same under the keys of the settings, without what follows from a problem that is told already."""
    told = [problem.path.removeprefix(f"{given.path}.") for problem in given.problems]
    for problem in problems:
        follows = any(f"{problem.path}.".startswith(f"{one}.") for one in told)
        if follows or (without_buckets and _is_of_backups(problem.path)):
            continue
        message = problem.message
        if problem.path.endswith(".store"):
            message = (
                "has no store for shared Secrets; write secret_store: {name: <ClusterSecretStore>} in dbaas:regions"
            )
        elif problem.path.endswith(".networks") and "is required" in message:
            message = f"{message} as networks in dbaas:regions"
        path = f"{given.path}.{problem.path}" if problem.path else given.path
        yield Problem(path, message)
