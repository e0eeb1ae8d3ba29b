"""PostgreSQL over regions: a Patroni standby cluster that follows by archive, by streaming or by both.

Fields are those of the PG operator 3.0.0 (`spec.standby`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from dbaas_components.databases.pg import names
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.databases.spec.places import first_storage
from dbaas_components.dr.topology.design import (
    EPOCH,
    Design,
    EngineTopology,
    RoleField,
    SharedSecret,
    Site,
    exposure,
    port_of,
)
from dbaas_components.dr.topology.places import SHARED_ARCHIVE
from dbaas_components.dr.topology.spec import Region, Topology
from dbaas_components.errors import Problem

_LOWEST_PORT: Final = 1024


def streams(topology: Topology) -> bool:
    """Whether a standby connects to the primary."""
    return topology.mode in {"streaming", "both"}


def reads_archive(topology: Topology) -> bool:
    """Whether a standby reads the primary's archive."""
    return topology.mode in SHARED_ARCHIVE


def _arguments(topology: Topology, region: Region, spec: DatabaseSpec) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    if topology.trust.authority_secret and not topology.trust.issuer:
        found["tls"] = {"authority_secret": topology.trust.authority_secret}
    if streams(topology):
        others = [one for one in topology.regions.values() if one is not region]
        # Without a pooler it is the primary that the write endpoint exposes.
        found["expose"] = {"primary" if names.has_pooler(spec) else "write": exposure(region, others)}
    return found


def _archive(site: Site) -> tuple[str, str]:
    """The storage that the standbys read, and pgBackRest's name of it."""
    storage = first_storage(site.spec) or ""
    return storage, names.repositories(site.spec).get(storage, "repo1")


def _fields(design: Design, site: Site) -> Mapping[str, Any]:
    limit = design.topology.lag_limit
    standby: dict[str, Any] = {}
    if reads_archive(design.topology):
        standby["repoName"] = _archive(site)[1]
    if limit and limit.bytes and limit.measure != "agent":
        standby["maxAcceptableLag"] = limit.bytes
    return {"spec": {"standby": standby}} if standby else {}


def _roles(design: Design, site: Site, primary: Site) -> Iterable[RoleField]:
    is_primary = site.region == primary.region
    yield RoleField("database", "spec.standby.enabled", not is_primary)
    if streams(design.topology):
        # A primary's own block is inert; with another site's host it needs but one field to become a standby.
        followed = design.others(site)[0] if is_primary else primary
        yield RoleField("database", "spec.standby.host", next(iter(followed.settings.hosts), ""))
        yield RoleField("database", "spec.standby.port", port_of(followed.settings, names.PORT))
    if reads_archive(design.topology):
        # The holder of an epoch writes to the epoch's own path, which its standbys read: two sites that both take
        # themselves for the primary are of two epochs, and never write to one path.
        path = f"/{site.roots.get(_archive(site)[0], '')}/epoch-{EPOCH}"
        yield RoleField("database", f'spec.backups.pgbackrest.global["{_archive(site)[1]}-path"]', path)


def _problems(design: Design) -> Iterable[Problem]:
    topology = design.topology
    if streams(topology):
        for site in design.sites.values():
            where = f"regions.{site.region}"
            if len(site.settings.hosts) != 1:
                count = len(site.settings.hosts)
                yield Problem(f"{where}.hosts", f"{count} were given; write the one host of this site's primary")
            if (site.settings.port or names.PORT) < _LOWEST_PORT:
                message = f"{site.settings.port} is refused by the PG operator 3.0.0; write {_LOWEST_PORT} or more"
                yield Problem(f"{where}.port", message)
        if not topology.trust.issuer and not topology.trust.authority_secret:
            message = (
                "a standby that streams logs in with a certificate, so all sites need one authority; "
                "write issuer, or authority_secret with root.crt and root.key"
            )
            yield Problem("trust", message)
    if reads_archive(topology):
        yield from _archive_problems(design)
    limit = topology.lag_limit
    if limit and limit.bytes and limit.measure != "agent" and not streams(topology):
        message = (
            "the operator measures no lag of a standby in another Kubernetes cluster that follows the archive alone; "
            "use mode streaming or both, or time with measure agent"
        )
        yield Problem("lag_limit.bytes", message)


def _archive_problems(design: Design) -> Iterable[Problem]:
    first = next(iter(design.sites.values()))
    for site in design.sites.values():
        name = first_storage(site.spec)
        where = f"regions.{site.region}.database.backup.storages"
        if name is None or site.spec.backup.storages[name].type == "volume":
            message = (
                f"mode {design.topology.mode} follows the archive in a bucket; add a storage of type s3, gcs or azure"
            )
            yield Problem(where, message)
            continue
        if (other := first_storage(first.spec)) is None:
            continue
        mine, its = _place(site, name), _place(first, other)
        if mine != its:
            message = (
                f"mode {design.topology.mode} needs one archive for all sites, and this first storage is not that of "
                f"{first.region}; write it once, in database.backup.storages"
            )
            yield Problem(where, message)


def _place(site: Site, name: str) -> tuple[Any, ...]:
    storage = site.spec.backup.storages[name]
    place = storage.type, storage.bucket, storage.endpoint, storage.region
    return (*place, site.roots.get(name), names.repositories(site.spec).get(name))


def _secrets(design: Design, site: Site) -> Iterable[SharedSecret]:
    for user in site.spec.users or (None,):
        name = user.name if user else "owner"
        yield SharedSecret(f"user-{name}", names.user_secret(site.spec, user))
    trust = design.topology.trust
    if trust.authority_secret and not trust.issuer:
        yield SharedSecret("authority", trust.authority_secret)


def _limits(design: Design) -> Iterable[str]:
    yield (
        "The PG operator fences nothing: the old primary is stopped with spec.pause before a standby is promoted, or "
        "its lease has run out."
    )
    if reads_archive(design.topology):
        yield (
            "Following the archive loses what was not archived yet when the primary is lost; every promotion moves the "
            "archive to the path of the new epoch, and the first full backup there has to be made anew."
        )
    if not streams(design.topology):
        yield "With mode repository the operator tells no lag across Kubernetes clusters."
    if streams(design.topology) and not (design.topology.lag_limit and design.topology.lag_limit.bytes):
        yield "Without lag_limit.bytes the operator measures no lag."
    yield ("A former primary whose timeline went its own way is rebuilt with empty volumes: nothing rewinds it.")


TOPOLOGY: Final = EngineTopology(
    engine="pg",
    modes=("both", "repository", "streaming"),
    port=names.PORT,
    arguments=_arguments,
    fields=_fields,
    roles=_roles,
    problems=_problems,
    limits=_limits,
    secrets=_secrets,
)
