"""Percona Distribution for PostgreSQL: one primary with streaming replicas, behind PgBouncer.

Field names, names of Services and Secrets, and limits are those of the PG operator 3.0.0.
"""

from dbaas_components.databases.pg.row import ENGINE

__all__ = ["ENGINE"]
