"""The report for a comment under a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from dbaas_components.diff.compare import Change
from dbaas_components.diff.report.escaping import markdown, value_text
from dbaas_components.diff.report.model import Report
from dbaas_components.diff.report.sentences import expected, happens, owner_words, undone

MARKER: Final = "<!-- dbaas-diff -->"
"""The first line, by which a workflow finds its comment again."""
_HEADER: Final = "| effect | what | old | new | what happens | undo |\n|---|---|---|---|---|---|\n"
# GitHub refuses a comment of more than 65,536 characters.
_LONGEST: Final = 60_000


def markdown_report(report: Report) -> str:
    """The report as Markdown, cut to what a comment can hold; the verdict comes first and is never cut."""
    verdict = "passed" if report.passed else "**refused**"
    worst = "not compared" if report.failure else report.worst.words
    text = f"{MARKER}\n## Database changes: {markdown(worst)}, gate {verdict}\n\n"
    text += f"{markdown(report.summary)}\n\n"
    text += "".join(f"- {markdown(line)}\n" for line in (() if report.passed else report.verdict_lines[:50]))
    for number, part in enumerate(_parts(report)):
        if len(text) + len(part) > _LONGEST:
            text += f"\n{len(list(_parts(report))) - number} more parts do not fit into a comment; the JSON has all.\n"
            break
        text += part
    return text


def _parts(report: Report) -> Iterator[str]:
    for (tenant, database), found in groupby(report.shown, key=lambda one: owner_words(one.owner)):
        yield f"\n### {markdown(database)} ({markdown(tenant)})\n\n{_HEADER}"
        for change in found:
            yield _row(change, report)
    if report.engine is not None and report.engine.lines:
        yield "\n### Engine\n\n" + "".join(f"- {markdown(one)}\n" for one in report.engine.lines)
    if report.costs is not None:
        yield "\n### Cost in a month\n\n" + "".join(f"- {markdown(one)}\n" for one in report.costs.lines)
    notes = [*report.notes, *(f"{side.name}: {side.origin}" for side in (report.base, report.head))]
    yield "\n<details><summary>How it was compared</summary>\n\n" + "".join(f"- {markdown(one)}\n" for one in notes)
    yield "\n</details>\n"


def _row(change: Change, report: Report) -> str:
    does = happens(change)
    if long := expected(change):
        does += f"; takes {long}"
    if words := report.approved_by(change):
        does += f"; approved: {words}"
    cells = (
        change.effect.words,
        f"{change.word} ({change.path or change.object_name})",
        value_text(change.old),
        value_text(change.new),
        does,
        undone(change),
    )
    return f"| {' | '.join(markdown(cell) for cell in cells)} |\n"
