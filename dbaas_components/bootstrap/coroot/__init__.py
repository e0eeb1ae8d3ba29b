"""Coroot: what the pods do to each other, seen from the nodes."""
