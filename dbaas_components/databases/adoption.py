"""From a running custom resource to the arguments that re-create it exactly. Pure.

What the specification has words for becomes arguments, the rest overrides; nothing is lost, or it is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from dbaas_components.databases.adoption_arguments import accepted_arguments, without_defaults
from dbaas_components.databases.composition import compose
from dbaas_components.databases.engine import Engine
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.overrides import merged_manifest, overrides_between
from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import Problem, SpecError, one_of, shown
from dbaas_components.kubernetes_objects import type_token

_KEPT_METADATA: Final = ("name", "namespace", "labels", "annotations", "finalizers")
# What kubectl and the operators write there for themselves: a program that said it too would fight over it. Sources:
# PXC operator 1.20.0, PS 1.2.0, PSMDB 1.22.0 and PG 3.0.0.
_NOTES: Final = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "percona.com/pvc-resize-in-progress",
    "pgv2.percona.com/backup-in-progress",
    "pgv2.percona.com/patroni-version",
    "pgv2.percona.com/pgbackrest-",
    "pgv2.percona.com/replication-main-site",
)
_OPERATORS_FINALIZERS: Final = "internal.percona.com/"


@dataclass(frozen=True, slots=True)
class Adoption:
    """A running database as a program would ask for it."""

    engine: Engine
    name: str
    namespace: str
    arguments: Mapping[str, Any]
    """Arguments of a `ManagedDatabase`, with `adopt`, and with `overrides` where there are any."""
    manifest: Mapping[str, Any]
    """The custom resource without what only the server or an operator writes: what the arguments render to."""
    refused: tuple[Problem, ...]
    """What the custom resource says and the specification does not allow; it went into the overrides."""
    impossible: tuple[Problem, ...]
    """Overrides that the operator's definitions do not know: with them, no program can run."""
    others: tuple[str, ...]
    """Kinds of further objects that the arguments make beside the custom resource."""
    fields: int
    """How many fields the custom resource has, identity apart."""
    outside: tuple[str, ...]
    """Those of them that only overrides say."""
    taken_away: tuple[str, ...]
    """Fields that the specification would write, and that overrides take away again."""

    @property
    def import_id(self) -> str:
        """The identifier by which Pulumi imports it."""
        return f"{self.namespace}/{self.name}"

    @property
    def resource_type(self) -> str:
        """Pulumi's type of the custom resource."""
        return type_token(self.engine.api_version, self.engine.kind)

    @property
    def resource_name(self) -> str:
        """Pulumi's name of the custom resource, where the component bears the database's name."""
        return f"{self.name}-database"

    @property
    def share(self) -> float:
        """The share of the fields that the specification has words for."""
        return 1 - len(self.outside) / self.fields if self.fields else 1.0


def adopt(manifest: Mapping[str, Any]) -> Adoption:
    """What a program has to say so that nothing changes about the custom resource.

    Raises `SpecError` for what is no custom resource of ours, for an API version that is not the pinned one, and for a
    name or namespace that no database of this library can have.
    """
    engine = engine_of(manifest)
    wanted = adopted_part(manifest)
    name, namespace = (wanted["metadata"].get(key) for key in ("name", "namespace"))
    if not isinstance(name, str) or not isinstance(namespace, str):
        message = "needs name and namespace; give a custom resource as the API server holds it"
        raise SpecError(engine.kind, [Problem("metadata", message)])
    identity = {"engine": engine.name, "namespace": namespace}
    translated = _without(engine.adopt(wanted), "name") | identity | {"platform_labels": False}
    tried = [_tried(name, {**translated, **profile}, wanted) for profile in ({"profile": "standard"}, {})]
    # The first of the cheapest: the usual profile, unless another has more words for what is there.
    best = min(tried, key=lambda one: one.cost)
    arguments = {**best.arguments, "adopt": True}
    if best.overrides:
        arguments["overrides"] = best.overrides
    return Adoption(
        engine=engine,
        name=name,
        namespace=namespace,
        arguments=arguments,
        manifest=wanted,
        refused=best.refused,
        impossible=_impossible(name, arguments),
        others=best.others,
        fields=len(_fields(wanted)),
        outside=best.outside,
        taken_away=best.taken_away,
    )


