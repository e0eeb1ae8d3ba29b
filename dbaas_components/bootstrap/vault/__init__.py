"""Vault or OpenBao: the server, what it holds, who may read it, and its snapshots."""
