"""Two graphs to classified changes. Pure: no program runs here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from dbaas_components.databases.operator_owned import OPERATOR_OWNED, ROLE_OWNED
from dbaas_components.diff.classes import Effect
from dbaas_components.diff.clouds import is_own_name, keeps_data, outside_kubernetes, says_where
from dbaas_components.diff.cluster_identity import cluster_of, same_cluster
from dbaas_components.diff.document import Document, Saved
from dbaas_components.diff.effects import ANY_CLOUD, Case, Row, Table, case_of, tables, worst
from dbaas_components.diff.fields import FieldChange, changed_fields, is_unknown, pattern_of
from dbaas_components.diff.former import Formers
from dbaas_components.diff.grouping import DATABASES, Owner, Owners
from dbaas_components.diff.keys import FIELDS as KEY_FIELDS
from dbaas_components.diff.keys import LOST as KEY_LOST
from dbaas_components.diff.keys import SOURCE as KEYS
from dbaas_components.diff.keys import key_secrets, secret_of
from dbaas_components.diff.one_form import in_one_form
from dbaas_components.diff.own_deletion import keeps_more, says_what_goes
from dbaas_components.diff.pods import restarted, switched_off
from dbaas_components.diff.values import order

UNLISTED: Final = "treated as a rolling restart, because the table of effects does not have this field"
_UNLISTED_KIND: Final = "is deleted; the table of effects does not have this kind, which may hold data"
_VOLUME: Final = re.compile(r"(?<!ephemeral-)storage|volume|disk", re.IGNORECASE)
_IDENTITY: Final = ("metadata.name", "metadata.namespace", "kind", "apiVersion")
_PROVIDER: Final = "pulumi:providers:"
_NOT_OURS: Final = ("pulumi:pulumi:",)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the report."""

    owner: Owner
    effect: Effect
    kind: str
    """Kind of the object, `PerconaPGCluster`."""
    object_name: str
    path: str
    """The field, `spec.pxc.size`; empty for a whole object."""
    word: str
    """The field in the words of databases."""
    old: Any
    new: Any
    does: str
    undo: str = ""
    takes: str = ""
    source: str = ""
    pods: tuple[str, ...] = ()
    order: str = ""
    listed: bool = True
    """Whether the table of effects has it."""
    urn: str = ""
    unheeded: bool = False
    """Whether the program says something that nobody heeds: shown, although it has no effect."""
    unasked: bool = False
    """Whether nobody has to agree, whatever the gate's policy says of its class."""


def compare(base: Document, head: Document) -> list[Change]:
    """Every change from the one graph to the other, by owner, the worst first."""
    from dbaas_components.diff.charts import chart_changes

    before, after = Owners(base), Owners(head)
    keys = key_secrets(base)
    found: list[Change] = []
    for old, new in _pairs(base, head):
        if old is None and new is not None:
            found += _made(new, after.of(new), base, head)
        elif new is None and old is not None:
            found += _with_keys(old, keys, _gone(old, before.of(old)))
        elif old is not None and new is not None:
            found += _with_keys(old, keys, _changed(old, new, after.of(new), base, head))
    found += chart_changes(base, head, before, after)
    return sorted(found, key=lambda one: (one.owner, -one.effect, one.kind, one.object_name, one.path))


def _pairs(base: Document, head: Document) -> Iterator[tuple[Saved | None, Saved | None]]:
    olds = {one.urn: one for one in base.resources if _counts(one)}
    formers = Formers(head)
    for new in head.resources:
        if not _counts(new):
            continue
        old = olds.pop(new.urn, None)
        if old is None:
            former = next((urn for urn in formers.of(new) if urn in olds), None)
            old = olds.pop(former) if former is not None else None
        yield old, new
    for old in olds.values():
        yield old, None


