"""Images that no chart's version stands for: of this library's own Jobs, and of what Coroot's operator starts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PYTHON_IMAGE: Final = "docker.io/library/python:3.12-slim"
"""Runs the programs of `bootstrap/in_cluster`, which need nothing but the standard library."""

RCLONE_IMAGE: Final = "docker.io/rclone/rclone:1.73.0"
"""Brings snapshots of Vault into a bucket, with the identity of the pod."""

COROOT_REGISTRY: Final = "ghcr.io/coroot"
COROOT_IMAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "coroot": "coroot:1.19.1",
        "node_agent": "coroot-node-agent:1.31.0",
        "cluster_agent": "coroot-cluster-agent:1.6.1",
        "kube_state_metrics": "kube-state-metrics:2.15.0-ubi9-0",
        "clickhouse": "clickhouse:25.11.2-ubi9-0",
        "prometheus": "prometheus:2.55.1-ubi9-0",
    }
)
"""What its operator 1.9.3 starts. The last three are its own defaults; of the first three it would take the newest
every hour, so they are pinned to the releases of its own time (April 2026)."""
