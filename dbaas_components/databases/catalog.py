"""What there is to choose from: engines, versions, images, sizes, profiles, and what each engine cannot do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dbaas_components.databases.capabilities import CAPABILITIES, Missing
from dbaas_components.databases.engine import Engine
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.sizes import DEFAULT_PROFILE, DEFAULT_SIZE, PROFILES, SIZES, Profile, Size
from dbaas_components.errors import Problem, SpecError, one_of, shown


@dataclass(frozen=True, slots=True)
class CatalogEngine:
    """One engine as the catalog shows it."""

    name: str
    software: str
    operator: str
    """Version of the operator, and of its definitions."""
    api_version: str
    kind: str
    default_version: str
    """Version series of a database that names none."""
    versions: Mapping[str, Mapping[str, str]]
    """Version series to images by role, without a registry."""
    sizes: Mapping[str, Size]
    replicas: tuple[int, ...]
    """Counts of replicas that survive the loss of one."""
    longest_name: int
    """Characters that a database's name may have."""
    minimum_storage: str


@dataclass(frozen=True, slots=True)
class CatalogCapability:
    """Something that a specification can ask for, and which engine has it."""

    key: str
    """`backup.schedules[].type=incremental`; `[]` stands for each item of a list, `{}` for each value of a mapping."""
    words: str
    engines: Mapping[str, Missing | None]
    """Engine to what is missing there; None where it is not."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that there is to choose from."""

    engines: tuple[CatalogEngine, ...]
    profiles: Mapping[str, Profile]
    default_profile: str
    default_size: str
    capabilities: tuple[CatalogCapability, ...]
    """Every capability that at least one engine of the library does not have."""

    def document(self) -> dict[str, Any]:
        """The catalog as plain data, for JSON."""
        versions = {engine.name: engine.operator for engine in self.engines}
        return {
            "engines": [_plain(engine) for engine in self.engines],
            "profiles": {name: _plain(profile) for name, profile in self.profiles.items()},
            "default_profile": self.default_profile,
            "default_size": self.default_size,
            "capabilities": [
                {
                    "capability": capability.key,
                    "words": capability.words,
                    "engine": name,
                    "operator_version": versions[name],
                    "available": missing is None,
                    "because": missing.because if missing else None,
                    "instead": (missing.instead or None) if missing else None,
                    "since": (missing.since or None) if missing else None,
                }
                for capability in self.capabilities
                for name, missing in capability.engines.items()
            ],
        }


def catalog(engine: str | None = None) -> Catalog:
    """The whole catalog, or one engine's part of it. Raises `SpecError` for an engine that is not known."""
    if engine is not None and engine not in ENGINES:
        raise SpecError("catalog", [Problem("engine", f"{shown(engine)} is not an engine; {one_of(engine, ENGINES)}")])
    chosen = [one for one in ENGINES.values() if engine in (None, one.name)]
    return Catalog(
        engines=tuple(_engine(one) for one in chosen),
        profiles=PROFILES,
        default_profile=DEFAULT_PROFILE,
        default_size=DEFAULT_SIZE,
        capabilities=tuple(
            CatalogCapability(row.key, row.words, {one.name: row.missing.get(one.name) for one in chosen})
            for row in CAPABILITIES
        ),
    )


def _engine(engine: Engine) -> CatalogEngine:
    return CatalogEngine(
        name=engine.name,
        software=engine.software,
        operator=engine.versions.operator,
        api_version=engine.api_version,
        kind=engine.kind,
        default_version=engine.versions.default,
        versions=engine.versions.series,
        sizes=SIZES[engine.name],
        replicas=engine.replicas.allowed,
        longest_name=engine.name_limit.characters,
        minimum_storage=engine.minimum_storage,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, CatalogEngine):
        # Read-only mappings within cannot be copied by `asdict`.
        fields = {name: getattr(value, name) for name in CatalogEngine.__slots__}
        return {name: _plain(item) for name, item in fields.items()}
    if isinstance(value, Profile | Size):
        return asdict(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
