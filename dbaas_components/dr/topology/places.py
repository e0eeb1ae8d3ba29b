"""Bucket paths of the sites: never two sites that write to one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.dr.topology.spec import Topology

SHARED_ARCHIVE: Final = ("repository", "both")
"""Modes in which the standbys read the primary's archive."""


def roots(topology: Topology, spec: DatabaseSpec) -> dict[str, str]:
    """Storages to the path below which all sites of this life of the database keep what is theirs.

    A volume has no path; it is a site's own in any case.
    """
    usual = f"{spec.namespace}/{topology.name}/{spec.incarnation}"
    return {
        name: (storage.prefix or usual).strip("/")
        for name, storage in spec.backup.storages.items()
        if storage.type != "volume"
    }


def own_paths(database: Mapping[str, Any]) -> dict[str, str]:
    """Storages to a prefix that is written for this region alone: it is the site's path as it stands."""
    given = _mapping(_mapping(database.get("backup")).get("storages"))
    return {
        name: prefix.strip("/") for name, one in given.items() if isinstance(prefix := _mapping(one).get("prefix"), str)
    }


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def site_path(root: str, region: str) -> str:
    """The path that only this site writes to."""
    return f"{root}/{region}"


def storages(topology: Topology, roots_: Mapping[str, str], region: str, own: Mapping[str, str]) -> dict[str, Any]:
    """The paths of a site's storages, as an argument of `ManagedDatabase`.

    Where the sites have one archive in common, its root is what they share, and the path within it follows from the
    epoch; a site's own path is then where nobody writes.
    """
    shared = topology.mode in SHARED_ARCHIVE
    return {
        name: {"prefix": root if name in own and not shared else site_path(root, region)}
        for name, root in roots_.items()
    }
