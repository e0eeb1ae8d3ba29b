"""What an engine takes: its places of the specification, the values there, and what goes with what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from hypothesis import strategies as st

from dbaas_components.databases.capabilities import CAPABILITIES
from dbaas_components.databases.spec import parse_database
from tests.strategies.places import Place, container_of, is_within, root, walk
from tests.strategies.words import Strategy, values_of

if TYPE_CHECKING:
    from tests.strategies.drawing import Hand

Arguments = dict[str, Any]
ALWAYS = ("name", "namespace", "engine")
"""Given in all arguments."""


@dataclass(frozen=True)
class Table:
    """Rules of the specification, said so that arguments are made right from the start.

    A path that begins with `*` stands for all places that end so; a sibling that begins with `.` is one of the same
    part. What a rule says of a place holds for all places below it.
    """

    values: Mapping[str, Strategy] = field(default_factory=dict)
    """Values of a place, where not everything of its annotation will do."""
    needs: Mapping[str, Mapping[str, tuple[Any, ...]]] = field(default_factory=dict)
    """Places that go only with certain values of others."""
    companions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Places that go only where others are given."""
    alternatives: tuple[tuple[str, ...], ...] = ()
    """Places of which one goes at most."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Places that are refused, although no row of the table of capabilities says so, and why."""
    constant: Mapping[str, str] = field(default_factory=dict)
    """Places that take one value only, which is their default, and why."""
    shape: tuple[str, ...] = ()
    """Places on which much else depends; their values are settled first, often."""
    idle: Mapping[str, str] = field(default_factory=dict)
    """Places that change no object, and what they are for."""
    unwritten: Mapping[str, str] = field(default_factory=dict)
    """Fields of the typed custom resource, with all below, that no specification asks for, and why they are there."""
    mend: Callable[[Hand, Arguments], None] = lambda hand, arguments: None
    """Puts right what only all of the arguments show."""


def _absolute(path: str, sibling: str) -> str:
    return f"{path.rpartition('.')[0]}{sibling}" if sibling.startswith(".") else sibling


