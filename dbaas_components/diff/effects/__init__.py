"""The tables of effects: which field of which kind of object does what when it changes, and who says so.

One YAML file for each engine and one for all other kinds; `docs/diff.md` says how to read and extend them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

import yaml

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.conditions import Object, holds, number
from dbaas_components.diff.fields import FieldChange

ENGINES: Final = ("pxc", "ps", "psmdb", "pg")
ALL_PODS: Final = "all"


@dataclass(frozen=True, slots=True)
class Case:
    """One effect of a field, and when it holds."""

    when: str
    effect: Effect
    does: str = ""
    undo: str = ""
    takes: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """All effects of one field, the first that holds first."""

    path: str
    word: str
    source: str
    cases: tuple[Case, ...]
    restarts: tuple[str, ...] = ()
    """Groups of pods of `Table.pods`, for the effects that restart; `all` for every group."""
    default: Any = None
    """What the operator takes where nothing is said."""
    whole: bool = False
    """Whether a part that comes or goes is told as one change."""


@dataclass(frozen=True, slots=True)
class PodGroup:
    """Pods that the operator makes of one part of a database."""

    key: str
    at: str
    """Where that part is, as a pattern: `spec.replsets[*]`."""
    size: str
    """The field in it that says how many."""
    name: str
    """How the pods are called; `{name}` is the database, `{item}` the item of a list."""
    server: bool
    """Whether they hold data, so that one of them is the writer."""
    enabled: str = ""
    """The field in it that must be true, if there is one."""


@dataclass(frozen=True, slots=True)
class Spared:
    """An object that leaves the program without the harm that others of its kind do."""

    path: str
    """The field that says so: `spec.deletionPolicy`."""
    values: tuple[str, ...]
    """Its values that spare what others take with them."""
    default: str
    """What it is where nothing is said."""
    case: Case

    def holds(self, inputs: Object) -> bool:
        """Whether it is one; a value that only an update knows does harm."""
        value: Any = inputs
        for key in self.path.split("."):
            value = cast("Mapping[str, Any]", value).get(key) if isinstance(value, Mapping) else None
        return (self.default if value is None else value) in self.values


@dataclass(frozen=True, eq=False)
class Table:
    """The effects of one kind of object."""

    kind: str
    engine: str
    rows: Mapping[str, Row]
    prefixes: Mapping[str, Row] = field(default_factory=dict[str, Row])
    """Rows for a path and all below it, by that path."""
    pods: tuple[PodGroup, ...] = ()
    named: frozenset[str] = frozenset()
    """Mappings whose keys are names that users chose."""
    gone: Case | None = None
    """What it does when such an object leaves the program; None for no harm."""
    spared: Spared | None = None
    """When that does less."""
    made: Case | None = None
    """What it does when one comes into being; None for no harm."""
    source: str = ""

    def gone_of(self, inputs: Object) -> Case | None:
        """What it does when this object leaves the program; None for no harm."""
        return self.spared.case if self.spared and self.spared.holds(inputs) else self.gone

    def row_of(self, pattern: str) -> Row | None:
        """The row for a field; the nearest above it that covers everything below."""
        found = self.rows.get(pattern)
        if found is not None:
            return found
        at = pattern
        while at:
            if at in self.prefixes:
                return self.prefixes[at]
            at = at[: max(at.rfind("."), at.rfind("["), 0)]
        return self.prefixes.get("")

    def tells_whole(self, pattern: str, old: Any, new: Any) -> bool:
        """Whether a part that came or went is one change of its own."""
        row = self.rows.get(pattern)
        if row is None or not row.whole:
            return False
        return old is None or new is None or not isinstance(old, Mapping | list) or not isinstance(new, Mapping | list)


def case_of(row: Row, change: FieldChange, old: Object, new: Object) -> Case | None:
    """The first effect that holds; None where the row says nothing for such a change."""
    return next((case for case in row.cases if holds(case.when, change, old, new)), None)


def same(row: Row | None, change: FieldChange) -> bool:
    """Whether both values mean the same: a default written out, or one amount in two notations."""
    default = row.default if row is not None else None
    old = default if change.old is None else change.old
    new = default if change.new is None else change.new
    if old == new:
        return True
    if not change.pattern.endswith(("cpu", "memory", "storage", "Size")):
        return False
    before, after = number(old), number(new)
    return before is not None and before == after


def worst(row: Row) -> Case:
    """The worst effect that the field can have: what counts where a value is not known."""
    return max(row.cases, key=lambda case: case.effect)


@cache
def tables() -> Mapping[str, Table]:
    """Every table by the kind of object."""
    shared, common = _read("shared")["pods"], _read("common")["fields"]
    found: dict[str, Table] = {}
    for engine in ENGINES:
        for table in _tables(_read(engine), engine, shared, common):
            found[table.kind] = table
    for table in _tables(_read("kubernetes"), "", [], []):
        found[table.kind] = table
    return found


def _tables(content: Mapping[str, Any], engine: str, shared: list[Any], common: list[Any]) -> Iterator[Table]:
    for entry in cast("list[Mapping[str, Any]]", content["kinds"]):
        groups = tuple(_group(one) for one in entry.get("pods", ()))
        rows = [_row(one) for one in (*entry.get("fields", ()), *common)]
        rows += [_row(one, group) for group in groups for one in shared]
        exact: dict[str, Row] = {}
        prefixes: dict[str, Row] = {}
        for row in rows:
            # An engine's own row goes before what all pods have in common.
            if row.path.endswith("**"):
                prefixes.setdefault(row.path[:-2].rstrip("."), row)
            else:
                exact.setdefault(row.path, row)
        yield Table(
            entry["kind"],
            engine,
            exact,
            prefixes,
            groups,
            frozenset(entry.get("named", ())),
            _case(entry.get("gone")),
            _spared(entry.get("spared")),
            _case(entry.get("made")),
            entry.get("source", ""),
        )


def _case(entry: Mapping[str, str] | None) -> Case | None:
    if entry is None:
        return None
    return Case("any", Effect.of(entry["effect"]), entry.get("does", ""), entry.get("undo", ""))


def _spared(entry: Mapping[str, Any] | None) -> Spared | None:
    case = _case(entry)
    return Spared(entry["path"], tuple(entry["values"]), entry["default"], case) if entry and case else None


def _row(entry: Mapping[str, Any], group: PodGroup | None = None) -> Row:
    path = entry["path"] if group is None else f"{group.at}.{entry['path']}"
    texts, undo, takes = (_by_condition(entry.get(part, {})) for part in ("does", "undo", "takes"))
    cases = tuple(
        Case(when, Effect.of(slug), texts.get(when, ""), undo.get(when, ""), takes.get(when, ""))
        for when, slug in _by_condition(entry["effects"]).items()
    )
    word = entry["word"] if group is None else f"{entry['word']} ({group.key})"
    restarts = tuple(entry.get("restarts", ())) if group is None else (group.key,)
    return Row(path, word, entry["source"], cases, restarts, entry.get("default"), bool(entry.get("whole")))


def _by_condition(entry: Mapping[Any, str]) -> dict[str, str]:
    """`on` and `off` are truth values to YAML 1.1 and conditions here."""
    return {"on" if key is True else "off" if key is False else str(key): text for key, text in entry.items()}


def _group(entry: Mapping[str, Any]) -> PodGroup:
    return PodGroup(
        entry["key"], entry["at"], entry["size"], entry["name"], bool(entry.get("server")), entry.get("enabled", "")
    )


def _read(name: str) -> Mapping[str, Any]:
    text = (files("dbaas_components.diff.effects") / f"{name}.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader
