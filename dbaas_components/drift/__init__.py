"""What somebody changed by hand in a cluster, against the program. See `docs/drift.md`."""
