"""The buckets of a stack: one for each region with databases that say what to keep and not where."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.buckets.identity import backup_arguments
from dbaas_components.bootstrap.buckets.spec import BucketSpec
from dbaas_components.errors import Problem, SpecError, one_of, problems_of
from stacks.in_part import NOBODY
from stacks.strict import StrictSettings

_CLOUDS = {"eks": "aws", "gke": "gcp", "aks": "azure", "on_premises": "s3_compatible"}
_KEPT = ("schedules", "pitr", "delete_from_storage")
_OF_DATABASE = re.compile(r"tenants\[(?P<tenant>\d+)\]\.databases\.(?P<name>[^.]+)\.(?P<field>.+)")
# One bucket for all regions, or none for the databases, is what these would make.
_SAID = {"bucket": "name", "ownership": "dbaas:ownership", "tenants": "its databases"}


class BucketRegion(StrictSettings):
    """Where a region's bucket is, and whose pods reach it."""

    region: str | None = None
    """The cloud's name of the region; default: the stack's."""
    oidc_provider: str | None = None
    pod_identity: str | None = None
    workload_pool: str | None = None


class BucketSettings(StrictSettings):
    """`dbaas:cloud.buckets`: what the buckets of all regions have in common. Further keys are arguments of
    `BackupBucket`."""

    name: str
    """Beginning of each bucket's name; the region follows."""
    credentials: str = "backup-keys"
    """Secret with keys, in each namespace, for engines that take no identity of their pods."""
    regions: dict[str, BucketRegion] = {}
    arguments: dict[str, Any] = {}
    """Further arguments of every `BackupBucket`."""


@dataclass(frozen=True, slots=True)
class Backed:
    """A database, and the bucket that it would have."""

    arguments: Any
    region: str
    """Region of the bucket; the database's own, but for an archive that several sites have in common."""
    shared: bool = False
    """Whether sites of other regions reach it too: with keys, since a bucket knows the pods of one Kubernetes cluster
    only."""
    kept_as: str | None = None
    """Name that its prefix has in the bucket; default: the database's."""
    path: str = ""
    """Where in the settings its arguments are."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """The buckets, and the databases that are told of them."""

    arguments: Mapping[str, Mapping[str, Any]]
    """Region to the arguments of its `BackupBucket`."""
    databases: Sequence[Any]
    problems: Sequence[Problem]
    refused: bool = False
    """Whether databases go without their backups here, because something is wrong with the buckets."""


def with_buckets(document: Any, backed: Sequence[Backed], regions: Sequence[str]) -> Buckets:
    """Each database with `backup.schedules` and no `backup.storages` gets its region's bucket."""
    databases = [one.arguments for one in backed]
    given = (document.cloud or {}).get("buckets") if document.cloud else None
    if given is None:
        return Buckets({}, databases, ())
    try:
        settings = BucketSettings.model_validate(given)
    except ValidationError as error:
        found = [Problem(f"dbaas:cloud.buckets.{one.path}", one.message) for one in problems_of(error)]
        return Buckets({}, [_untold(one) for one in databases], found, refused=True)
    problems: list[Problem] = []
    if document.ownership is None and document.platform is None:
        message = "is required where the stack makes buckets; write owner, cost_centre and environment"
        problems.append(Problem("dbaas:ownership", message))
    problems += [
        Problem(f"dbaas:cloud.buckets.regions.{name}", f"is not a region; {one_of(name, regions)}")
        for name in settings.regions
        if name not in regions
    ]
    problems += [
        Problem(
            f"dbaas:cloud.buckets.arguments.{name}", f"is what the stack says of each bucket by {how}; leave it out"
        )
        for name, how in _SAID.items()
        if name in settings.arguments
    ]
    arguments: dict[str, Mapping[str, Any]] = {}
    told = list(databases)
    for region in regions:
        wanted = [index for index, one in enumerate(backed) if _wants(one.arguments) and one.region == region]
        if not wanted:
            continue
        arguments[region] = _bucket(document, settings, region, [backed[index] for index in wanted])
        try:
            spec = parse_arguments(BucketSpec, f"bucket of {region}", arguments[region])
        except SpecError as error:
            mine = [backed[index] for index in wanted]
            problems += [_as_written(one, region, arguments[region], mine) for one in error.problems]
            told = [_untold(one) if index in wanted else one for index, one in enumerate(told)]
            continue
        for index in wanted:
            told[index] = _told(backed[index], spec)
    return Buckets(arguments, told, list(dict.fromkeys(problems)), refused=bool(problems) or document.ownership is None)


