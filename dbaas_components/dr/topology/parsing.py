"""From the arguments of a topology to its design, or to every problem of it at once. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.layers import Layer, merged
from dbaas_components.databases.overrides import override_paths
from dbaas_components.databases.spec import DatabaseSpec, parse_database
from dbaas_components.dr.topology import places
from dbaas_components.dr.topology.between_sites import between_sites
from dbaas_components.dr.topology.design import Design, EngineTopology, RoleField, Site
from dbaas_components.dr.topology.engines import TOPOLOGIES
from dbaas_components.dr.topology.lag import lag_problems, with_lag_from_slo
from dbaas_components.dr.topology.plan import PAUSE
from dbaas_components.dr.topology.rules import SEEDED, topology_problems
from dbaas_components.dr.topology.spec import Region, Topology
from dbaas_components.dr.traffic.records import name_problems, traffic_problems
from dbaas_components.errors import Problem, SpecError, one_of, shown

_DATABASE: Final = "database"
_RESOURCES: Final = ("traffic_provider",)
"""What only the component has a use for: resources of the program."""
_RESOURCES_OF_REGION: Final = ("provider", "depends_on")
"""The same of a region."""
_OURS: Final = ("engine", "paused")
"""Arguments of a database that the topology answers for."""


@dataclass(frozen=True, slots=True)
class _Ways:
    """Where in its storages a site keeps what is its own."""

    roots: Mapping[str, str]
    own: Mapping[str, str]
    """Storages whose root is the site's path as it stands."""
    given: Mapping[str, Mapping[str, Any]]
    """What differs in each region's database."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was given, taken apart."""

    topology: Mapping[str, Any]
    """Without databases and providers, in the form that the model reads."""
    database: Mapping[str, Any]
    regions: Mapping[str, Mapping[str, Any]]
    """What differs in each region's database."""


def parse_topology(name: str, args: Mapping[str, object]) -> Design:
    """The design that `args` ask for. Providers are left out of account.

    Raises `SpecError` with every problem of the topology and of its databases.
    """
    subject = f'topology "{name}"'
    problems: list[Problem] = []
    given = _taken_apart(name, args, problems)
    try:
        topology = parse_arguments(Topology, subject, given.topology)
    except SpecError as error:
        names = given.topology.get("regions")
        found = [*problems, *error.problems, *_problems_of_databases(given)]
        raise SpecError(subject, _once(found, cast("Any", names if isinstance(names, Mapping) else ()))) from None
    row = TOPOLOGIES[topology.engine]
    problems += topology_problems(topology, row)
    sites = _sites(topology, row, given, problems)
    primary = sites.get(topology.primary_region)
    if primary is not None and len(sites) > 1 and topology.mode in row.modes:
        design = Design(with_lag_from_slo(topology, primary.spec), sites)
        problems += _design_problems(design, row)
        if not problems:
            return design
    raise SpecError(subject, _once(problems, topology.regions))


def _design_problems(design: Design, row: EngineTopology) -> Iterable[Problem]:
    yield from row.problems(design)
    yield from between_sites(design, row)
    yield from lag_problems(design)
    yield from _role_overrides(design, row)
    if design.topology.traffic:
        yield from name_problems(design.topology.name, design.topology.traffic)
        hosts = {
            region: site.settings.write_host or next(iter(site.settings.hosts), "")
            for region, site in design.sites.items()
        }
        # That there is no host is told by the rules.
        yield from traffic_problems(design.topology.traffic, {region: host for region, host in hosts.items() if host})


def _problems_of_databases(given: Given) -> Iterable[Problem]:
    """What is wrong with the databases of a topology that cannot be read itself."""
    row = TOPOLOGIES.get(str(given.topology.get("engine")))
    if row is None:
        return
    for region, own in given.regions.items():
        values = {key: value for key, value in _merged(given.database, own).items() if key not in _OURS}
        try:
            parse_database(
                "unnamed", {"name": "unnamed", **values, "engine": row.engine}, path=f"regions.{region}.database"
            )
        except SpecError as error:
            yield from error.problems


