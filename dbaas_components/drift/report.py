"""What was found, for a person, for a comment and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final

from dbaas_components.diff.report.escaping import markdown, value_text, visible
from dbaas_components.diff.report.sentences import happens, owner_words
from dbaas_components.drift.looking import Drift, Drifted

FORMAT: Final = "dbaas-drift/1"
# Whoever reads a report runs an `up` next, and finds the same drift after it.
_NO_UP: Final = "an `up` alone takes nothing of it back: the engine compares with its own state; see docs/drift.md"


def _summary(drift: Drift) -> str:
    counted = sum(one.counts for one in drift.drifted)
    words = f"{counted} change{'' if counted == 1 else 's'} by hand" if counted else "no drift"
    return f"stack {drift.stack}: {words}, {drift.looked} objects compared"


def _back(one: Drifted) -> str:
    if one.back is None:
        return ""
    return f"to take it back: {one.back.effect.words}, {happens(one.back)}"


def _terminal(drift: Drift) -> str:
    return "".join(f"{line}\n" for line in _lines(drift))


def _lines(drift: Drift) -> Iterator[str]:
    for note in drift.notes:
        yield f"note: {visible(note, 600)}"
    for (tenant, database), found in groupby(drift.drifted, key=lambda one: owner_words(one.change.owner)):
        yield visible(f"{database} ({tenant})")
        for one in found:
            change = one.change
            field = f"{visible(change.kind)} {visible(change.path or change.object_name)}"
            values = f"{value_text(change.old)} -> {value_text(change.new)}"
            yield f"  {change.effect.words:<22}{visible(change.word)}: {values} ({field})"
            yield f"      {visible(happens(change), 600)}"
            if one.by:
                yield f"      by: {visible(one.by)}"
            if back := _back(one):
                yield f"      {visible(back, 600)}"
    if drift.found:
        yield f"note: {_NO_UP}"
    yield visible(_summary(drift), 600)


def _json(drift: Drift) -> str:
    values = {
        "format": FORMAT,
        "stack": drift.stack,
        "drift": drift.found,
        "looked": drift.looked,
        "changes": [_change(one) for one in drift.drifted],
        "notes": list(drift.notes),
    }
    return json.dumps(values, indent=2, ensure_ascii=True) + "\n"


def _change(one: Drifted) -> dict[str, Any]:
    change = one.change
    return {
        "tenant": change.owner.tenant or None,
        "database": change.owner.database or None,
        "namespace": change.owner.namespace or None,
        "region": change.owner.region or None,
        "class": change.effect.slug,
        "kind": change.kind,
        "object": change.object_name,
        "path": change.path or None,
        "word": change.word,
        "program": None if change.old is None else value_text(change.old),
        "cluster": None if change.new is None else value_text(change.new),
        "happens": happens(change),
        "by": one.by or None,
        "back": None if one.back is None else {"class": one.back.effect.slug, "happens": happens(one.back)},
        "counts": one.counts,
        "urn": change.urn,
    }


def _markdown(drift: Drift) -> str:
    text = f"<!-- dbaas-drift -->\n## {markdown(_summary(drift))}\n"
    for (tenant, database), found in groupby(drift.drifted, key=lambda one: owner_words(one.change.owner)):
        text += f"\n### {markdown(database)} ({markdown(tenant)})\n\n"
        text += "| effect | what | program | cluster | what happened | by | back |\n|---|---|---|---|---|---|---|\n"
        for one in found:
            change = one.change
            cells = (
                change.effect.words,
                f"{change.word} ({change.path or change.object_name})",
                value_text(change.old),
                value_text(change.new),
                happens(change),
                one.by,
                _back(one),
            )
            text += f"| {' | '.join(markdown(cell) for cell in cells)} |\n"
    notes = (*drift.notes, _NO_UP) if drift.found else drift.notes
    return text + "".join(f"\n- {markdown(note)}" for note in notes) + "\n"


FORMATS: Final[Mapping[str, Callable[[Drift], str]]] = MappingProxyType(
    {"terminal": _terminal, "markdown": _markdown, "json": _json}
)
"""Every form by its name."""
