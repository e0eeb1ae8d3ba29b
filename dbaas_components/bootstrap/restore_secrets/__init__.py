"""Secrets without which a backup cannot be restored, kept in a store beside it and brought back from there."""
