"""The operators' words for how a thing stands, and the few common ones that alerts and dashboards use.

Sources: constants of the operators' API packages (percona-xtradb-cluster-operator v1.20.0, `pkg/apis/pxc/v1`;
percona-server-mongodb-operator v1.22.0, `pkg/apis/psmdb/v1`); for ps v1.2.0 and pg v3.0.0 their documentation.
A thing that its operator has not looked at yet has no word, and so no state at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

StateWords = Mapping[str, tuple[str, ...]]
"""Common state to the operator's words for it, each word once."""

_DATABASE: Final[StateWords] = MappingProxyType(
    {
        "ready": ("ready",),
        "initializing": ("initializing",),
        "paused": ("paused",),
        "stopping": ("stopping",),
        "error": ("error",),
    }
)
_JOB: Final[StateWords] = MappingProxyType(
    {"pending": ("Starting",), "running": ("Running",), "succeeded": ("Succeeded",), "failed": ("Failed",)}
)
_JOB_WITH_ERROR: Final[StateWords] = MappingProxyType({**_JOB, "failed": ("Failed", "Error")})

DATABASE_STATES: Final[Mapping[str, StateWords]] = MappingProxyType(
    {
        "pxc": _DATABASE,
        "ps": _DATABASE,
        "psmdb": _DATABASE,
        # Its operator has no word for an error: such a database stays initializing.
        "pg": MappingProxyType({state: words for state, words in _DATABASE.items() if state != "error"}),
    }
)
"""By engine, for databases."""

BACKUP_STATES: Final[Mapping[str, StateWords]] = MappingProxyType(
    {
        "pxc": MappingProxyType({**_JOB, "pending": ("Starting", "Suspended")}),
        "ps": _JOB_WITH_ERROR,
        "psmdb": MappingProxyType(
            {
                "pending": ("waiting", "requested"),
                "running": ("running",),
                "succeeded": ("ready",),
                "failed": ("error",),
            }
        ),
        "pg": _JOB,
    }
)
"""By engine, for backups."""

RESTORE_STATES: Final[Mapping[str, StateWords]] = MappingProxyType(
    {
        "pxc": MappingProxyType(
            {
                **_JOB,
                "running": (
                    "Stopping Cluster",
                    "Restoring",
                    "Preparing Cluster",
                    "Starting Cluster",
                    "Point-in-time recovering",
                ),
            }
        ),
        "ps": _JOB_WITH_ERROR,
        "psmdb": MappingProxyType(
            {
                "pending": ("waiting", "requested"),
                "running": ("running",),
                "succeeded": ("ready",),
                "failed": ("error", "rejected"),
            }
        ),
        "pg": _JOB,
    }
)
"""By engine, for restores."""