def _with_keys(old: Saved, keys: Collection[tuple[str, str]], lines: Iterator[Change]) -> Iterator[Change]:
    """The lines of a Secret whose key data or backups need, or of what fills it from a store.

    A secret value is compared as a whole.
    """
    if (old.namespace, secret_of(old)) not in keys:
        yield from lines
        return
    for line in lines:
        lost = line.path.startswith(KEY_FIELDS[old.kind])
        lost = lost or (old.kind == "Secret" and not line.path and not old.retain_on_delete)
        if lost and line.effect > Effect.ONLINE:
            line = replace(line, effect=Effect.DATA_LOSS, does=KEY_LOST, undo="write the old key again", source=KEYS)
        yield line


def _counts(resource: Saved) -> bool:
    return resource.custom and not resource.read and not resource.type.startswith(_NOT_OURS)


def _made(new: Saved, owner: Owner, base: Document, head: Document) -> Iterator[Change]:
    table = _table(new)
    case = table.made
    # A restore into a database that the same change makes writes over nothing.
    if case is not None and new.kind.endswith("Restore") and _is_in(owner, head) and not _is_in(owner, base):
        case = None
    effect, does, undo = (case.effect, case.does, case.undo) if case else (Effect.ONLINE, "is made", "")
    yield _whole(new, owner, effect, does, undo, table.source, old=None, new="new")


def _is_in(owner: Owner, document: Document) -> bool:
    return any(
        one.kind in DATABASES and one.object_name == owner.database and one.namespace == owner.namespace
        for one in document.resources
    )


def _gone(old: Saved, owner: Owner) -> Iterator[Change]:
    table = _table(old)
    if old.type.startswith(_PROVIDER):
        return
    case = table.gone_of(old.inputs) or Case("any", _lost(old), "is deleted" if _known(old) else _UNLISTED_KIND)
    effect, does, undo = case.effect, case.does, case.undo
    if old.retain_on_delete and effect > Effect.ONLINE:
        effect = min(effect, Effect.LESS_PROTECTION)
        does = "stays in the cluster, because it is kept on deletion, and nobody looks after it any more"
        undo = "take it over again by its name"
    elif old.protect:
        does = f"{does}; the engine refuses as long as it is protected"
    line = _whole(old, owner, effect, does, undo, table.source, old="there", new=None)
    yield line if _known(old) else replace(line, listed=False)


def _whole(one: Saved, owner: Owner, effect: Effect, does: str, undo: str, source: str, old: Any, new: Any) -> Change:
    return Change(
        owner, effect, one.kind, one.object_name, "", _kind_words(one), old, new, does, undo, source=source, urn=one.urn
    )


def _kind_words(one: Saved) -> str:
    return "database" if one.kind in DATABASES else one.kind


def _changed(old: Saved, new: Saved, owner: Owner, base: Document, head: Document) -> Iterator[Change]:
    table = _table(new)
    yield from _options(old, new, owner)
    if (moved := _moved(old, new, owner, base, head)) is not None:
        yield moved
    ignored = {pattern_of(path) for path in new.ignore_changes}
    replaced = {pattern_of(path) for path in new.replace_on_changes}
    if old.inputs == new.inputs:
        return
    old, new = in_one_form(old, new)
    for change in changed_fields(old.inputs, new.inputs, table.tells_whole, table.named):
        if _covered(change.pattern, ignored):
            if _known(new):
                yield _left_alone(change, table, new, owner)
            continue
        line = _line(change, table, old, new, owner)
        if _covered(change.pattern, replaced) and line.effect < Effect.REPLACE:
            line = replace(
                line,
                effect=replacement_effect(old),
                does="the object is replaced: a new one is made and the old one deleted",
            )
        if line.effect == Effect.REPLACE and old.runs_anew and new.runs_anew:
            # It holds nothing, and every new version of the library may change its program.
            does = "a Job of the platform, which runs again by being replaced"
            line = replace(line, unasked=True, does=f"{line.does}; {does}")
        yield line


def _left_alone(change: FieldChange, table: Table, new: Saved, owner: Owner) -> Change:
    """What the program says anew of a field that it leaves to others: whoever wrote it expects an effect."""
    row = table.row_of(change.pattern)
    engine = DATABASES.get(new.kind)
    owned = (one for one in (*OPERATOR_OWNED, *ROLE_OWNED) if one.engine == engine)
    reasons = {one.reason for one in owned if _covered(change.pattern, {pattern_of(one.path)})}
    why = "; ".join(sorted(reasons)) or "the program says so (ignore_changes)"
    return Change(
        owner, Effect.NO_EFFECT, new.kind, new.object_name, change.path, row.word if row else change.path,
        change.old, change.new, f"stays as it is in the cluster: {why}", urn=new.urn, unheeded=True,
    )  # fmt: skip


