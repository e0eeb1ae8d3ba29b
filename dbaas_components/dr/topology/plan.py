"""Everything that a design stands for at one site, ready to be registered. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from dbaas_components.databases.engine import Placed
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.overrides import merge_into
from dbaas_components.databases.rendering.shared import labels_of
from dbaas_components.dr.topology import secrets
from dbaas_components.dr.topology.design import Design, EngineTopology, RoleField, Site, nested
from dbaas_components.dr.topology.engines import TOPOLOGIES
from dbaas_components.dr.traffic.records import Target, is_record, role_values, service

PAUSE: Final = "spec.pause"
"""The field by which every engine's operator stops all pods: how a site is fenced that still answers."""


@dataclass(frozen=True, slots=True)
class SitePlan:
    """What one site consists of."""

    site: Site
    before: tuple[Placed, ...]
    """Objects that the database waits for."""
    arguments: Mapping[str, Any]
    """Arguments of its `ManagedDatabase`."""
    after: tuple[Placed, ...]
    ignored: Mapping[str, tuple[str, ...]]
    """Paths that belong to the failover tool by the object they are of: `database`, `cluster_set`, `traffic`."""


def plan(design: Design, region: str) -> SitePlan:
    """The plan of one site."""
    row, site = TOPOLOGIES[design.topology.engine], design.sites[region]
    is_primary = region == design.primary.region
    roles = [one.at_epoch(design.topology.epoch) for one in site_roles(design, site, design.primary)]
    after = [*(secrets.pushed(design, row, site) if is_primary else ()), *row.objects(design, site)]
    traffic = design.topology.traffic
    if traffic and not is_record(traffic):
        after.append(
            Placed("traffic", service(design.topology.name, traffic, target(site), target(design.primary)), after=True)
        )
    return SitePlan(
        site=site,
        before=() if is_primary else tuple(secrets.fetched(design, row, site)),
        arguments=_arguments(design, row, site, roles),
        after=tuple(after),
        ignored=ignored(design, site),
    )


def _arguments(design: Design, row: EngineTopology, site: Site, roles: list[RoleField]) -> dict[str, Any]:
    overrides: dict[str, Any] = {}
    merge_into(overrides, row.fields(design, site))
    for one in roles:
        if one.object == "database" and one.value is not None:
            merge_into(overrides, nested(one.path, one.value))
    return {**site.arguments, "overrides": _over(overrides, site.spec.overrides)}


def _over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two patches in one. A null of the second stays: it takes a field of the custom resource away."""
    result = dict(below)
    for key, value in above.items():
        mine: Any = result.get(key)
        if isinstance(mine, dict) and isinstance(value, Mapping):
            result[key] = _over(cast("dict[str, Any]", mine), cast("Mapping[str, Any]", value))
        elif isinstance(mine, list) and isinstance(value, list):
            # Items by name, as the merge itself does it.
            holder: dict[str, Any] = {key: mine}
            merge_into(holder, {key: value})
            result[key] = holder[key]
        else:
            result[key] = value
    return result


def site_roles(design: Design, site: Site, primary: Site) -> list[RoleField]:
    """The role's fields of all of a site's objects while `primary` is the primary, the epoch's number left open."""
    row, traffic = TOPOLOGIES[design.topology.engine], design.topology.traffic
    found = list(row.roles(design, site, primary))
    if traffic:
        found += [
            RoleField("traffic", path, value) for path, value in role_values(traffic, target(site), target(primary))
        ]
    return found


def ignored(design: Design, site: Site) -> dict[str, tuple[str, ...]]:
    """The paths of a site's role fields in any role, and of what fences it, by object."""
    found: dict[str, dict[str, None]] = {"database": {}, "cluster_set": {}, "traffic": {}}
    for primary in design.sites.values():
        for one in site_roles(design, site, primary):
            found[one.object][one.path] = None
    found["database"][PAUSE] = None
    return {name: tuple(paths) for name, paths in found.items()}


def target(site: Site) -> Target:
    """Where clients of a site go."""
    spec, settings = site.spec, site.settings
    host = settings.write_host or next(iter(settings.hosts), "")
    return Target(site.region, spec.namespace, host, labels_of(spec, ENGINES[spec.engine]))


def role_table(design: Design) -> dict[str, Any]:
    """What the failover tool has to know of every site, as plain values: by region its objects, what fences it, and the
    fields of its role by the region that is primary."""
    table: dict[str, Any] = {}
    for site in design.sites.values():
        engine = ENGINES[site.spec.engine]
        table[site.region] = {
            "api_version": engine.api_version,
            "kind": engine.kind,
            "namespace": site.spec.namespace,
            "name": site.spec.name,
            "fence": [{"object": "database", "path": PAUSE, "value": True}],
            "roles": {
                primary.region: [
                    {"object": one.object, "path": one.path, "value": one.value}
                    for one in site_roles(design, site, primary)
                ]
                for primary in design.sites.values()
            },
        }
    return table