def _taken_apart(name: str, args: Mapping[str, object], problems: list[Problem]) -> Given:
    unchecked = cast("object", args)
    if not isinstance(unchecked, Mapping):
        message = f"the arguments must be a mapping, and {shown(unchecked)} was given; write engine, database, regions"
        raise SpecError(f'topology "{name}"', [Problem("", message)])
    topology = {key: value for key, value in args.items() if key not in _RESOURCES}
    topology.setdefault("name", name)
    common = _mapping(topology.pop(_DATABASE, None), _DATABASE, problems)
    _take_unknown("", topology, Topology.model_fields, _RESOURCES, problems)
    regions: dict[str, Mapping[str, Any]] = {}
    given_regions = topology.get("regions")
    if isinstance(given_regions, Mapping):
        topology["regions"] = {}
        for region, settings in cast("Mapping[str, Any]", given_regions).items():
            if isinstance(settings, Mapping):
                given_region = cast("Mapping[str, Any]", settings)
                settings = {key: value for key, value in given_region.items() if key not in _RESOURCES_OF_REGION}
                path = f"regions.{region}.{_DATABASE}"
                regions[region] = _mapping(settings.pop(_DATABASE, None), path, problems)
                _take_unknown(f"regions.{region}.", settings, Region.model_fields, _RESOURCES_OF_REGION, problems)
            topology["regions"][region] = settings
    row = TOPOLOGIES.get(str(topology.get("engine")))
    if topology.get("mode") is None:
        # Without an engine, which is told, the mode is not asked for.
        topology["mode"] = row.modes[0] if row else next(iter(TOPOLOGIES.values())).modes[0]
    for path, values in (
        (_DATABASE, common),
        *((f"regions.{region}.{_DATABASE}", one) for region, one in regions.items()),
    ):
        problems += _not_theirs(path, values)
    return Given(topology, common, regions)


def _take_unknown(
    start: str, values: dict[str, Any], fields: Iterable[str], resources: Iterable[str], problems: list[Problem]
) -> None:
    """Takes out and tells keys that nobody knows: the model would offer its own fields alone in their place."""
    known = (*fields, _DATABASE, *resources)
    for key in [key for key in values if isinstance(cast("object", key), str) and key not in known]:
        del values[key]
        problems.append(Problem(f"{start}{key}", f"is not a known key; {one_of(key, known)}"))


def _mapping(value: object, path: str, problems: list[Problem]) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        problems.append(Problem(path, f"{shown(value)} is not a mapping; write arguments of ManagedDatabase"))
        return {}
    return copy.deepcopy(dict(cast("Mapping[str, Any]", value)))


def _not_theirs(path: str, values: Mapping[str, Any]) -> Iterable[Problem]:
    if "engine" in values:
        yield Problem(f"{path}.engine", "is the topology's: one database has one engine in all regions; leave it out")
    if values.get("paused"):
        message = "is how the failover tool fences a site; leave it out and stop the topology with its verbs"
        yield Problem(f"{path}.paused", message)
    if values.get("data_source") and path == _DATABASE:
        # Whose it is must not follow from the role: a failover would ask for a restore over data.
        message = "is of the one region that starts from it; write regions.<region>.database.data_source, or a seed"
        yield Problem(f"{path}.data_source", message)


def _sites(topology: Topology, row: EngineTopology, given: Given, problems: list[Problem]) -> dict[str, Site]:
    """The sites whose databases can be read; the problems of the others are added."""
    sites: dict[str, Site] = {}
    for region, settings in topology.regions.items():
        own = given.regions.get(region, {})
        name = f"{topology.name}-{region}" if row.name_by_region else topology.name
        values = {key: value for key, value in _merged(given.database, own).items() if key not in _OURS}
        values = {"name": name, **values, "engine": topology.engine}
        path = f"regions.{region}.{_DATABASE}"
        if settings.seed is not None and values.pop("data_source", None):
            message = "was given beside seed; a database starts from one backup, so write one of them"
            problems.append(Problem(f"{path}.data_source", message))
        try:
            first = parse_database(name, values, path=path)
            roots = places.roots(topology, first)
            arguments = _merged(_ours(topology, row, region, first), values)
            ways = _Ways(roots, places.own_paths(own), given.regions)
            arguments = _merged(arguments, _forced(topology, row, region, first, ways, problems))
            spec = parse_database(name, arguments, path=path)
        except SpecError as error:
            # A way in that is open to everyone is told of the region, and not once more of what follows from it.
            is_told = any(one.path == f"regions.{region}.exposure" for one in problems) and "expose" not in values
            own = f"{path}.expose."
            problems += [one for one in error.problems if not (is_told and one.path.startswith(own))]
            continue
        if not spec.namespace:
            message = "is an output of another resource, and the sites' paths are made of it; write a plain value"
            problems.append(Problem(f"{path}.namespace", message))
            continue
        sites[region] = Site(region, settings, spec, arguments, roots)
    return sites if len(sites) == len(topology.regions) else {}


def _ours(topology: Topology, row: EngineTopology, region: str, spec: DatabaseSpec) -> dict[str, Any]:
    """What a site's database needs, unless its arguments say otherwise."""
    found = dict(row.arguments(topology, topology.regions[region], spec))
    if topology.regions[region].seed is not None and topology.engine in SEEDED:
        # The restored data knows the source's passwords, which come under the engine's own name for their Secret.
        found["credentials"] = {"secret": ENGINES[topology.engine].system_users(spec).secret}
    return found