def engine_of(manifest: Mapping[str, Any]) -> Engine:
    """The engine whose custom resource this is. Raises `SpecError` for any other object."""
    kind, version = manifest.get("kind"), manifest.get("apiVersion")
    engine = next((one for one in ENGINES.values() if one.kind == kind), None)
    if engine is None:
        message = f"{shown(kind)} is no database; {one_of(str(kind), (one.kind for one in ENGINES.values()))}"
        raise SpecError("custom resource", [Problem("kind", message)])
    if version != engine.api_version:
        message = f"{shown(version)} is not the version that is known here; read it as {engine.api_version}"
        raise SpecError(str(kind), [Problem("apiVersion", message)])
    return engine


def adopted_part(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The custom resource as a program would say it: without status, and without what the server, kubectl and the
    operator write for themselves."""
    metadata = _mapping(manifest.get("metadata"))
    kept = {key: metadata[key] for key in _KEPT_METADATA if metadata.get(key)}
    if "annotations" in kept:
        own = _mapping(kept["annotations"])
        kept["annotations"] = {key: value for key, value in own.items() if not key.startswith(_NOTES)}
    if _is_list(kept.get("finalizers")):
        kept["finalizers"] = [one for one in kept["finalizers"] if not str(one).startswith(_OPERATORS_FINALIZERS)]
    return {
        "apiVersion": manifest.get("apiVersion"),
        "kind": manifest.get("kind"),
        "metadata": {key: value for key, value in kept.items() if value},
        **{
            key: _without_nulls(value)
            for key, value in manifest.items()
            if key not in {"apiVersion", "kind", "metadata", "status"} and value is not None
        },
    }


@dataclass(frozen=True, slots=True)
class _Tried:
    arguments: dict[str, Any]
    overrides: dict[str, Any]
    refused: tuple[Problem, ...]
    outside: tuple[str, ...]
    taken_away: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def cost(self) -> tuple[int, int]:
        return len(self.outside) + len(self.taken_away) + len(self.refused), len(self.others)


def _tried(name: str, translated: Mapping[str, Any], wanted: Mapping[str, Any]) -> _Tried:
    # Nobody meant to give up what they are taking over.
    accepted, refused = accepted_arguments(name, {"deletion_protection": True, **translated})
    composition = compose(parse_database(name, accepted))
    rendered = composition.database
    overrides = overrides_between(rendered, wanted)
    assert merged_manifest(rendered, overrides) == wanted
    there, made = _fields(wanted), _fields(rendered)
    return _Tried(
        arguments=without_defaults(name, accepted),
        overrides=overrides,
        refused=tuple(refused),
        outside=tuple(path for path, value in there.items() if path not in made or made[path] != value),
        taken_away=tuple(path for path in made if path not in there),
        others=tuple(one.manifest["kind"] for one in (*composition.before, *composition.after)),
    )


def _impossible(name: str, arguments: Mapping[str, Any]) -> tuple[Problem, ...]:
    try:
        parse_database(name, arguments)
    except SpecError as error:
        return error.problems
    return ()


def _fields(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Every single value by its path, identity apart. Items of a list go by their name, or by their number."""
    parts = _without(_without(manifest, "apiVersion"), "kind")
    metadata = _without(_without(_mapping(parts.pop("metadata", {})), "name"), "namespace")
    return dict(_values({**({"metadata": metadata} if metadata else {}), **parts}, ""))


def _values(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if _is_mapping(value) and value:
        for key, item in value.items():
            yield from _values(item, f"{path}.{key}" if path else key)
    elif _is_list(value) and value and all(_is_mapping(item) for item in value):
        for index, item in enumerate(value):
            yield from _values(item, f"{path}[{item.get('name', index)}]")
    else:
        yield path, value


def _without(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != key}


def _without_nulls(value: Any) -> Any:
    if _is_mapping(value):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if _is_list(value) else value


def _mapping(value: object) -> Mapping[str, Any]:
    return value if _is_mapping(value) else {}


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)
