"""The PostgreSQL that is used: one that is installed, else one that is got."""

from __future__ import annotations

from embedded.postgresql import debian
from embedded.postgresql.errors import PostgresError
from embedded.postgresql.programs import Programs, installed
from embedded.progress import Report


def find(report: Report) -> Programs:
    """Raises `PostgresError`, with the reason, where none is installed and none can be got."""
    found = installed()
    if found:
        return found
    try:
        return debian.get(report)
    except PostgresError as error:
        raise PostgresError(f"no PostgreSQL 13 or newer is on PATH or in /usr/lib/postgresql, and {error}") from None