def _forced(
    topology: Topology,
    row: EngineTopology,
    region: str,
    spec: DatabaseSpec,
    ways: _Ways,
    problems: list[Problem],
) -> dict[str, Any]:
    """What nobody may say otherwise: paths, the other sites' way through the network, the common issuer, the seed."""
    found: dict[str, Any] = {}
    roots = ways.roots
    theirs = dict(row.arguments(topology, topology.regions[region], spec))
    for part in ("maintenance", "tls"):
        # Lists that hold the given values already.
        if part in theirs:
            found[part] = theirs[part]
    if roots:
        found["backup"] = {"storages": places.storages(topology, roots, region, ways.own)}
    others = {one: settings for one, settings in topology.regions.items() if one != region}
    if spec.network is not None:
        peers = [network for settings in others.values() for network in settings.networks]
        found["network"] = {"peers": tuple(dict.fromkeys((*spec.network.peers, *peers)))}
        if _talks(topology):
            for other, settings in others.items():
                if not settings.networks:
                    message = (
                        f"is required, because the database in {region} lets in only who is named; write the networks "
                        f"that the pods of {other} come from"
                    )
                    problems.append(Problem(f"regions.{other}.networks", message))
    if topology.trust.issuer is not None:
        issuer = topology.trust.issuer
        if spec.tls.issuer is not None and spec.tls.issuer != issuer:
            message = "differs from trust.issuer, and the sites would not believe each other; leave it out"
            problems.append(Problem(f"regions.{region}.{_DATABASE}.tls.issuer", message))
        found["tls"] = {**found.get("tls", {}), "issuer": issuer.model_dump()}
    if (seed := topology.regions[region].seed) is not None and topology.engine in SEEDED:
        storage = seed.storage or next(iter(roots), "")
        source = seed.region or next(iter(others), "")
        if storage in roots and source in others:
            written = places.own_paths(ways.given.get(source, {})).get(storage)
            path = seed.path or written or places.site_path(roots[storage], source)
            found["data_source"] = {"storage": storage, "path": path, "backup": seed.backup}
        else:
            place = "storage" if storage not in roots else "region"
            choice = one_of(storage, roots) if roots and place == "storage" else "add backup.storages with a bucket"
            message = f"{shown(storage)} is no bucket of this database; {choice}"
            if place == "region":
                message = f"{shown(source)} is not another region of this topology; {one_of(source, others)}"
            problems.append(Problem(f"regions.{region}.seed.{place}", message))
    return found


def _talks(topology: Topology) -> bool:
    """Whether the sites' pods connect to each other."""
    return topology.mode != "repository"


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(merged([Layer("below", _dicts(below)), Layer("above", _dicts(above))]))


def _dicts(value: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings of any kind as dictionaries, which alone are merged; what stands for no value is left out."""
    return {
        key: _dicts(cast("Mapping[str, Any]", item)) if isinstance(item, Mapping) and key != "overrides" else item
        for key, item in value.items()
        if item is not None
    }


def _role_overrides(design: Design, row: EngineTopology) -> Iterable[Problem]:
    for site in design.sites.values():
        taken = [*(one.path for one in role_fields(design, row, site) if one.object == "database"), PAUSE]
        for path in override_paths(site.spec.overrides):
            if hit := next(
                (one for one in taken if f"{path}.".startswith(f"{one}.") or one.startswith(f"{path}.")), None
            ):
                why = "fences a site" if hit == PAUSE else "follows from the site's role"
                message = f"{hit} {why} and belongs to the failover tool; leave it out"
                yield Problem(f"regions.{site.region}.{_DATABASE}.overrides.{path}", message)


def role_fields(design: Design, row: EngineTopology, site: Site) -> list[RoleField]:
    """The fields of a site's role while the topology's primary region is the primary."""
    return list(row.roles(design, site, design.primary))


def _once(problems: Iterable[Problem], regions: Iterable[str]) -> list[Problem]:
    """What all regions' databases have in common is told once, of the common arguments."""
    told = list(dict.fromkeys(problems))
    starts = [f"regions.{region}.{_DATABASE}." for region in regions]
    result: list[Problem] = []
    for problem in told:
        start = next((one for one in starts if problem.path.startswith(one)), None)
        field = problem.path.removeprefix(start) if start else ""
        if start and len(starts) > 1 and all(Problem(f"{one}{field}", problem.message) in told for one in starts):
            problem = Problem(f"{_DATABASE}.{field}", problem.message)
        result.append(problem)
    return list(dict.fromkeys(result))
