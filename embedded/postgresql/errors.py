"""What can go wrong with a server, in words for the person who reads the test's output."""

from __future__ import annotations


class PostgresError(Exception):
    """A program of PostgreSQL failed; the message ends with its last words."""


class SessionLost(PostgresError):
    """A session ended, was refused, or gave no answer in time; what it was asked may have been carried out."""
