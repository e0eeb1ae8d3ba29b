"""Percona XtraDB Cluster: MySQL with Galera replication, one writer at a time behind HAProxy or ProxySQL.

Field names, names of Services and Secrets, and limits are those of the PXC operator 1.20.0.
"""

from dbaas_components.databases.pxc.row import ENGINE

__all__ = ["ENGINE"]
