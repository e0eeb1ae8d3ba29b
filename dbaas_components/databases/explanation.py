"""Everything that holds for one database and who chose it. Pure: `dbaas explain` only prints it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, get_args

from pydantic import BaseModel

from dbaas_components.databases.capabilities import CAPABILITIES
from dbaas_components.databases.composition import NAMESPACE, Connections, connections
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.override_check import check_overrides
from dbaas_components.databases.overrides import override_values
from dbaas_components.databases.spec import DatabaseSpec, explain_database, parse_database
from dbaas_components.databases.spec.descriptions import descriptions_of
from dbaas_components.databases.spec.parsing import Explained

GROUPS: Final[Mapping[str, str]] = {
    # The first field of each group; the fields' order is the specification's.
    "name": "Identity",
    "size": "Size and shape",
    "parameters": "The engine itself",
    "proxy": "Ways in, and who may come",
    "backup": "Protection of the data",
    "paused": "Running it",
}
LATE_NAMESPACE: Final = "(known while the program runs)"


@dataclass(frozen=True, slots=True)
class EffectiveValue:
    """One value that holds."""

    group: str
    """`Size and shape`"""
    path: str
    """`proxy.replicas`"""
    value: Any
    source: str
    """`given`, `profile standard`, `size small`, `engine pg` or `library`."""
    description: str
    """What the field means; empty for a key of the user's own, such as a label."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A database, explained."""

    name: str
    engine: str
    operator_version: str
    values: tuple[EffectiveValue, ...]
    """Every value that holds, in the specification's order, without overrides and without the defaults of what this
    engine does not have."""
    overrides: Mapping[str, Any]
    """Off the paved road: path in the custom resource to value; None takes the field away."""
    notes: tuple[str, ...]
    """What is to be known beside the values, such as overrides that nothing here could check."""
    connections: Connections

    @property
    def empty(self) -> tuple[str, ...]:
        """Paths where nobody said anything and nothing holds: no zones, no users."""
        return tuple(value.path for value in self.values if _says_nothing(value))

    @property
    def said(self) -> tuple[EffectiveValue, ...]:
        """The other values."""
        return tuple(value for value in self.values if not _says_nothing(value))

    def document(self) -> dict[str, Any]:
        """The explanation as plain data, for JSON."""
        return {
            "name": self.name,
            "engine": self.engine,
            "operator_version": self.operator_version,
            "values": [asdict(value) for value in self.values],
            "overrides": dict(self.overrides),
            "notes": list(self.notes),
            "connections": {
                "endpoints": dict(self.connections.endpoints),
                "uris": dict(self.connections.uris),
                "credentials": self.connections.credentials,
                "ca": self.connections.ca,
            },
        }


def explain(name: str, arguments: Mapping[str, Any]) -> Explanation:
    """What holds for the database that `arguments` ask for. Raises `SpecError` as `parse_database` does."""
    spec = parse_database(name, arguments)
    engine = ENGINES[spec.engine]
    absent = _absent_fields(spec.engine)
    values = [
        one
        for one in explain_database(name, arguments)
        if one.path.partition(".")[0] != "overrides" and not (one.source == "library" and _is_in(one.path, absent))
    ]
    return Explanation(
        name=spec.name,
        engine=spec.engine,
        operator_version=engine.versions.operator,
        values=tuple(_effective(values)),
        overrides=dict(override_values(spec.overrides)),
        notes=tuple(_notes(spec)),
        connections=_with_namespace(connections(spec)) if not spec.namespace else connections(spec),
    )


def _absent_fields(engine: str) -> tuple[str, ...]:
    """Fields that mean nothing to an engine, because it does not have what they are for."""
    return tuple(row.path for row in CAPABILITIES if engine in row.missing and row.value is None)


def _is_in(path: str, fields: tuple[str, ...]) -> bool:
    return path in fields or path.startswith(tuple(f"{field}." for field in fields))


def _notes(spec: DatabaseSpec) -> Iterator[str]:
    engine = ENGINES[spec.engine]
    if unchecked := check_overrides(engine, spec.overrides).unchecked:
        version = engine.versions.definitions
        yield (
            f"nothing here knows {', '.join(unchecked)}; with the official definitions of operator {version} at hand, "
            "in $DBAAS_CRDS for instance, they are checked"
        )


def _effective(values: list[Explained]) -> Iterator[EffectiveValue]:
    group = ""
    for one in values:
        field = one.path.partition(".")[0]
        group = GROUPS.get(field, group)
        late = one.path == "namespace" and one.value == ""
        yield EffectiveValue(
            group=group,
            path=one.path,
            value=LATE_NAMESPACE if late else one.value,
            source="given" if late else one.source,
            description=description_of(one.path),
        )


def description_of(path: str) -> str:
    """What the field at a path of the specification means; empty where the key is the user's own."""
    model: type[BaseModel] | None = DatabaseSpec
    description = ""
    for part in path.split("."):
        if model is None or part not in model.model_fields:
            # A key of a mapping: of models (`backup.storages.main`), or of plain values (`labels.team`).
            description = ""
            continue
        description = descriptions_of(model).get(part, "")
        model = _model_in(model.model_fields[part].annotation)
    return description


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for argument in get_args(annotation) if (found := _model_in(argument))), None)


def _says_nothing(value: EffectiveValue) -> bool:
    return value.source == "library" and value.value in ((), {}, [])


def _with_namespace(found: Connections) -> Connections:
    def known(text: str) -> str:
        return text.replace(NAMESPACE, "<namespace>")

    return Connections(
        endpoints={purpose: known(text) for purpose, text in found.endpoints.items()},
        hosts={purpose: known(text) for purpose, text in found.hosts.items()},
        ports=found.ports,
        uris={purpose: known(text) for purpose, text in found.uris.items()},
        credentials=known(found.credentials),
        ca=known(found.ca),
    )
