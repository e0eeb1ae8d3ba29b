"""What a database is to be: checked, complete and frozen, before anything is registered."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import pulumi
from pydantic import BaseModel, ConfigDict, ValidationError

from dbaas_components.databases.engine import Engine
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.sizes import DEFAULT_PROFILE, DEFAULT_SIZE, PROFILES, SIZES
from dbaas_components.errors import Problem, SpecError, one_of, problems_of, shown
from dbaas_components.naming import SERVICE_NAME_LIMIT, dns_label_problem, namespace_problem
from dbaas_components.quantities import Quantity
from dbaas_components.versions import DEFAULT_REGISTRY

_REGISTRY = re.compile(r"[a-z0-9]([-.a-z0-9]*[a-z0-9])?(:\d{1,5})?(/[a-z0-9]+([-._a-z0-9]*[a-z0-9])?)*")
_STORAGE_CLASS = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")
_LARGEST_STORAGE: Final = Quantity.parse("1Pi")


class DatabaseSpec(BaseModel):
    """One database, with every default filled in. Make it with `parse_database`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    """Name of the database's custom resource, from which all its Services and Secrets take theirs."""
    namespace: str
    """Kubernetes namespace; empty if it is only known while the program runs."""
    engine: str
    """`pxc`, `ps`, `psmdb` or `pg`."""
    version: str
    """The engine's version series, such as `8.4`."""
    profile: str
    """`dev`, `standard` or `critical`."""
    size: str
    """`small`, `medium` or `large`."""
    replicas: int
    """Database pods, the writer included."""
    storage: str
    """Size of each replica's volume, a Kubernetes quantity."""
    storage_class: str | None
    """StorageClass of the volumes; None takes the cluster's default."""
    deletion_protection: bool
    """Whether the engine refuses to delete or replace the database."""
    image_registry: str
    """Registry, or mirror with a path, that all images are pulled from."""

    def arguments(self) -> dict[str, Any]:
        """The arguments that make a `ManagedDatabase` of this specification."""
        return self.model_dump(exclude_none=True)


