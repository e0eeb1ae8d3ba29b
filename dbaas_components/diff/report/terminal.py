"""The report for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.text import Text

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change
from dbaas_components.diff.report.escaping import value_text, visible
from dbaas_components.diff.report.model import Report
from dbaas_components.diff.report.sentences import expected, happens, owner_words, undone

_STYLES = {Effect.DATA_LOSS: "bold red", Effect.REPLACE: "red", Effect.LESS_PROTECTION: "magenta"}


def terminal(report: Report) -> Iterator[Text]:
    """The report line by line."""
    for note in report.notes:
        yield Text(f"note: {visible(note, 600)}", style="dim")
    for (tenant, database), changes in groupby(report.shown, key=lambda one: owner_words(one.owner)):
        yield Text(visible(f"{database} ({tenant})"), style="bold")
        for change in changes:
            yield from _lines(change, report)
    for remark in report.remarks:
        yield Text(visible(remark, 600))
    yield Text(visible(report.summary, 600))
    for line in report.verdict_lines:
        yield Text(visible(line, 600), style="" if report.passed else "red")


def _lines(change: Change, report: Report) -> Iterator[Text]:
    what = visible(change.word)
    field = f" ({visible(change.kind)} {visible(change.path)})" if change.path else f" ({visible(change.object_name)})"
    values = f": {value_text(change.old)} -> {value_text(change.new)}"
    line = Text("  ")
    line.append(change.effect.words.ljust(22), style=_STYLES.get(change.effect, ""))
    line.append(f"{what}{values}{field}")
    yield line
    yield Text(f"      {visible(happens(change), 600)}")
    if long := expected(change):
        yield Text(f"      takes: {visible(long)}")
    if change.effect > Effect.NO_EFFECT and (back := undone(change)):
        yield Text(f"      undo: {visible(back, 400)}")
    if approval := report.approved_by(change):
        yield Text(f"      approved: {visible(approval, 400)}")
