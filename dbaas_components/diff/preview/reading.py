"""What an engine's preview said, read from its JSON and its event log, whole or cut off.

Source of the forms: `pulumi preview --json` (a digest) and `--event-log` (a line for each event) of Pulumi 3.246. What
another version adds is passed over, and what it leaves out is missing in the result, never an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from dbaas_components.diff.preview.values import marked

LARGEST: Final = 512 * 2**20
"""Longest text that is read."""
_MARKUP: Final = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Step:
    """What the engine means to do with one resource."""

    urn: str
    operation: str
    """`same`, `update`, `replace`, in the engine's word; perhaps one that this version does not know."""
    old: Mapping[str, Any] | None = None
    """The resource as the engine's state has it."""
    new: Mapping[str, Any] | None = None
    reasons: tuple[str, ...] = ()
    """Fields because of which it is replaced."""
    differs: tuple[str, ...] = ()
    """Fields that the provider says differ."""
    replaces: tuple[str, ...] = ()
    """Those of them that the provider cannot change in place."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What a policy pack says against a resource."""

    pack: str
    policy: str
    urn: str
    message: str
    level: str
    """`mandatory`, `advisory`, `remediate`, in the engine's word."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything that one preview told."""

    steps: tuple[Step, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()
    problems: tuple[str, ...] = ()
    """Why it does not tell all; empty for a whole preview."""
    unshown: int = 0
    """How many unchanged resources the engine counted and did not write down."""

    @property
    def complete(self) -> bool:
        """Whether the engine came to the end."""
        return not self.problems


def read_preview(output: str, events: str = "", code: int | None = None) -> Preview:
    """The preview in the engine's output, in its event log, or in both.

    `output` is either form of `pulumi preview --json`: the digest, or with
    `PULUMI_ENABLE_STREAMING_JSON_PREVIEW` a line for each event. `code` is the engine's exit code where it is known.
    Never raises: what cannot be read is one of the preview's `problems`.
    """
    digest = _digest(output[:LARGEST])
    lines = _events(events[:LARGEST])
    if digest is None:
        streamed = _events(output[:LARGEST])
        found = _merged(streamed, lines) if streamed.steps or streamed.errors or streamed.ended else lines
        if not found.steps and not found.ended:
            found = replace(found, problems=["the engine's output holds no preview", *found.problems])
    else:
        found = _merged(digest, lines)
    problems = list(found.problems)
    if not found.ended:
        problems.append("the engine's output ends before the preview does")
    if code:
        problems.append(f"the engine ended with exit code {code}")
    if found.errors:
        problems.append(f"the engine reports {len(found.errors)} error{'' if len(found.errors) == 1 else 's'}")
    return Preview(
        tuple(found.steps),
        tuple(dict.fromkeys(found.errors)),
        tuple(dict.fromkeys(found.warnings)),
        tuple(dict.fromkeys(found.violations)),
        tuple(dict.fromkeys(problems)),
        max(found.same - sum(step.operation == "same" for step in found.steps), 0),
    )


@dataclass(frozen=True)
class _Found:
    steps: list[Step] = field(default_factory=list[Step])
    errors: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])
    violations: list[Violation] = field(default_factory=list[Violation])
    problems: list[str] = field(default_factory=list[str])
    ended: bool = False
    same: int = 0


def _merged(one: _Found, other: _Found) -> _Found:
    """Both forms of one preview; the digest has the states whole, the event log what came before a failure."""
    there = {(step.urn, step.operation) for step in one.steps}
    return _Found(
        [*one.steps, *(step for step in other.steps if (step.urn, step.operation) not in there)],
        [*one.errors, *other.errors],
        [*one.warnings, *other.warnings],
        [*one.violations, *other.violations],
        [*one.problems, *other.problems],
        one.ended or other.ended,
        max(one.same, other.same),
    )


def _digest(text: str) -> _Found | None:
    """The digest; where the text is cut off, the steps that stand there whole. None where the text is no digest."""
    start = text.find("{")
    while start >= 0:
        try:
            value, _ = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            return _cut_off(text[start:])
        fields = _mapping(value)
        if "steps" in fields or "changeSummary" in fields:
            return _of_digest(fields)
        if "sequence" in fields and "timestamp" in fields:
            return None
        # A message of the engine's, before or after the digest.
        start = text.find("\n{", start)
        start = start + 1 if start >= 0 else -1
    return None


def _of_digest(fields: Mapping[str, Any]) -> _Found:
    same = _mapping(fields.get("changeSummary")).get("same")
    found = _Found(ended="changeSummary" in fields, same=same if isinstance(same, int) else 0)
    if fields.get("maybeCorrupt") is True:
        found.problems.append("the engine says that its result may be corrupt")
    for item in _list(fields.get("steps")):
        _add_step(found, item)
    for item in _list(fields.get("diagnostics")):
        _add_diagnostic(found, _mapping(item))
    return found


