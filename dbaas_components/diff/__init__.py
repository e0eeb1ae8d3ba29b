"""Two graphs of a program to classified changes, a report and a verdict. See `docs/diff.md`.

Nothing here imports a component: both sides are JSON, and one of them may be another version's.
"""
