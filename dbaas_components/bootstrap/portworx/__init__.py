"""Portworx below databases: growth, snapshots and copies of namespaces as ready-made objects, and where they harm."""
