"""Buckets for backups: made so that no rule of theirs ever takes a backup that a database still promises."""
