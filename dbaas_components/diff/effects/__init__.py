"""The tables of effects: which field of which kind of object does what when it changes, and who says so.

One YAML file for each engine, one for the clouds' own kinds and one for all others; `docs/diff.md` says how to read
and extend them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, cast

import yaml

from dbaas_components.diff.access_policies import same_document
from dbaas_components.diff.classes import Effect
from dbaas_components.diff.conditions import holds
from dbaas_components.diff.fields import FieldChange
from dbaas_components.diff.postgresql import same_setting
from dbaas_components.diff.values import Object, number

ENGINES: Final = ("pxc", "ps", "psmdb", "pg")
ALL_PODS: Final = "all"
ANY_CLOUD: Final = "any:cloud"
"""What counts for a field of a cloud's object where its own table says nothing."""


_AMOUNTS: Final = ("cpu", "memory", "storage", "Size")
_ALIKE: Final[Mapping[str, Callable[[object, object], bool]]] = MappingProxyType(
    {
        "document": same_document,
        "parameter": same_setting,
        # Google's names of places mean the same in capital letters.
        "place": lambda old, new: str(old).casefold() == str(new).casefold(),
    }
)


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

    alike: str = ""
    """How two values that are not equal can mean the same, beside amounts: `document`, `parameter` or `place`; empty
    where they cannot."""

    def same(self, change: FieldChange) -> bool:
        """Whether both values mean the same: a default written out, or the same in two notations."""
        old = self.default if change.old is None else change.old
        new = self.default if change.new is None else change.new
        if old == new or (self.alike and _ALIKE[self.alike](old, new)):
            return True
        if not change.pattern.endswith(_AMOUNTS):
            return False
        before, after = number(old), number(new)
        return before is not None and before == after

    def named_by(self, name: str) -> Row:
        """The row with the object's name in its default: `{name}-secrets`."""
        if not isinstance(self.default, str) or "{name}" not in self.default:
            return self
        return replace(self, default=self.default.replace("{name}", name))


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

    when: str
    """The condition over what it was; empty where `path` says it."""
    path: str
    """The field that says so: `spec.deletionPolicy`."""
    values: tuple[str, ...]
    """Its values that spare what others take with them."""
    default: str
    """What it is where nothing is said."""
    case: Case

    def holds(self, inputs: Object) -> bool:
        """Whether it is one; a value that only an update knows does harm."""
        if self.when:
            return holds(self.when, FieldChange("", "", None, None), inputs, {})
        value: Any = inputs
        for key in self.path.split("."):
            value = cast("Mapping[str, Any]", value).get(key) if isinstance(value, Mapping) else None
        return (self.default if value is None else value) in self.values


@dataclass(frozen=True, eq=False)
class Table:
    """The effects of one kind of object."""

    kind: str
    """Or its whole type, for a kind that several providers have: `aws:rds/instance:Instance`."""
    engine: str
    rows: Mapping[str, Row]
    prefixes: Mapping[str, Row] = field(default_factory=dict[str, Row])
    """Rows for a path and all below it, by that path."""
    pods: tuple[PodGroup, ...] = ()
    named: frozenset[str] = frozenset()
    """Mappings whose keys are names that users chose."""
    caseless: tuple[str, ...] = ()
    """Mappings whose keys mean the same in capital letters; the rows have small ones."""
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
        for above in self.caseless:
            if pattern.startswith(f"{above}."):
                pattern = above + pattern[len(above) :].lower()
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
    return next((case for case in row.cases if holds(case.when, change, old, new, row.default)), None)


def worst(row: Row) -> Case:
    """The worst effect that the field can have: what counts where a value is not known."""
    return max(row.cases, key=lambda case: case.effect)


@cache
def tables() -> Mapping[str, Table]:
    """Every table by the kind of object."""
    shared, common = _read("shared"), _read("common")["fields"]
    found: dict[str, Table] = {}
    for engine in ENGINES:
        for table in _tables(_read(engine), engine, shared, common):
            found[table.kind] = table
    for name in ("kubernetes", "clouds"):
        for table in _tables(_read(name), "", shared, []):
            found[table.kind] = table
    return found


def _tables(
    content: Mapping[str, Any], engine: str, shared: Mapping[str, list[Any]], common: list[Any]
) -> Iterator[Table]:
    entries = cast("list[Mapping[str, Any]]", content["kinds"])
    own = {entry["kind"]: entry for entry in entries}
    for entry in entries:
        groups = tuple(_group(one) for one in entry.get("pods", ()))
        rows = [_row(one) for field in (*_fields(entry, own), *common) for one in _each(field)]
        rows += [_row(one, group) for group in groups for one in shared["pods"]]
        for service in entry.get("services", ()):
            rows += [_row(_below(service, one)) for field in shared["services"] for one in _each(field)]
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
            tuple(entry.get("caseless", ())),
            _case(entry.get("gone")),
            _spared(entry.get("spared")),
            _case(entry.get("made")),
            entry.get("source", ""),
        )


def _fields(entry: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The rows of an entry, and after them those of the one that it is like."""
    yield from entry.get("fields", ())
    if "like" in entry:
        yield from _fields(others[entry["like"]], others)


def _case(entry: Mapping[str, str] | None) -> Case | None:
    if entry is None:
        return None
    return Case("any", Effect.of(entry["effect"]), entry.get("does", ""), entry.get("undo", ""))


def _spared(entry: Mapping[str, Any] | None) -> Spared | None:
    case = _case(entry)
    if entry is None or case is None:
        return None
    values = tuple(entry.get("values", ()))
    return Spared(entry.get("when", ""), entry.get("path", ""), values, entry.get("default", ""), case)


def _each(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """One row for each name of `each`, which stands in its texts for `{each}`; the row itself where it has none."""
    for name in entry.get("each", ("",)):
        yield dict(entry) | {key: entry[key].replace("{each}", name) for key in ("path", "word", "source")}


def _below(service: Mapping[str, str], entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row of all Services as that of one of them."""
    return {**entry, "path": f"{service['at']}.{entry['path']}", "word": entry["word"].format(way=service["word"])}


def _row(entry: Mapping[str, Any], group: PodGroup | None = None) -> Row:
    path = entry["path"] if group is None else f"{group.at}.{entry['path']}"
    texts, undo, takes = (_by_condition(entry.get(part, {})) for part in ("does", "undo", "takes"))
    cases = tuple(
        Case(when, Effect.of(slug), texts.get(when, ""), undo.get(when, ""), takes.get(when, ""))
        for when, slug in _by_condition(entry["effects"]).items()
    )
    word = entry["word"] if group is None else f"{entry['word']} ({group.key})"
    restarts = tuple(entry.get("restarts", ())) if group is None else (group.key,)
    default, whole, alike = entry.get("default"), bool(entry.get("whole")), entry.get("alike", "")
    return Row(path, word, entry["source"], cases, restarts, default, whole, alike)


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
