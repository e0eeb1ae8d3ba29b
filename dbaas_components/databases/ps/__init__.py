"""Percona Server for MySQL: group replication or asynchronous replication, behind HAProxy or MySQL Router.

Field names, names of Services and Secrets, limits and checks are those of the PS operator 1.2.0: its definitions, and
its controllers for what the definitions do not say.
"""

from __future__ import annotations

from dbaas_components.databases.ps.row import ENGINE

__all__ = ["ENGINE"]