def _cut_off(text: str) -> _Found | None:
    match = re.search(r'"steps"\s*:\s*\[', text)
    if match is None:
        return None
    found = _Found()
    found.problems.append("the engine's JSON is cut off")
    decoder, at = json.JSONDecoder(), match.end()
    while True:
        at = next((index for index in range(at, len(text)) if text[index] not in " \t\r\n,"), len(text))
        if at >= len(text) or text[at] != "{":
            return found
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return found
        _add_step(found, value)


def _events(text: str) -> _Found:
    found, summed, closed = _Found(), False, False
    for line in text.splitlines():
        try:
            event = _mapping(json.loads(line) if line.strip().startswith("{") else None)
        except (ValueError, RecursionError):
            found.problems.append("a line of the engine's event log is cut off")
            continue
        if "resourcePreEvent" in event:
            _add_step(found, _mapping(event["resourcePreEvent"]).get("metadata"))
        if "diagnosticEvent" in event:
            _add_diagnostic(found, _mapping(event["diagnosticEvent"]))
        if "policyEvent" in event:
            _add_violation(found, _mapping(event["policyEvent"]))
        if "summaryEvent" in event:
            summed = True
            if _mapping(event["summaryEvent"]).get("maybeCorrupt") is True:
                found.problems.append("the engine says that its result may be corrupt")
        # The engine's last word, after an end of every kind. What comes between it and the summary may be an error.
        closed = closed or "cancelEvent" in event
    return replace(found, ended=summed and closed)


def _add_step(found: _Found, value: Any) -> None:
    fields = _mapping(value)
    urn, operation = fields.get("urn"), fields.get("op")
    if not isinstance(urn, str) or not isinstance(operation, str):
        found.problems.append("a step of the preview has no URN or no operation")
        return
    old, new = fields.get("oldState", fields.get("old")), fields.get("newState", fields.get("new"))
    details = _mapping(fields.get("detailedDiff"))
    # The digest calls it `kind`, the event log `diffKind`.
    kinds = {path: str(_mapping(one).get("kind", _mapping(one).get("diffKind", ""))) for path, one in details.items()}
    replaces = [path for path, kind in kinds.items() if kind.endswith("replace")]
    differs = _texts(fields.get("diffReasons")) or _texts(fields.get("diffs"))
    found.steps.append(
        Step(
            urn,
            operation,
            _state(old),
            _state(new),
            _texts(fields.get("replaceReasons")) or _texts(fields.get("keys")),
            tuple(dict.fromkeys([*details, *(one for one in differs if one not in details)])) if details else differs,
            tuple(replaces),
        )
    )


def _add_diagnostic(found: _Found, fields: Mapping[str, Any]) -> None:
    if fields.get("ephemeral") is True:
        return
    text = _line(fields.get("message")).removeprefix("error: ").removeprefix("warning: ")
    if not text:
        return
    severity = fields.get("severity")
    urn = fields.get("urn")
    if isinstance(urn, str) and urn and "pulumi:pulumi:Stack" not in urn:
        text = f"{urn.rpartition('::')[2]}: {text}"
    if severity == "error":
        found.errors.append(text)
    elif severity == "warning":
        found.warnings.append(text)


def _add_violation(found: _Found, fields: Mapping[str, Any]) -> None:
    urn = fields.get("resourceUrn")
    found.violations.append(
        Violation(
            plain(fields.get("policyPackName")),
            plain(fields.get("policyName")),
            urn if isinstance(urn, str) else "",
            _line(fields.get("message")),
            plain(fields.get("enforcementLevel")),
        )
    )


def plain(value: object) -> str:
    """The engine's words without its marks of colour; empty for what is no text."""
    return _MARKUP.sub("", value) if isinstance(value, str) else ""


def _line(value: object) -> str:
    """A message of several lines as one, since a report gives it one."""
    return "; ".join(line.strip() for line in plain(value).splitlines() if line.strip())


def _state(value: object) -> Mapping[str, Any] | None:
    fields = _mapping(value)
    return {**fields, "inputs": marked(_mapping(fields.get("inputs")))} if fields else None


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in _list(value) if isinstance(one, str))


def operations(preview: Preview) -> Iterator[tuple[str, list[Step]]]:
    """The steps by URN, in the engine's order; a replacement has several."""
    grouped: dict[str, list[Step]] = {}
    for step in preview.steps:
        grouped.setdefault(step.urn, []).append(step)
    yield from grouped.items()
