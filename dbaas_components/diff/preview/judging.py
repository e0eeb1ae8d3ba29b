"""A preview as a report: our classes for what the engine means to do, and where the two judge differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change, compare, identity_changed, replacement_effect
from dbaas_components.diff.document import Document, Saved
from dbaas_components.diff.fields import pattern_of
from dbaas_components.diff.grouping import Owner, Owners
from dbaas_components.diff.preview.reading import Preview, Step, Violation, operations

SAME: Final = frozenset({"same", "read", "refresh", "diff", "discard", "read-replacement", "discard-replaced"})
"""Operations of the engine that leave what runs as it is."""
_UPDATE: Final = frozenset({"update"})
_CREATE: Final = frozenset({"create", "import"})
_REPLACE: Final = frozenset(
    {"replace", "create-replacement", "delete-replaced", "remove-pending-replace", "import-replacement"}
)
_DELETE: Final = frozenset({"delete", "remove"})
_KNOWN: Final = SAME | _UPDATE | _CREATE | _REPLACE | _DELETE
_SOURCE: Final = "the Pulumi engine's preview"
_ENGINE: Final = "engine"
"""First word of the path of a line that the engine alone has; an approval names it so."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a preview means."""

    base: Document
    head: Document
    changes: tuple[Change, ...]
    disagreements: tuple[str, ...]
    """Where the engine and the comparison of its two states judge differently, in words."""
    refused: tuple[str, ...]
    """What a policy pack does not let through, in words."""
    advised: tuple[str, ...]
    """What a policy pack advises against."""


def judge(preview: Preview, project: str = "", stack: str = "") -> Judged:
    """The changes of a preview in the words of databases. Pure: nothing runs here.

    The base is the engine's state, the head what the program asks for, so that ours is the same comparison as that of
    `dbaas diff`. Where the engine does more than the comparison finds, the line takes the engine's word and says so.
    """
    steps = {urn: _after_refresh(found) for urn, found in operations(preview)}
    base, head = _documents(steps, project, stack)
    owners = (Owners(base), Owners(head))
    ours = compare(base, head)
    by_urn: dict[str, list[Change]] = {}
    for change in ours:
        by_urn.setdefault(change.urn, []).append(change)
    changes = list(ours)
    disagreements: list[str] = []
    for urn, found in steps.items():
        old, new = base.by_urn.get(urn), head.by_urn.get(urn)
        resource = new or old
        if resource is None or not resource.custom or resource.type.startswith("pulumi:pulumi:"):
            continue
        owner = owners[1].of(new) if new is not None else owners[0].of(resource)
        mine = [one for one in by_urn.get(urn, []) if not one.path.startswith("operator ")]
        for line, words in _judged(found, old, new, mine, owner):
            if line is not None:
                changes = _put(changes, line)
            if words:
                disagreements.append(words)
    refused, advised = _policies(preview.violations)
    changes.sort(key=lambda one: (one.owner, -one.effect, one.kind, one.object_name, one.path))
    return Judged(base, head, tuple(changes), tuple(disagreements), refused, advised)


def _after_refresh(steps: list[Step]) -> list[Step]:
    """The steps that go on from what there is: that of a refresh has the state from before it, which is the program's
    of the last `up`, so that everything that the engine takes back would look like no change."""
    return [step for step in steps if step.operation != "refresh"] or steps


def _put(changes: list[Change], line: Change) -> list[Change]:
    """The changes with `line` in the place of that of the same object and field, or as one more."""
    for index, one in enumerate(changes):
        if (one.urn, one.path) == (line.urn, line.path):
            return [*changes[:index], line, *changes[index + 1 :]]
    return [*changes, line]


def _judged(
    steps: list[Step], old: Saved | None, new: Saved | None, mine: list[Change], owner: Owner
) -> Iterator[tuple[Change | None, str]]:
    """Lines that the engine's word adds or changes, and the disagreement in words; either may be missing."""
    resource = new or old
    if resource is None:
        return
    where = f"{resource.kind} {resource.object_name}"
    words = {step.operation for step in steps}
    worst = max((one.effect for one in mine), default=Effect.NO_EFFECT)
    reasons = list(dict.fromkeys(path for step in steps for path in (*step.reasons, *step.replaces)))
    differs = list(dict.fromkeys(path for step in steps for path in step.differs))
    if unknown := sorted(words - _KNOWN):
        operation = ", ".join(unknown)
        yield (
            _line(
                resource, owner, f"{_ENGINE} {operation}", replacement_effect(resource),
                f'the engine means to do "{operation}" with it, which this version does not know',
            ),
            f'{where}: the engine\'s operation "{operation}" is not known here; told as a replacement',
        )  # fmt: skip
        return
    if words & _REPLACE:
        yield from _replaced(resource, owner, mine, reasons, worst)
    elif words & _DELETE:
        if new is None and not any(one.new is None and not one.path for one in mine):
            does = "the engine deletes it"
            yield _line(resource, owner, "", replacement_effect(resource), does), f"{where}: {does}; we found no change"
    elif words & _UPDATE:
        yield from _updated(resource, owner, mine, differs)
    elif words <= SAME and (found := [one for one in mine if one.effect > Effect.NO_EFFECT and not _is_kept(one)]):
        fields = ", ".join(one.path or one.word for one in found)
        yield None, f"{where}: the engine changes nothing; we tell {max(one.effect for one in found).words} ({fields})"
    if not words & (_REPLACE | _DELETE) and (told := [one for one in mine if identity_changed(one)]):
        done = "updates it in place" if words & _UPDATE else "leaves it"
        yield None, f"{where}: we tell that {told[0].path} replaces it; the engine {done}"


