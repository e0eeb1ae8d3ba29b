"""Managed databases: the component, its specification, and one file for each engine."""