def _line(change: FieldChange, table: Table, old: Saved, new: Saved, owner: Owner) -> Change:
    row = table.row_of(change.pattern)
    if row is not None:
        row = row.named_by(old.object_name)
    if row is None and outside_kubernetes(old):
        row = tables()[ANY_CLOUD].row_of(change.pattern)
    named = row is None and is_own_name(old, change.pattern)
    if named or (says_where(old, change.pattern) and change.pattern not in table.rows):
        does = "the object is replaced: where it is cannot be changed in place"
        return Change(
            owner, replacement_effect(old), new.kind, new.object_name, change.path, change.path, change.old, change.new,
            does, source="the clouds' providers force a replacement", urn=new.urn,
        )  # fmt: skip
    line = Change(
        owner, Effect.ROLLING_RESTART, new.kind, new.object_name, change.path, change.path, change.old, change.new,
        UNLISTED, listed=False, urn=new.urn,
    )  # fmt: skip
    if row is None:
        if not table.pods:
            return _plain(line, change, old)
        return _with_pods(line, table, ("all",), new)
    if change.pattern in _IDENTITY and change.pattern not in table.rows:
        return _plain(line, change, old)
    line = replace(line, word=row.word, source=row.source, listed=True)
    if switched_off(table, change, old.inputs, new.inputs):
        return replace(line, effect=Effect.NO_EFFECT, does="nobody reads it: what it is for is switched off")
    if row.same(change):
        return replace(line, effect=Effect.NO_EFFECT, does="both mean the same")
    if is_unknown(change.old) or is_unknown(change.new):
        case = worst(row)
        reason = "the value is not known before an update, so that the worst that this field can do is told"
        line = replace(line, effect=case.effect, does=reason, undo=case.undo)
    else:
        case = case_of(row, change, old.inputs, new.inputs)
        if case is None:
            return replace(line, does=UNLISTED, listed=False)
        line = replace(line, effect=case.effect, does=case.does, undo=case.undo, takes=case.takes)
    if line.effect == Effect.ROLLING_RESTART and (does := _no_pod_restarts(table, row, old, new, change.path)):
        return replace(line, effect=Effect.ONLINE, does=does)
    return _with_pods(line, table, row.restarts, new) if _restarts(line, row) else line


def _no_pod_restarts(table: Table, row: Row, old: Saved, new: Saved, path: str) -> str:
    """Why a field of pods restarts none: there are none on one of the sides. Empty where some restart."""
    if not row.restarts:
        return ""
    before, after = (restarted(table, row.restarts, side.inputs, path)[0] for side in (old, new))
    if before and after:
        return ""
    return "the pods that it is for come with it" if after else "the pods that it is for go"


def _plain(line: Change, change: FieldChange, old: Saved) -> Change:
    """A field of an object that no table covers: it is no database, so that nothing can restart but itself."""
    if change.pattern.startswith("metadata.") and change.pattern not in _IDENTITY:
        return replace(line, effect=Effect.NO_EFFECT, does="a label or an annotation", listed=True)
    if old.type.startswith(_PROVIDER):
        return replace(line, effect=Effect.ONLINE, does="settings of a provider", listed=True)
    if change.pattern in _IDENTITY:
        does = "the object is replaced: its name is its identity"
        return replace(line, effect=replacement_effect(old), does=does, listed=True)
    if keeps_data(old) or (outside_kubernetes(old) and _known(old) and _lost(old) == Effect.DATA_LOSS):
        does = "not in the tables: its cloud may make another object, empty, and delete the old one"
        return replace(line, effect=replacement_effect(old), does=f"{does}; `dbaas preview` asks the provider")
    if says_what_goes(change):
        if keeps_more(change):
            return replace(
                line, effect=Effect.ONLINE, does="not in the tables: a deletion takes less along, or is refused"
            )
        does = "not in the tables: a deletion may take more along than before, or be refused no longer; read it"
        return replace(line, effect=Effect.LESS_PROTECTION, does=does)
    if not outside_kubernetes(old) and _VOLUME.search(change.pattern) and order(change) < 0:
        does = "not in the tables: a volume never shrinks, so that only a new object has what is asked for"
        return replace(line, effect=Effect.REPLACE, does=does)
    return line