class Space:
    """All that one engine takes."""

    def __init__(self, engine: str, *tables: Table) -> None:
        self.engine = engine
        self.tables = tables
        self._strategies: dict[str, Strategy] = {}
        self._within: dict[str, list[str]] = {}
        self._rules: dict[str, _Rules] = {}

    @cached_property
    def _missing(self) -> Mapping[str, set[str | bool] | None]:
        """Paths that the engine does not have; of some only values."""
        missing: dict[str, set[str | bool] | None] = {}
        for capability in CAPABILITIES:
            if self.engine not in capability.missing:
                continue
            # Of a list of plain words, which is one place, some words.
            path = capability.path.removesuffix("[]")
            if capability.value is None:
                missing[path] = None
            else:
                values = missing.setdefault(path, set())
                if values is not None:
                    values.add(capability.value)
        for table in self.tables:
            missing.update(dict.fromkeys(self._expanded(table.refused)))
        return missing

    def has(self, place: Place) -> bool:
        """Whether the engine takes anything there."""
        return place.path in self.places

    @cached_property
    def places(self) -> dict[str, Place]:
        """Every place that the engine takes, by path."""
        gone = [path for path, values in self._missing.items() if values is None]
        return {
            place.path: place
            for place in walk(root())
            if not any(is_within(place.path, path) for path in gone)
            and self._literals(place) != ()
            and self._listed_literals(place) != ()
        }

    @cached_property
    def choices(self) -> list[str]:
        """The paths that may be given or left out: all leaves, and parts that can be given bare."""
        return [
            path
            for path, place in self.places.items()
            if path not in ALWAYS and (place.kind == "leaf" or place.presence) and self._can_be_given(path)
        ]

    def choices_within(self, above: str) -> list[str]:
        """The choices at or below a path."""
        if above not in self._within:
            self._within[above] = [path for path in self.choices if is_within(path, above)]
        return self._within[above]

    def _can_be_given(self, path: str) -> bool:
        """Whether there is anything with which it goes: a Vault is none to an engine that cannot use it."""
        return path in self.resolve([path])[0] and path in self.resolve([path], container_of(path))[0]

    @cached_property
    def constants(self) -> set[str]:
        """Paths at which there is nothing to choose: one value only, and it is the default."""
        found = {path for table in self.tables for path in self._expanded(table.constant)}
        for path in self.choices:
            place = self.places[path]
            if place.kind == "leaf" and len(self._literals(place) or ()) == 1 and not place.optional:
                found.add(path)
            bounds = {
                word: getattr(mark, word)
                for mark in get_args(place.annotation)[1:]
                for word in ("ge", "le")
                if hasattr(mark, word)
            }
            if place.default is not None and bounds.get("ge") == bounds.get("le") == place.default:
                found.add(path)
        return found

    @cached_property
    def supplied(self) -> set[str]:
        """Required paths that tables of defaults fill in."""
        spec = parse_database("orders", {"engine": self.engine, "namespace": "shop"})
        return set(_paths(spec.model_dump(exclude_none=True), root().below))

    def _allowed(self, path: str, values: Iterable[Any]) -> tuple[Any, ...]:
        refused = self._missing.get(path) or set()
        return tuple(value for value in values if value not in refused)

    def _literals(self, place: Place) -> tuple[Any, ...] | None:
        if get_origin(place.annotation) is not Literal:
            return None
        return self._allowed(place.path, get_args(place.annotation))

    def _listed_literals(self, place: Place) -> tuple[Any, ...] | None:
        item = get_args(place.annotation)[0] if get_origin(place.annotation) is tuple else None
        return self._allowed(place.path, get_args(item)) if get_origin(item) is Literal else None

    def values(self, path: str) -> Strategy:
        """Values of a leaf."""
        if path not in self._strategies:
            self._strategies[path] = self._values(self.places[path])
        return self._strategies[path]

    def _values(self, place: Place) -> Strategy:
        for table in reversed(self.tables):
            found = [key for key in table.values if _stands_for(key, place.path)]
            if found:
                # The longest says most about this place.
                return table.values[max(found, key=len)]
        if place.annotation is bool and (refused := self._missing.get(place.path)):
            return st.just(next(value for value in (True, False) if value not in refused))
        if place.annotation is bool:
            # What it is anyway may be said too, but says little.
            return st.sampled_from([not place.default, not place.default, bool(place.default)])
        if literals := self._literals(place):
            return st.sampled_from(literals)
        if listed := self._listed_literals(place):
            return st.lists(st.sampled_from(listed), min_size=1, max_size=3, unique=True)
        return values_of(place.annotation)

    @cached_property
    def needs(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """By path: other paths and the values that they must have."""
        result: dict[str, dict[str, tuple[Any, ...]]] = {}
        for table in self.tables:
            for key, wanted in table.needs.items():
                for path in self._expanded((key,)):
                    for sibling, values in wanted.items():
                        result.setdefault(path, {})[_absolute(path, sibling)] = values
        return result

    @cached_property
    def companions(self) -> dict[str, list[str]]:
        """By path: other paths that must be given."""
        result: dict[str, list[str]] = {}
        for table in self.tables:
            for key, others in table.companions.items():
                for path in self._expanded((key,)):
                    result.setdefault(path, []).extend(_absolute(path, other) for other in others)
        return result

    @cached_property
    def alternatives(self) -> list[tuple[str, ...]]:
        """Groups of paths of which one may be given."""
        result: list[tuple[str, ...]] = []
        for table in self.tables:
            for first, *others in table.alternatives:
                for path in self._expanded((first,)):
                    result.append((path, *(_absolute(path, other) for other in others)))
        return result

    def _expanded(self, keys: Iterable[str]) -> Iterator[str]:
        """The paths that keys stand for. A key that stands for none would be a rule that is silently gone."""
        every = [place.path for place in walk(root())]
        for key in keys:
            found = [path for path in every if _stands_for(key, path)]
            if not found:
                raise ValueError(f"{key} is no place of the specification; correct the tables in tests/strategies")
            yield from found

    @cached_property
    def shape(self) -> list[str]:
        """Paths on which much else depends."""
        return [path for table in self.tables for path in table.shape if path in self.choices]

    @cached_property
    def idle(self) -> dict[str, str]:
        """Paths that change no object, and what they are for."""
        return {path: why for table in self.tables for path, why in table.idle.items() if path in self.choices}

    @cached_property
    def unwritten(self) -> dict[str, str]:
        """Fields of the custom resource that no specification asks for."""
        return {path: why for table in self.tables for path, why in table.unwritten.items()}

    def resolve(
        self, wanted: Iterable[str], scope: str = "", shape: Mapping[str, Any] | None = None
    ) -> tuple[list[str], dict[str, tuple[Any, ...]]]:
        """Those of the wanted paths that go together, with all that they need, and values that are settled by that.

        An earlier path stands against a later one, and values of `shape` against all. `scope` is the list or mapping
        in one item of which they stand.
        """
        kept: list[str] = [*(shape or {})]
        settled: dict[str, tuple[Any, ...]] = {path: (value,) for path, value in (shape or {}).items()}
        for path in wanted:
            more, also = [*kept], {**settled}
            if path not in kept and self._admit(path, scope, more, also):
                kept, settled = more, also
        return kept, settled

    def _admit(self, path: str, scope: str, kept: list[str], settled: dict[str, tuple[Any, ...]]) -> bool:
        if path in kept:
            return True
        if path not in self.places or (scope and not is_within(path, scope)):
            return path in self.supplied
        rules = self._rules_of(path)
        for within, others in rules.rivals:
            if within == scope and any(is_within(other, rival) for other in kept for rival in others):
                return False
        kept.append(path)
        for sibling, values in rules.needs:
            if container_of(sibling) != scope:
                continue
            both = tuple(value for value in settled.get(sibling, values) if value in self._allowed(sibling, values))
            if not both or not self._admit(sibling, scope, kept, settled):
                return False
            settled[sibling] = both
        return all(
            self._admit(other, scope, kept, settled)
            for other in rules.companions
            if not scope or is_within(other, scope)
        )

    def _rules_of(self, path: str) -> _Rules:
        if path not in self._rules:
            rivals = [
                (container_of(group[0]), [member for member in group if not is_within(path, member)])
                for group in self.alternatives
                if any(is_within(path, member) for member in group)
            ]
            needs = [item for key, wanted in self.needs.items() if is_within(path, key) for item in wanted.items()]
            companions = [one for key, others in self.companions.items() if is_within(path, key) for one in others]
            self._rules[path] = _Rules(rivals, needs, companions)
        return self._rules[path]


@dataclass(frozen=True)
class _Rules:
    """All that the tables say of one path."""

    rivals: list[tuple[str, list[str]]]
    needs: list[tuple[str, tuple[Any, ...]]]
    companions: list[str]


def _stands_for(key: str, path: str) -> bool:
    return path.endswith(key[1:]) if key.startswith("*") else path == key


def _paths(values: Mapping[str, Any], places: Iterable[Place]) -> Iterator[str]:
    for place in places:
        name = place.path.rpartition(".")[2]
        if name not in values:
            continue
        if place.kind == "part":
            yield from _paths(values[name], place.below)
        elif place.kind == "leaf":
            yield place.path