class _Given(BaseModel):
    """The same fields as they were given: types are checked here, meaning in `_RULES`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str | None = None
    namespace: str | None = None
    engine: str | None = None
    version: str | None = None
    profile: str | None = None
    size: str | None = None
    replicas: int | None = None
    storage: str | None = None
    storage_class: str | None = None
    deletion_protection: bool | None = None
    image_registry: str | None = None


_FIELDS: Final = tuple(_Given.model_fields)

# A pg database and the role that owns it bear the name of the database's custom resource (PG operator 3.0.0).
_RESERVED_PG_NAMES: Final = {
    "postgres": "it is PostgreSQL's superuser, who would own the database",
    "monitor": "it is the superuser with which the PG operator's monitoring logs in",
    "pgbouncer": "it is PgBouncer's administration console",
    "template0": "PostgreSQL makes new databases from it",
    "template1": "PostgreSQL makes new databases from it",
    "public": "PostgreSQL lets no role be called so",
    "none": "PostgreSQL lets no role be called so",
}


def parse_database(name: str, args: Mapping[str, object], *, path: str = "") -> DatabaseSpec:
    """The specification that `args` ask for, with defaults from the profile's, size's and versions' tables.

    `name` is the database's name unless `args`, a mapping, hold another. A value of None counts as not given. Only
    `namespace` may be a Pulumi output; it is then empty in the specification. `path` stands in front of every field in
    messages.

    Raises `SpecError` with every problem of the input: wrong types, unknown keys and words, names that are reserved or
    too long for the engine, replica counts that its replication cannot use, storage that is none or too little.
    """
    # A program without type checks, or a YAML file, may hold anything here.
    unchecked = cast("object", args)
    if not isinstance(unchecked, Mapping):
        message = (
            f"the arguments must be a mapping, and {_in_words(unchecked)} was given; write engine, namespace and others"
        )
        raise SpecError(_subject(name), [Problem(path, message)])
    keyed = cast("Mapping[object, object]", unchecked)
    given: dict[str, object] = {
        "name": name,
        **{key: value for key, value in keyed.items() if isinstance(key, str) and value is not None},
    }
    subject = _subject(given["name"] if isinstance(given["name"], str) else name)
    late_namespace = _is_late(given.get("namespace"))
    if late_namespace:
        del given["namespace"]
    problems = [_key_problem(path, key) for key in keyed if not isinstance(key, str)]
    problems += [_late_problem(path, key) for key, value in given.items() if _is_late(value)]
    given = {key: value for key, value in given.items() if not _is_late(value)}
    readable, type_problems = _read(given, path)
    problems += type_problems
    required = [field for field in ("namespace", "engine") if keyed.get(field) is None]
    problems += [Problem(_joined(path, field), "is required and was not given; add it") for field in required]
    for field, rule in _RULES.items():
        if field in readable and (reason := rule(readable)):
            problems.append(Problem(_joined(path, field), reason))
    if problems:
        raise SpecError(subject, sorted(problems, key=lambda problem: _position(problem, path)))
    return _complete(readable)


def _subject(name: object) -> str:
    return f'database "{name}"' if isinstance(name, str) else "database"


def _in_words(value: object) -> str:
    return "an output of another resource" if _is_late(value) else shown(value)


def _key_problem(path: str, key: object) -> Problem:
    """YAML reads an unquoted `true` or `1` as something else than text, also where it is a key."""
    written = str(key).lower() if isinstance(key, bool) else shown(key)
    return Problem(_joined(path, written), f"is a key that is not text; {one_of(written, _FIELDS)}")


def _is_late(value: object) -> bool:
    return isinstance(value, pulumi.Output) or inspect.isawaitable(value)


def _late_problem(path: str, key: str) -> Problem:
    message = "is an output of another resource; only namespace may be one, so write a plain value"
    return Problem(_joined(path, key), message)


def _joined(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field


def _position(problem: Problem, path: str) -> int:
    """Where a problem's field stands in the specification; unknown keys come last."""
    field = problem.path.removeprefix(f"{path}.")
    return _FIELDS.index(field) if field in _FIELDS else len(_FIELDS)


def _read(given: Mapping[str, object], path: str) -> tuple[dict[str, Any], list[Problem]]:
    """The values whose types are right, and the problems of the others."""
    try:
        return _plain(_Given.model_validate(given)), []
    except ValidationError as error:
        problems = [_version_hint(problem) for problem in problems_of(error, prefix=path, known=_FIELDS)]
        wrong = {str(detail["loc"][0]) for detail in error.errors(include_url=False)}
        # Without the wrong ones the rest still holds, so that its own problems are told at once.
        rest = {key: value for key, value in given.items() if key not in wrong}
        return _plain(_Given.model_validate(rest)), problems


def _plain(given: _Given) -> dict[str, Any]:
    return given.model_dump(exclude_none=True)


def _version_hint(problem: Problem) -> Problem:
    """YAML reads an unquoted `8.4` as a number."""
    field = problem.path.rpartition(".")[2]
    value = problem.message.partition(" is not text")[0]
    if field != "version" or value == problem.message:
        return problem
    return Problem(problem.path, f'{value} is not text; write it in quotes, "{value}"')


def _engine(given: Mapping[str, Any]) -> Engine | None:
    return ENGINES.get(given.get("engine", ""))


def _name_rule(given: Mapping[str, Any]) -> str | None:
    engine = _engine(given)
    limit = engine.name_limit if engine else SERVICE_NAME_LIMIT
    if engine and engine.name == "pg" and (reason := _RESERVED_PG_NAMES.get(given["name"])):
        return f"{shown(given['name'])} is reserved in pg: {reason}; choose another name"
    return dns_label_problem(given["name"], limit.characters, limit.because)


