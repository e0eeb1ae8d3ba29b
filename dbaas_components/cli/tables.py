"""Tables that read well on a screen and in a pipe."""

from __future__ import annotations

import json
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

# As wide as any table: who reads a pipe wants whole lines, not columns of a screen that is not there.
_NO_LIMIT: Final = 1_000_000


def output() -> Console:
    """Standard output: on a terminal with its width and colours, in a pipe plain and with whole lines."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_NO_LIMIT, no_color=True, soft_wrap=True)


def table(*titles: str) -> Table:
    """A table without lines around it; the first column is never folded."""
    result = Table(box=None, pad_edge=False, header_style="bold")
    for index, title in enumerate(titles):
        result.add_column(title, overflow="fold", no_wrap=index == 0)
    return result


def add_row(to: Table, *cells: str) -> None:
    """Adds a row of text as it stands: brackets in it are no markup."""
    to.add_row(*(Text(cell, overflow="fold") for cell in cells))


def print_table(console: Console, what: Table) -> None:
    """Prints a table, in a pipe without the blanks that fill the last column."""
    if console.is_terminal:
        console.print(what)
        return
    with console.capture() as captured:
        console.print(what)
    for line in captured.get().splitlines():
        console.print(line.rstrip(), markup=False, emoji=False)


def shown_value(value: Any) -> str:
    """A value in one line: text as it is, all else as JSON."""
    if isinstance(value, str):
        return value if value and "\n" not in value else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)