def _is_kept(change: Change) -> bool:
    """Whether it is a word to the engine itself, which writes it into its state without a step."""
    return change.path in ("protect", "retain_on_delete")


def _replaced(
    resource: Saved, owner: Owner, mine: list[Change], reasons: list[str], worst: Effect
) -> Iterator[tuple[Change | None, str]]:
    where = f"{resource.kind} {resource.object_name}"
    effect = replacement_effect(resource)
    because = f" because of {', '.join(reasons)}" if reasons else ""
    does = f"the engine replaces it{because}: the object is made anew and the old one deleted"
    if worst < Effect.REPLACE:
        ours = worst.words if mine else "no change"
        yield None, f"{where}: the engine replaces it{because}; we found {ours}"
    told = [one for one in mine if one.effect >= Effect.REPLACE and _named(one, reasons)]
    if told:
        for one in told:
            yield replace(one, does=f"{one.does}; {does}" if one.does else does, effect=max(one.effect, effect)), ""
        return
    yield _line(resource, owner, f"{_ENGINE} replace", effect, does), ""


def _named(change: Change, reasons: list[str]) -> bool:
    """Whether a replacement's reasons have this field; without reasons any field may be it."""
    if not reasons:
        return True
    pattern = pattern_of(change.path)
    return any(
        pattern == (one := pattern_of(reason)) or pattern.startswith((f"{one}.", f"{one}[")) for reason in reasons
    )


def _updated(
    resource: Saved, owner: Owner, mine: list[Change], differs: list[str]
) -> Iterator[tuple[Change | None, str]]:
    """An update in fields that look alike in both states, as secrets do."""
    where = f"{resource.kind} {resource.object_name}"
    if mine:
        return
    fields = ", ".join(differs) or "fields that it does not name"
    does = f"the engine updates {fields}, where both states look the same, as a secret or a value left out does"
    effect = Effect.ONLINE if resource.type.startswith("pulumi:providers:") else Effect.ROLLING_RESTART
    yield (
        _line(resource, owner, f"{_ENGINE} update", effect, does),
        f"{where}: the engine updates {fields}; the comparison sees no difference there",
    )


def _line(resource: Saved, owner: Owner, path: str, effect: Effect, does: str) -> Change:
    word = "engine" if path else resource.kind
    return Change(
        owner, effect, resource.kind, resource.object_name, path, word, "there", None if not path else "changed", does,
        source=_SOURCE, urn=resource.urn,
    )  # fmt: skip


def _policies(violations: tuple[Violation, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    refused: list[str] = []
    advised: list[str] = []
    for one in violations:
        about = one.urn.rpartition("::")[2]
        text = f"policy {one.pack}/{one.policy}{f' on {about}' if about else ''}: {one.message}"
        # A level that this version does not know is not taken for advice.
        (advised if one.level in ("advisory", "warning", "remediate") else refused).append(text)
    return tuple(refused), tuple(advised)


def _documents(steps: Mapping[str, list[Step]], project: str, stack: str) -> tuple[Document, Document]:
    olds: list[Saved] = []
    news: list[Saved] = []
    renamed = {
        str(step.old["urn"]): urn
        for urn, found in steps.items()
        for step in found
        if step.old is not None and isinstance(step.old.get("urn"), str)
    }
    for urn, found in steps.items():
        # Of several steps the first has what there was; the last that has a new state, what there will be.
        old = next((step.old for step in found if step.old is not None), None)
        new = next((step.new for step in reversed(found) if step.new is not None), None)
        words = {step.operation for step in found}
        if old is not None and not words <= _CREATE:
            olds.append(_saved(urn, old, renamed, words))
        if new is not None and not words & _DELETE:
            news.append(_saved(urn, new, renamed, words))
        elif old is not None and words & _REPLACE and not words & _DELETE:
            # A replacement that was cut off before its new state was told: it is no deletion.
            news.append(_saved(urn, old, renamed, words))
    parts = next(iter(steps), "urn:pulumi:::").removeprefix("urn:pulumi:").split("::")
    project = project or (parts[1] if len(parts) > 1 else "")
    stack = stack or parts[0]
    return Document(project, stack, tuple(olds)), Document(project, stack, tuple(news))


def _saved(urn: str, state: Mapping[str, Any], renamed: Mapping[str, str], words: set[str]) -> Saved:
    kind = state.get("type")
    inputs: Any = state.get("inputs")
    provider = _text(state.get("provider")).rpartition("::")[0]
    parent = _text(state.get("parent"))
    return Saved(
        urn=urn,
        type=kind if isinstance(kind, str) and kind else urn.rpartition("::")[0].rpartition("::")[2].rpartition("$")[2],
        name=urn.rpartition("::")[2],
        custom=state.get("custom") is True,
        read=state.get("external") is True or words <= {"read", "read-replacement", "discard"},
        parent=renamed.get(parent, parent),
        provider=renamed.get(provider, provider),
        protect=state.get("protect") is True,
        retain_on_delete=state.get("retainOnDelete") is True,
        inputs=cast("Mapping[str, Any]", inputs) if isinstance(inputs, Mapping) else {},
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
