"""Percona Server for MongoDB: one replica set, or several as shards behind mongos.

Field names, names of Services and Secrets, and limits are those of the PSMDB operator 1.22.0.
"""

from dbaas_components.databases.psmdb.row import ENGINE

__all__ = ["ENGINE"]