def _restarts(line: Change, row: Row) -> bool:
    return line.effect == Effect.ROLLING_RESTART or (bool(row.restarts) and line.effect > Effect.ROLLING_RESTART)


def _with_pods(line: Change, table: Table, groups: tuple[str, ...], new: Saved) -> Change:
    pods, order = restarted(table, groups, new.inputs, line.path)
    return replace(line, pods=tuple(pods), order=order if pods else "")


def _options(old: Saved, new: Saved, owner: Owner) -> Iterator[Change]:
    told = (
        (old.protect, new.protect, "protection against deletion", "protect"),
        (old.retain_on_delete, new.retain_on_delete, "kept on deletion", "retain_on_delete"),
    )
    for before, after, word, path in told:
        if before != after:
            effect = Effect.LESS_PROTECTION if before else Effect.ONLINE
            does = "the next deletion takes it away" if before else "is better protected"
            undo = "switch it on again" if before else ""
            source = "resource option of the Pulumi engine"
            yield Change(
                owner, effect, new.kind, new.object_name, path, word, before, after, does, undo, source=source,
                urn=new.urn,
            )  # fmt: skip


def _moved(old: Saved, new: Saved, owner: Owner, base: Document, head: Document) -> Change | None:
    """An object whose provider goes elsewhere: it is made anew there."""
    before, after = _target(old, base), _target(new, head)
    if same_cluster(before, after):
        return None
    effect = replacement_effect(old)
    does = "it is made anew, empty, in another Kubernetes cluster, and deleted where it was"
    return Change(
        owner, effect, new.kind, new.object_name, "provider", "Kubernetes cluster", _shown(before), _shown(after), does,
        "restore a backup there", source="an object lives in one cluster", urn=new.urn,
    )  # fmt: skip


def _target(resource: Saved, document: Document) -> Any:
    """The Kubernetes cluster that an object is in; credentials are no part of it, since they may be renewed."""
    provider = document.by_urn.get(resource.provider)
    return None if provider is None else cluster_of(provider.inputs, provider.target)


def _shown(target: Any) -> str:
    return target if isinstance(target, str) and target else "another kubeconfig" if target else "the ambient one"


@lru_cache(maxsize=4096)
def _covering(pattern: str) -> tuple[str, ...]:
    return (pattern, *(pattern[: match.start()] for match in re.finditer(r"[.\[]", pattern)))


def _covered(pattern: str, by: set[str]) -> bool:
    return bool(by) and any(one in by for one in _covering(pattern))


def identity_changed(change: Change) -> bool:
    """Whether the line tells that an object is made anew because what it is called changed."""
    return change.effect >= Effect.REPLACE and change.path in _IDENTITY


def _known(resource: Saved) -> bool:
    return resource.type in tables() or resource.kind in tables()


def _lost(resource: Saved) -> Effect:
    """What the deletion of an object is worth; of a kind that no table has, that it may have held data."""
    if not _known(resource):
        return Effect.DATA_LOSS
    case = _table(resource).gone_of(resource.inputs)
    return case.effect if case is not None else Effect.ONLINE


def replacement_effect(resource: Saved) -> Effect:
    """What it means that an object is made anew and the old one deleted."""
    lost = _lost(resource) == Effect.DATA_LOSS and not resource.retain_on_delete
    return Effect.DATA_LOSS if lost else Effect.REPLACE


def _table(resource: Saved) -> Table:
    keys = (f"chart {resource.chart}", resource.type, resource.kind)
    return next((tables()[key] for key in keys if key in tables()), _EMPTY)


_EMPTY: Final = Table("", "", {})