def _as_written(problem: Problem, region: str, bucket: Mapping[str, Any], backed: Sequence[Backed]) -> Problem:
    """A problem of a bucket at its place in the settings: what a bucket says of a database stands at the database."""
    found = _OF_DATABASE.fullmatch(problem.path)
    if found:
        tenant = bucket["tenants"][int(found["tenant"])]
        for one in backed:
            who = (str(one.arguments.get("engine")), str(one.arguments.get("namespace")), _kept_as(one))
            if one.path and who == (tenant["engine"], tenant["namespace"], found["name"]):
                field = found["field"] if found["field"] == "incarnation" else f"backup.{found['field']}"
                return Problem(f"{one.path}.{field}", problem.message)
    first, _, rest = problem.path.partition(".")
    if first in ("region", "cluster"):
        return Problem(
            f"dbaas:cloud.buckets.regions.{region}.{rest if first == 'cluster' else first}".rstrip("."), problem.message
        )
    return Problem(f"dbaas:cloud.buckets ({region}) {problem.path}", problem.message)


def _wants(database: Any) -> bool:
    backup = database.get("backup") if isinstance(database, dict) else None
    return isinstance(backup, dict) and bool(backup.get("schedules")) and not backup.get("storages")


def _untold(database: Any) -> Any:
    """Without the backups that have no bucket, so that what is wrong with the bucket is told once."""
    return {key: value for key, value in database.items() if key != "backup"} if _wants(database) else database


def _bucket(document: Any, settings: BucketSettings, region: str, wanted: Sequence[Backed]) -> dict[str, Any]:
    place = settings.regions.get(region, BucketRegion())
    provider = _CLOUDS.get(document.cloud.get("kubernetes"), "aws")
    tenants: dict[tuple[str, str], dict[str, Any]] = {}
    with_keys: set[tuple[str, str]] = set()
    for backed in wanted:
        one = backed.arguments
        key = (str(one.get("engine")), str(one.get("namespace")))
        if backed.shared:
            with_keys.add(key)
        tenant = tenants.setdefault(key, {"engine": key[0], "namespace": key[1], "databases": {}})
        kept = {name: one["backup"][name] for name in _KEPT if name in one["backup"]}
        if "incarnation" in one:
            kept["incarnation"] = one["incarnation"]
        if isinstance(kept.get("pitr"), Mapping):
            kept["pitr"] = kept["pitr"].get("enabled", True)
        tenant["databases"][_kept_as(backed)] = kept
    cluster = {
        name: value
        for name in ("oidc_provider", "pod_identity", "workload_pool")
        if (value := getattr(place, name)) is not None
    }
    mirror = document.sources.get("mirror")
    found: dict[str, Any] = {
        "provider": provider,
        # Without, the settings are refused; what is wrong with the databases is told all the same.
        "ownership": document.ownership.model_dump() if document.ownership else NOBODY,
        "bucket": f"{settings.name}-{region}",
        "region": place.region or region,
        **({"cluster": cluster} if cluster else {}),
        **({"sources": {"mirror": mirror}} if mirror else {}),
        **settings.arguments,
    }
    found["tenants"] = tuple(
        # Of other engines the service accounts are not known here, so that they take keys.
        tenant
        if cluster and provider in {"aws", "gcp"} and tenant["engine"] == "pg" and key not in with_keys
        else {**tenant, "credentials": settings.credentials}
        for key, tenant in tenants.items()
    )
    return found


def _kept_as(backed: Backed) -> str:
    return backed.kept_as or str(backed.arguments.get("name"))


def _told(backed: Backed, spec: BucketSpec) -> dict[str, Any]:
    database = backed.arguments
    for tenant in spec.tenants:
        if (tenant.engine, tenant.namespace) == (database["engine"], database["namespace"]):
            backup = backup_arguments(spec, tenant, _kept_as(backed))
            return {**database, "backup": {**database["backup"], **backup}}
    raise AssertionError(f"{database['name']} is no tenant of the bucket that was made for it")
