"""What the stack's settings say of the platform, and what that means for its databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.cloud_profiles import CloudProfile, database_defaults
from dbaas_components.bootstrap.platform_spec import parse_platform
from dbaas_components.errors import Problem, SpecError


def platform_arguments(document: Any, region: Any) -> dict[str, Any]:
    """Arguments of the `Platform` of one region; `document` and `region` are the stack's settings, checked for form."""
    parts = {**(document.platform or {}), **region.platform}
    if document.cloud is not None:
        parts.setdefault("cloud", cloud_profile(document))
    ownership = document.ownership if isinstance(document.ownership, Mapping) else document.ownership.model_dump()
    found: dict[str, Any] = {
        "ownership": dict(ownership),
        **{key: one for key, one in parts.items() if one is not None},
    }
    return {**found, **({"sources": dict(document.sources)} if document.sources else {})}


def platform_problems(document: Any) -> list[Problem]:
    """Everything that is wrong with the platform of any region, under the keys of the settings."""
    if document.platform is None:
        return cloud_problems(document)
    if document.ownership is None:
        message = "is required where the stack makes a platform; write owner, cost_centre and environment"
        return [Problem("dbaas:ownership", message), *cloud_problems(document)]
    problems: dict[Problem, None] = {}
    for index, region in enumerate(document.regions):
        try:
            parse_platform(region.name, platform_arguments(document, region))
        except SpecError as error:
            for problem in error.problems:
                first = problem.path.partition(".")[0].partition("[")[0]
                if first in {"cloud", "sources", "ownership"} and first not in region.platform:
                    where = f"dbaas:{problem.path}"
                else:
                    own = first in region.platform
                    where = f"dbaas:regions[{index}].platform" if own else "dbaas:platform"
                    where = f"{where}.{problem.path}" if problem.path else where
                problems[Problem(where, problem.message)] = None
    return [*problems, *_definition_problems(document)]


def _definition_problems(document: Any) -> list[Problem]:
    """Software that the platform of a region installs and whose definitions nobody would."""
    if not document.custom_resource_definitions.install:
        return []
    parts = [platform_arguments(document, region) for region in document.regions]
    wanted = {"cert-manager": any("cert_manager" in one for one in parts)}
    wanted["external-secrets"] = any(
        isinstance(given := one.get("external_secrets"), Mapping)
        and given.get("definitions") != "chart"
        and not given.get("existing")
        for one in parts
    )
    ways = {"cert-manager": "add it", "external-secrets": "add it, or write definitions: chart in external_secrets"}
    have = document.custom_resource_definitions.software
    return [
        Problem(
            "dbaas:custom_resource_definitions.software",
            f"lacks {name}, which the platform installs; {ways[name]}",
        )
        for name, needed in wanted.items()
        if needed and name not in have
    ]


def cloud_profile(document: Any) -> dict[str, Any]:
    """`dbaas:cloud` without what it says of buckets."""
    return {key: value for key, value in document.cloud.items() if key != "buckets"}


def cloud_problems(document: Any) -> list[Problem]:
    """Everything that is wrong with the cloud profile, under the keys of the settings."""
    if document.cloud is None:
        return []
    try:
        parse_arguments(CloudProfile, "cloud profile", cloud_profile(document))
    except SpecError as error:
        return [Problem(f"dbaas:cloud.{problem.path}", problem.message) for problem in error.problems]
    return []


def with_platform_defaults(database: Any, document: Any, regions: Sequence[str]) -> Any:
    """A database's arguments with what the stack says for all: who owns it, tiers, zones, load balancers, mirror."""
    if not isinstance(database, dict):
        return database
    found: dict[str, Any] = dict(database)
    if document.ownership is not None:
        for field in ("owner", "cost_centre", "environment"):
            found.setdefault(field, getattr(document.ownership, field))
        found.setdefault("tenant", found.get("namespace") or document.ownership.tenant)
    if document.sources.get("mirror"):
        found.setdefault("image_registry", f"{document.sources['mirror']}/docker.io")
    name = found.get("region", regions[0] if regions else None)
    region = next((one for one in document.regions if one.name == name), None)
    if region is not None and region.zones:
        found.setdefault("zones", list(region.zones))
    if document.cloud is None:
        return found
    if cloud_problems(document):
        # Which tiers there are is not known, and nothing is said of them.
        if isinstance(storage := found.get("storage"), dict):
            found["storage"] = {key: value for key, value in storage.items() if key != "tier"}
        return found
    return database_defaults(parse_arguments(CloudProfile, "cloud profile", cloud_profile(document)), found)
