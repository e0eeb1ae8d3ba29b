"""What a stack may say in `Pulumi.<stack>.yaml`, and the only reader of it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import Field, ValidationError

from dbaas_components.errors import Problem, SpecError, one_of, problems_of, shown
from dbaas_components.naming import dns_label_problem
from dbaas_components.ownership import Ownership
from stacks.buckets import Backed, with_buckets
from stacks.failover import failover_of
from stacks.in_part import NOBODY, document_in_part, not_following
from stacks.placed import PlacedDatabase, place_problems, placed_databases, repeated, repeated_names
from stacks.platform_settings import cloud_problems, platform_problems, with_platform_defaults
from stacks.strict import StrictSettings
from stacks.topologies import PlacedTopology, Topologies

PROJECT = "dbaas"
PROJECT_FOLDER = Path(__file__).resolve().parent.parent
_NEAR_PREFIXES = (PROJECT, "dbaas-components", "database", "databases")


class RegionSettings(StrictSettings):
    """One Kubernetes cluster that databases can run in."""

    name: str
    """Name of the region, for example `eu-west-1`; a DNS label."""
    context: str | None = None
    """Kubernetes context to use; default: the kubeconfig's current one."""
    platform: dict[str, Any] = {}
    """Parts of the platform that differ in this region, over those of `dbaas:platform`; null leaves a part out."""
    zones: tuple[str, ...] = ()
    """Zones that databases may run in; default: the cloud profile's."""
    networks: tuple[str, ...] = ()
    """Networks that the pods of this region come from, as the other regions see them."""
    secret_store: dict[str, Any] | None = None
    """ClusterSecretStore for what the sites of a topology share: `name`, `push_to`; default: the platform's."""
    kubeconfig: str | None = None
    """Path of a kubeconfig, relative to the project; default: `KUBECONFIG`, else `~/.kube/config`."""

    def with_absolute_kubeconfig(self) -> RegionSettings:
        """The same region wherever the engine and the provider are started."""
        if self.kubeconfig is None or _path_problem(self.kubeconfig):
            return self
        path = (PROJECT_FOLDER / Path(self.kubeconfig).expanduser()).resolve()
        return self.model_copy(update={"kubeconfig": str(path)})


class DefinitionSettings(StrictSettings):
    """Whether and from where the operators' CustomResourceDefinitions are installed."""

    install: bool = True
    """Default true. False where another team owns them; they must then exist before the first database."""
    software: tuple[str, ...] = ()
    """Further software whose definitions are installed: `cert-manager`, `external-secrets`. A platform with
    `cert_manager` needs the first."""
    folder: str | None = None
    """Folder of `<engine>/<operator version>/crd.yaml` files, relative to the project.

    Default: `../shared/crds` where that exists, else the operators' official release files, fetched once and checked
    against pinned digests."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a stack says, checked and complete."""

    stack: str
    regions: tuple[RegionSettings, ...]
    """All regions of the stack's databases."""
    present: tuple[RegionSettings, ...]
    """Regions that this stack makes."""
    single: tuple[PlacedDatabase, ...]
    """Databases in one region, of the regions that are present."""
    topologies: tuple[PlacedTopology, ...]
    """Databases over several regions."""
    documents: Mapping[str, Mapping[str, Any]]
    """By topology what `dbaas dr` reads."""
    agents: Mapping[str, Mapping[str, Mapping[str, Any]]]
    """By topology and region the arguments of its failover agent; empty where none are asked for."""
    definitions: DefinitionSettings
    ownership: Mapping[str, str]
    """Owner, cost centre and environment of everything; empty where the stack makes no platform and names none."""
    cloud: Mapping[str, Any] | None
    """Cloud profile of all regions."""
    sources: Mapping[str, str]
    """Where charts and images come from."""
    platform: Mapping[str, Any] | None
    """Parts of the platform; None where the stack makes none."""
    buckets: Mapping[str, Mapping[str, Any]]
    """Arguments of the `BackupBucket` of each region that has one."""
    manage_namespaces: bool
    helm_releases: Literal["install", "record"]

    @property
    def databases(self) -> tuple[PlacedDatabase, ...]:
        """Every database of the regions that are present, the sites of topologies among them."""
        present = {region.name for region in self.present}
        sites = [site for topology in self.topologies for site in topology.sites if site.region in present]
        return (*self.single, *sites)

    @property
    def primary_region(self) -> str:
        """The region of a database that names none: the first one."""
        return self.regions[0].name


class _Document(StrictSettings):
    """The keys a stack file may hold under `dbaas:`."""

    regions: tuple[RegionSettings, ...] = Field(min_length=1)
    regions_present: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    databases: tuple[dict[str, Any], ...] = ()
    topologies: tuple[dict[str, Any], ...] = ()
    failover: dict[str, Any] = {}
    custom_resource_definitions: DefinitionSettings = DefinitionSettings()
    manage_namespaces: bool = True
    helm_releases: Literal["install", "record"] = "install"
    ownership: Ownership | None = None
    cloud: dict[str, Any] | None = None
    sources: dict[str, str] = {}
    platform: dict[str, Any] | None = None


