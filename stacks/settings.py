"""What a stack may say in `Pulumi.<stack>.yaml`, and the only reader of it."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import Field, ValidationError

from dbaas_components.databases.spec import DatabaseSpec, parse_database
from dbaas_components.errors import Problem, SpecError, one_of, problems_of, shown
from dbaas_components.naming import dns_label_problem
from dbaas_components.ownership import Ownership
from stacks.buckets import with_buckets
from stacks.platform_settings import platform_problems, with_platform_defaults
from stacks.strict import StrictSettings

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
    kubeconfig: str | None = None
    """Path of a kubeconfig, relative to the project; default: `KUBECONFIG`, else `~/.kube/config`."""

    def with_absolute_kubeconfig(self) -> RegionSettings:
        """The same region wherever the engine and the provider are started."""
        if self.kubeconfig is None:
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
class PlacedDatabase:
    """A database and the region it runs in."""

    spec: DatabaseSpec
    region: str
    arguments: Mapping[str, Any]
    """What the settings say of the database, without defaults, so that it can still be told from them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a stack says, checked and complete."""

    stack: str
    regions: tuple[RegionSettings, ...]
    databases: tuple[PlacedDatabase, ...]
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
    def primary_region(self) -> str:
        """The region of a database that names none: the first one."""
        return self.regions[0].name


class _Document(StrictSettings):
    """The keys a stack file may hold under `dbaas:`."""

    regions: tuple[RegionSettings, ...] = Field(min_length=1)
    databases: tuple[dict[str, Any], ...] = ()
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
    try:
        document = _Document.model_validate(_tuples(known))
    except ValidationError as error:
        problems += _document_problems(error, known)
    raw_databases = known.get("databases")
    regions = _region_names(known.get("regions"))
    whole: Sequence[Any] = raw_databases if isinstance(raw_databases, list) else []
    buckets: Mapping[str, Mapping[str, Any]] = {}
    if document is not None:
        problems += platform_problems(document)
        told = with_buckets(document, [with_platform_defaults(one, document, regions) for one in whole], regions)
        whole, buckets = told.databases, told.arguments
        problems += told.problems
    placed, database_problems = _databases(whole, regions)
    problems += database_problems + _region_problems(regions) + _kubeconfig_problems(known.get("regions"))
    problems += _namespace_problems(placed)
    if problems or document is None:
        raise SpecError(f"Pulumi.{stack}.yaml", problems)
    return Settings(
        stack=stack,
        regions=tuple(region.with_absolute_kubeconfig() for region in document.regions),
        databases=tuple(placed),
        definitions=document.custom_resource_definitions,
        ownership=document.ownership.model_dump() if document.ownership else {},
        cloud=document.cloud,
        sources=document.sources,
        platform=document.platform,
        buckets=buckets,
        manage_namespaces=document.manage_namespaces,
        helm_releases=document.helm_releases,
    )


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
        path = item.get("kubeconfig") if isinstance(item, dict) else None
        # What stands here is kept in the state as it is: a kubeconfig's content would put its credentials there.
        if isinstance(path, str) and ("\n" in path or path.lstrip().startswith("{")):
            message = "holds a kubeconfig's content; write the path of a file"
            problems.append(Problem(f"{PROJECT}:regions[{index}].kubeconfig", message))
    return problems


def _region_problems(names: list[str]) -> list[Problem]:
    problems: list[Problem] = []
    for index, name in enumerate(names):
        if reason := dns_label_problem(name):
            problems.append(Problem(f"{PROJECT}:regions[{index}].name", reason))
    for name in _repeated(names):
        problems.append(Problem(f"{PROJECT}:regions", f'"{name}" stands there twice; give each region its own name'))
    return problems


def _databases(values: Sequence[Any], regions: list[str]) -> tuple[list[PlacedDatabase], list[Problem]]:
    placed: list[PlacedDatabase] = []
    problems: list[Problem] = []
    names: list[str] = []
    for index, value in enumerate(values):
        path = f"{PROJECT}:databases[{index}]"
        if not isinstance(value, dict):
            continue  # The document's own check names it.
        args = dict(value)
        name, region = args.pop("name", None), args.pop("region", regions[0] if regions else "")
        if not isinstance(name, str):
            given = (
                "is required and was not given; add it" if name is None else f"{shown(name)} is not text; write text"
            )
            problems.append(Problem(f"{path}.name", given))
            name = ""
        elif name:
            names.append(name)
        else:
            problems.append(Problem(f"{path}.name", "is empty; write a name"))
        if regions and region not in regions:
            problems.append(
                Problem(f"{path}.region", f"{shown(region)} is not a region; {one_of(str(region), regions)}")
            )
        try:
            spec = parse_database(name or "unnamed", args, path=path)
        except SpecError as error:
            problems += [problem for problem in error.problems if name or problem.path != f"{path}.name"]
        else:
            if name:
                placed.append(PlacedDatabase(spec, region, args))
    for name in _repeated(names):
        where = " and ".join(f"databases[{index}]" for index, value in enumerate(values) if _is_named(value, name))
        problems.append(Problem(f"{PROJECT}:databases", f'{where} are both named "{name}"; rename one'))
    return placed, problems


def _namespace_problems(placed: Sequence[PlacedDatabase]) -> list[Problem]:
    """Two namespaces whose resources would have one name: region `a` with `b-c`, region `a-b` with `c`."""
    owners: dict[str, set[tuple[str, str]]] = {}
    for database in placed:
        key = (database.region, database.spec.namespace)
        owners.setdefault("-".join(key), set()).add(key)
    return [
        Problem(
            f"{PROJECT}:databases",
            f"region and namespace give one resource name, {name}, in two ways; rename a region or a namespace",
        )
        for name, keys in sorted(owners.items())
        if len(keys) > 1
    ]


def _is_named(value: Any, name: str) -> bool:
    return isinstance(value, dict) and value.get("name") == name


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]
