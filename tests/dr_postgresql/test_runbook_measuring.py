"""What a runbook has a person measure, on real servers: whether a standby has all that its primary wrote."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.postgresql.positions import position
from embedded.postgresql.programs import Programs
from embedded.postgresql.server import DATABASE, Passwords, PostgresServer

pytestmark = pytest.mark.postgresql

PAGE = Path(__file__).parents[2] / "docs" / "runbooks" / "dr" / "pg-switchover.md"


@pytest.fixture
def servers(
    programs: Programs, root: Path, passwords: Passwords, data: tuple[Path, Path]
) -> Iterator[tuple[PostgresServer, PostgresServer]]:
    """A primary, and a standby that streams from it."""
    folder = Path(tempfile.mkdtemp(dir=root))
    programs.own(folder)
    east, west = (PostgresServer(name, programs, folder / name, passwords) for name in ("east", "west"))
    for server, files in zip((east, west), data, strict=True):
        server.take(files)
    try:
        east.start(gate_open=True)
        west.start(follows=east)
        yield east, west
    finally:
        west.kill()
        east.kill()
        shutil.rmtree(folder)


def statement() -> str:
    """The statement of the page's own command."""
    found = re.search(r'-- psql -c "(select [^"]+)"', PAGE.read_text())
    assert found is not None, "the page has its command"
    return found[1]


def test_the_positions_of_the_page_are_behind_the_end_of_a_primary_that_was_shut_down(
    servers: tuple[PostgresServer, PostgresServer],
) -> None:
    east, west = servers
    east.does("insert into journal select 'row ' || number from generate_series(1, 1000) as number", database=DATABASE)
    assert east.stop(), "it is shut down in order"
    # A shutdown waits until a standby has what was written, not until it has replayed it.
    deadline = time.monotonic() + 30
    received, replayed = map(position, west.asked(statement()))
    while replayed != received and time.monotonic() < deadline:
        time.sleep(0.1)
        received, replayed = map(position, west.asked(statement()))
    assert received == replayed > east.past().checkpoint
    assert west.asked("select count(*) from journal", database=DATABASE) == ["1000"]


def test_a_standby_that_lacks_the_end_is_told_by_them(servers: tuple[PostgresServer, PostgresServer]) -> None:
    east, west = servers
    assert west.stop()
    east.does("insert into journal values ('never sent')", database=DATABASE)
    assert east.stop()
    west.start(follows=east)
    # Nothing was received since it started, which the page's statement tells as nothing.
    _, replayed = west.asked(statement())
    assert position(replayed) <= east.past().checkpoint
    assert west.asked("select count(*) from journal", database=DATABASE) == ["0"]