_FIELDS_BY_PARENT = {
    "regions": tuple(RegionSettings.model_fields),
    "custom_resource_definitions": tuple(DefinitionSettings.model_fields),
}


def load() -> Settings:
    """The running stack's settings, from Pulumi's configuration.

    Raises `SpecError` with every problem of the whole configuration, before anything is registered.
    """
    given: dict[str, str] = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    secret_keys = {*runtime_config.get_config_secret_keys_env(), *filter(runtime_config.is_config_secret, given)}
    return parse(
        pulumi.get_stack(),
        {key: {"secure": ""} if key in secret_keys else _decoded(value) for key, value in given.items()},
    )


def _decoded(value: Any) -> Any:
    """A configuration value as it was written: the engine hands structured ones over as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        decoded = json.loads(value)
    except ValueError:
        return value
    # `5` and `true` stay text only if the user quoted them; Pulumi does not keep that difference for plain values.
    return decoded


def parse(stack: str, given: Mapping[str, Any]) -> Settings:
    """Settings from configuration keys (`dbaas:regions`) and their plain values.

    Raises `SpecError` with all problems together: unknown keys, wrong types, databases that their engine refuses,
    unknown regions, two databases of one name.
    """
    problems = _key_problems(given)
    values = {key.partition(":")[2]: value for key, value in given.items() if key.startswith(f"{PROJECT}:")}
    known = {
        name: value for name, value in values.items() if name in _Document.model_fields and not _holds_secret(value)
    }
    document: _Document | None = None
    wrong: set[str] = set()
    try:
        document = _Document.model_validate(_tuples(known))
    except ValidationError as error:
        problems += _document_problems(error, known)
        wrong = {str(one["loc"][0]) for one in error.errors(include_url=False)}
    regions = _region_names(known.get("regions"))
    whole, spread = _listed(known.get("databases")), _listed(known.get("topologies"))
    problems += repeated_names(whole, spread)
    problems += _region_problems(regions) + _kubeconfig_problems(known.get("regions"))
    if document is None:
        rest = document_in_part(_Document, _tuples(known), wrong, regions)
        problems += _problems_of_the_rest(rest, wrong, whole, regions)
        raise SpecError(f"Pulumi.{stack}.yaml", problems)
    problems += platform_problems(document) + _present_problems(document.regions_present, regions)
    topologies = Topologies(document, spread, regions)
    sites = topologies.backed()
    told = with_buckets(document, [*_backed(whole, document, regions), *sites], regions)
    problems += _of_buckets(told.problems, named=not _region_problems(regions))
    placed, found = placed_databases(told.databases[: len(whole)], regions)
    over_regions, of_topologies = topologies.placed(told.databases[len(whole) :], without_buckets=told.refused)
    problems += [*found, *of_topologies]
    problems += place_problems([*placed, *(site for topology in over_regions for site in topology.sites)])
    absolute = tuple(region.with_absolute_kubeconfig() for region in document.regions)
    environment = document.ownership.environment if document.ownership else stack
    owner = document.ownership.model_dump() if document.ownership else None
    missed = any(one.path == f"{PROJECT}:ownership" for one in problems)
    failover = failover_of(over_regions, absolute, document.failover, environment, NOBODY if missed else owner)
    problems += failover.problems
    if problems:
        raise SpecError(f"Pulumi.{stack}.yaml", problems)
    present = document.regions_present or regions
    return Settings(
        stack=stack,
        regions=absolute,
        present=tuple(region for region in absolute if region.name in present),
        single=tuple(one for one in placed if one.region in present),
        topologies=tuple(over_regions),
        documents=failover.documents,
        agents=failover.agents,
        definitions=document.custom_resource_definitions,
        ownership=owner or {},
        cloud=document.cloud,
        sources=document.sources,
        platform=document.platform,
        buckets=told.arguments,
        manage_namespaces=document.manage_namespaces,
        helm_releases=document.helm_releases,
    )


def _problems_of_the_rest(
    document: _Document | None, wrong: Collection[str], databases: Sequence[Any], regions: list[str]
) -> list[Problem]:
    """What is wrong with keys that have the right form, where others have not."""
    if document is None or not regions:
        # What belongs to regions and platform is not known: the databases are read as they are written.
        return placed_databases(databases, regions)[1]
    # What a region says of its platform, and where its bucket is, goes with the region.
    whole = "regions" not in wrong
    found = platform_problems(document) if whole else cloud_problems(document)
    told = with_buckets(document, _backed(databases, document, regions), regions)
    named = whole and not _region_problems(regions)
    found += _of_buckets(told.problems, named=named)
    return [*not_following(found, wrong), *placed_databases(told.databases, regions)[1]]


def _of_buckets(problems: Sequence[Problem], *, named: bool) -> list[Problem]:
    """What is wrong with the buckets; where the regions are not known, whose names they have, that of databases."""
    return [one for one in problems if named or not one.path.startswith(f"{PROJECT}:cloud.buckets")]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _backed(databases: Sequence[Any], document: _Document, regions: Sequence[str]) -> list[Backed]:
    told = [with_platform_defaults(one, document, regions) for one in databases]
    return [
        Backed(
            one, one.get("region", regions[0]) if isinstance(one, dict) else "", path=f"{PROJECT}:databases[{index}]"
        )
        for index, one in enumerate(told)
    ]


def _present_problems(present: Sequence[str] | None, regions: Sequence[str]) -> list[Problem]:
    return [
        Problem(f"{PROJECT}:regions_present[{index}]", f'"{name}" is not a region; {one_of(name, regions)}')
        for index, name in enumerate(present or ())
        if name not in regions
    ]


def _tuples(value: Any) -> Any:
    """Lists as tuples: strict models refuse `"3"` for 3, and they refuse a list for a tuple with it."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def _key_problems(given: Mapping[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    for key in sorted(given):
        namespace, _, name = key.partition(":")
        if namespace == PROJECT and _holds_secret(given[key]):
            message = "holds an encrypted value; settings carry names and references only, so write it in plain text"
            problems.append(Problem(key, message))
        elif namespace == PROJECT and name not in _Document.model_fields:
            problems.append(Problem(key, f"is not a known key; {one_of(name, _Document.model_fields)}"))
        elif namespace != PROJECT and difflib.get_close_matches(namespace, _NEAR_PREFIXES, cutoff=0.75):
            problems.append(Problem(key, f'"{namespace}" is not a known prefix; did you mean "{PROJECT}:{name}"?'))
    return problems