def _engine_rule(given: Mapping[str, Any]) -> str | None:
    value = given["engine"]
    meant = sorted(f'"{engine.name}"' for engine in ENGINES.values() if value.lower() in engine.also_called)
    problem = _word_problem(value, "an engine", ENGINES)
    return f"{problem}; did you mean {' or '.join(meant)}?" if problem and meant else problem


def _version_rule(given: Mapping[str, Any]) -> str | None:
    engine, version = _engine(given), given["version"]
    if engine is None or version in engine.versions.series:
        return None
    return f"{shown(version)} is not a version of {engine.name}; {one_of(version, engine.versions.series)}"


def _replicas_rule(given: Mapping[str, Any]) -> str | None:
    engine, profile = _engine(given), PROFILES.get(given.get("profile", DEFAULT_PROFILE))
    return engine.replicas.problem(given["replicas"], profile) if engine and profile else None


def _storage_rule(given: Mapping[str, Any]) -> str | None:
    try:
        storage = Quantity.parse(given["storage"])
    except ValueError as error:
        return str(error)
    engine = _engine(given)
    if engine and storage < Quantity.parse(engine.minimum_storage):
        return f"{given['storage']} is too little; {engine.name} needs at least {engine.minimum_storage}"
    if storage > _LARGEST_STORAGE:
        return f"{given['storage']} is more than any volume holds; write at most {_LARGEST_STORAGE}"
    if storage.amount.denominator != 1:
        return f"{given['storage']} is not a whole number of bytes; write such as 10Gi"
    return None


def _storage_class_rule(given: Mapping[str, Any]) -> str | None:
    value = given["storage_class"]
    if _STORAGE_CLASS.fullmatch(value):
        return None
    return (
        f"{shown(value)} is not a StorageClass name; use lower-case letters, digits, hyphens and dots, or leave it out"
    )


def _image_registry_rule(given: Mapping[str, Any]) -> str | None:
    value = given["image_registry"]
    if _REGISTRY.fullmatch(value):
        return None
    return (
        f"{shown(value)} is not a registry; write a host with an optional port and path and no scheme, "
        f"such as {DEFAULT_REGISTRY} or mirror.example.com:5000/docker-hub"
    )


def _word_problem(value: str, what: str, allowed: Mapping[str, Any]) -> str | None:
    return None if value in allowed else f"{shown(value)} is not {what}; {one_of(value, allowed)}"


# Each looks at one field and at what else could be read, so that one wrong field hides no other's problem.
_RULES: Final[Mapping[str, Callable[[Mapping[str, Any]], str | None]]] = {
    "name": _name_rule,
    "namespace": lambda given: namespace_problem(given["namespace"]),
    "engine": _engine_rule,
    "version": _version_rule,
    "profile": lambda given: _word_problem(given["profile"], "a profile", PROFILES),
    "size": lambda given: _word_problem(given["size"], "a size", SIZES["pg"]),
    "replicas": _replicas_rule,
    "storage": _storage_rule,
    "storage_class": _storage_class_rule,
    "image_registry": _image_registry_rule,
}


def _complete(given: Mapping[str, Any]) -> DatabaseSpec:
    engine = ENGINES[given["engine"]]
    profile_name = given.get("profile", DEFAULT_PROFILE)
    profile = PROFILES[profile_name]
    return DatabaseSpec(
        name=given["name"],
        namespace=given.get("namespace", ""),
        engine=engine.name,
        version=given.get("version", engine.versions.default),
        profile=profile_name,
        size=given.get("size", DEFAULT_SIZE),
        replicas=given.get("replicas", profile.replicas),
        storage=given.get("storage", profile.storage),
        storage_class=given.get("storage_class"),
        deletion_protection=given.get("deletion_protection", profile.deletion_protection),
        image_registry=given.get("image_registry", DEFAULT_REGISTRY),
    )
