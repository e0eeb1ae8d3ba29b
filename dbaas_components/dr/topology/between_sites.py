"""What the databases of a topology must have in common, and what they must not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec.places import bucket_prefix
from dbaas_components.dr.topology.design import Design, EngineTopology, Site
from dbaas_components.errors import Problem


def between_sites(design: Design, row: EngineTopology) -> Iterable[Problem]:
    """What is wrong with the sites' databases, each of which would be right without the others."""
    yield from _paths(design)
    yield from _shared_secrets(design, row)
    yield from _versions(design)


def _paths(design: Design) -> Iterable[Problem]:
    # The archive that sites of pg have in common is no path of a site: it follows from the epoch.
    taken: list[tuple[tuple[Any, ...], str, str]] = []
    for site in design.sites.values():
        for name, storage in site.spec.backup.storages.items():
            if storage.bucket is None:
                continue
            path = bucket_prefix(site.spec, storage)
            bucket = (storage.type, storage.endpoint, storage.bucket)
            other = next(
                (one for one in taken if one[0] == bucket and one[1] != site.region and _one_holds(one[2], path)), None
            )
            taken.append((bucket, site.region, path))
            if other is not None:
                whose = "where" if other[2] == path else f'within or around "{other[2]}", where'
                message = (
                    f'"{path}" in bucket {storage.bucket} is {whose} the site of region {other[1]} writes too, and '
                    "each would write over what the other keeps; write another path, or leave it out"
                )
                yield Problem(f"regions.{site.region}.database.backup.storages.{name}.prefix", message)


def _one_holds(one: str, other: str) -> bool:
    """Whether two paths are one, or one lies within the other."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _shared_secrets(design: Design, row: EngineTopology) -> Iterable[Problem]:
    primary = _roles(design, row, design.primary)
    for site in design.others(design.primary):
        own = _roles(design, row, site)
        if sorted(own) != sorted(primary):
            message = (
                f"shares the Secrets {', '.join(own)}, and that of the primary's region {design.primary.region} "
                f"{', '.join(primary)}: one would wait for what the other never gives; write the same users and the "
                "same encryption for all regions"
            )
            yield Problem(f"regions.{site.region}.database", message)


def _roles(design: Design, row: EngineTopology, site: Site) -> Sequence[str]:
    return [one.role for one in row.secrets(design, site)]


def _versions(design: Design) -> Iterable[Problem]:
    primary = design.primary
    engine = ENGINES[design.topology.engine]
    newest_first = list(engine.versions.series)
    for site in design.others(primary):
        newer = newest_first.index(primary.spec.version) - newest_first.index(site.spec.version)
        reason = _cannot_follow(engine.name, newer)
        if reason:
            message = (
                f'"{site.spec.version}" is not the "{primary.spec.version}" of region {primary.region}, and {reason}; '
                "write one version, in database"
            )
            yield Problem(f"regions.{site.region}.database.version", message)


def _cannot_follow(engine: str, newer: int) -> str | None:
    """Why a site that is so many series newer than the primary cannot follow it; None where it can."""
    match engine:
        case "pg":
            return "a standby of PostgreSQL follows a server of its own major version alone" if newer else None
        case "psmdb":
            # Members of one replica set, in whichever order they are upgraded: the older of the two says what both do.
            apart = "members of one replica set are at most one major version apart, and that during an upgrade"
            return apart if abs(newer) > 1 else None
        case _:
            if newer < 0:
                return "MySQL follows no server that is newer than itself, so that an upgrade begins with the standby"
            return "a replica of MySQL is at most one series newer than what it follows" if newer > 1 else None