def _document_problems(error: ValidationError, values: Mapping[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    for problem in problems_of(error):
        parent = problem.path.partition("[")[0].partition(".")[0]
        message = problem.message
        if message == "is not a known key":
            message = f"{message}; {one_of(problem.path.rpartition('.')[2], _FIELDS_BY_PARENT.get(parent, ()))}"
        elif problem.path == "helm_releases":
            message = (
                f'{shown(values["helm_releases"])} is not known; write "install", or "record" to only record releases'
            )
        elif problem.path == "regions" and "at least 1" in message:
            if values.get("regions"):
                continue  # Regions are given but wrong, which their own problems say.
            message = "is empty; name at least one region"
        problems.append(Problem(f"{PROJECT}:{problem.path}", message))
    return problems


def _region_names(value: Any) -> list[str]:
    """The region names that could be read, whatever else is wrong with them."""
    if not isinstance(value, list):
        return []
    return [item["name"] for item in value if isinstance(item, dict) and isinstance(item.get("name"), str)]


def _holds_secret(value: Any) -> bool:
    """Whether any part of the value is encrypted, as `{"secure": ...}`."""
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(_holds_secret(item) for item in value.values())
    return isinstance(value, list) and any(_holds_secret(item) for item in value)


def _kubeconfig_problems(value: Any) -> list[Problem]:
    problems: list[Problem] = []
    for index, item in enumerate(value if isinstance(value, list) else []):
        if not isinstance(item, dict):
            continue
        where = f"{PROJECT}:regions[{index}]"
        path = item.get("kubeconfig")
        if isinstance(path, str) and (message := _path_problem(path)):
            problems.append(Problem(f"{where}.kubeconfig", message))
        if item.get("context") == "":
            # The ambient context is whatever somebody last chose: a variable that is not set must not lead there.
            message = "is empty; name a context, or leave it out for the kubeconfig's current one"
            problems.append(Problem(f"{where}.context", message))
    return problems


def _path_problem(path: str) -> str | None:
    # What stands here is kept in the state as it is: a kubeconfig's content would put its credentials there.
    if "\n" in path or path.lstrip().startswith("{"):
        return "holds a kubeconfig's content; write the path of a file"
    if not path.strip():
        return "is empty; write the path of a file, or leave it out for KUBECONFIG or ~/.kube/config"
    try:
        Path(path).expanduser().resolve()
    except (RuntimeError, ValueError) as error:
        return f"{shown(path)} is not a path ({error}); write the path of a file"
    return None


def _region_problems(names: list[str]) -> list[Problem]:
    problems: list[Problem] = []
    for index, name in enumerate(names):
        if reason := dns_label_problem(name):
            problems.append(Problem(f"{PROJECT}:regions[{index}].name", reason))
    for name in repeated(names):
        problems.append(Problem(f"{PROJECT}:regions", f'"{name}" stands there twice; give each region its own name'))
    return problems
