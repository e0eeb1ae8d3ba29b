"""Images of what runs for a moment within the Kubernetes cluster: Jobs of this library."""

from __future__ import annotations

from typing import Final

PYTHON_IMAGE: Final = "docker.io/library/python:3.12-slim"
"""Runs the programs of `bootstrap/in_cluster`, which need nothing but the standard library."""
