"""The engine's own preview, in the words of databases. See `docs/diff.md`."""
