"""What is told of PostgreSQL from texts: positions, pasts, lines of history, packages, and the counting of rows."""

from __future__ import annotations

import math

import pytest

from embedded.postgresql.debian import server_package, to_get
from embedded.postgresql.errors import PostgresError
from embedded.postgresql.positions import Past, branches, contained, past, position, told
from embedded.postgresql.programs import major, newest
from tests.dr_postgresql.counting import cut
from tests.dr_postgresql.lag import LagLimit, LagWatch
from tests.dr_postgresql.writers import Acknowledged

CONTROL = """\
Database system identifier:           7710534434207458167
Database cluster state:               shut down
Latest checkpoint location:           1/15007B8
Latest checkpoint's TimeLineID:       2
"""
HISTORY = "1\t0/3000100\tno recovery target specified\n2\t1/1500830\tno recovery target specified\n"


def test_a_position_is_read_and_written_as_postgresql_does():
    assert position("1/15007B8") == (1 << 32) + 0x15007B8
    assert told(position("1/15007B8")) == "1/15007B8"


def test_the_past_is_read_from_the_control_data():
    found = past(CONTROL)
    assert found == Past("7710534434207458167", "shut down", 2, position("1/15007B8"))
    assert found.ended_in_order
    with pytest.raises(ValueError, match="Database cluster state"):
        past(CONTROL.replace("Database cluster state", "something else"))


@pytest.mark.parametrize(
    ("change", "timeline", "left", "is_contained"),
    [
        ({}, 3, branches(HISTORY), True),
        # It wrote its last record where the other side had already left the line, or behind it.
        ({"checkpoint": position("1/1500830")}, 3, branches(HISTORY), False),
        ({"checkpoint": position("1/1600000")}, 3, branches(HISTORY), False),
        ({"state": "in production"}, 3, branches(HISTORY), False),
        ({"state": "in archive recovery"}, 3, branches(HISTORY), False),
        ({"system": "1"}, 3, branches(HISTORY), False),
        ({"timeline": 4}, 3, branches(HISTORY), False),
        ({}, 2, {}, True),
    ],
)
def test_a_stopped_servers_data_is_part_of_a_line_only_where_that_is_shown(change, timeline, left, is_contained):
    own = Past(**{"system": "s", "state": "shut down", "timeline": 2, "checkpoint": position("1/15007B8"), **change})
    assert contained(own, system="s", timeline=timeline, left=left) is is_contained


def test_the_lag_covers_all_that_was_acknowledged_before_the_last_position_that_the_standby_has():
    watch = LagWatch()
    assert watch.lag(100) is None
    watch.primary_at(10.0, 100)
    watch.primary_at(11.0, 200)
    watch.primary_at(12.0, 300)
    lag = watch.lag(250)
    assert lag is not None
    assert (lag.bytes, lag.seconds) == (50, 1.0)
    assert lag.within(LagLimit(bytes=50, seconds=1.0))
    assert not lag.within(LagLimit(bytes=49, seconds=1.0))
    assert not lag.within(LagLimit(bytes=50, seconds=0.9))
    assert watch.lag(300) == watch.lag(400)
    unknown = watch.lag(99)
    assert unknown is not None
    assert unknown.seconds == math.inf


def acknowledged(server: str, row: str, at: float) -> Acknowledged:
    return Acknowledged(server, row, at - 0.01, at, 0)


def test_rows_that_are_gone_count_as_lost_and_a_late_row_of_the_old_side_as_both_acknowledging():
    rows = [acknowledged("east", "a", 1.0), acknowledged("east", "b", 2.0), acknowledged("west", "c", 3.0)]
    found = cut(rows, "east", "west", {"a", "c"})
    assert [one.row for one in found.lost] == ["b"]
    assert found.silence == 1.0
    assert not found.both_acknowledged
    assert cut([*rows, acknowledged("east", "d", 3.5)], "east", "west", {"a"}).both_acknowledged
    with pytest.raises(AssertionError, match="nothing to compare"):
        cut(rows[:2], "east", "west", set())


def test_the_packages_are_the_server_its_programs_and_the_libraries_that_are_missing():
    walk = (
        "postgresql-15\n  Depends: libpq5\n  Depends: libicu72\nlibpq5\nlibicu72\nlibllvm14\nlibfoo1\nperl\n<libbar>\n"
    )
    installed = "ii  libicu72\nii  libpq5\nrc  libfoo1\n"
    assert to_get("postgresql-15", walk, installed) == ["libfoo1", "libpq5", "postgresql-15", "postgresql-client-15"]
    assert server_package("postgresql\n  Depends: postgresql-15\n") == "postgresql-15"
    with pytest.raises(PostgresError, match="apt-get update"):
        server_package("")


def test_an_incomplete_or_too_old_postgresql_is_not_taken(tmp_path):
    assert newest([tmp_path]) is None
    for program in ("initdb", "pg_basebackup", "pg_controldata", "pg_rewind", "postgres", "psql"):
        (tmp_path / program).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 12.22'\n")
        (tmp_path / program).chmod(0o755)
    assert newest([tmp_path]) is None
    (tmp_path / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 16.3 (Debian)'\n")
    found = newest([tmp_path])
    assert found is not None
    assert (found.folder, found.version) == (tmp_path, "16.3")
    assert (major("16.3"), major("")) == (16, 0)
