"""How an operator's objects are a database's, and where it runs: pg 3.0, pxc 1.20, ps 1.2, psmdb 1.22.

A table of its own, because the agent's pod has none of the databases' modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DATABASE_LABEL: Final[Mapping[str, str]] = {
    "pg": "postgres-operator.crunchydata.com/cluster",
    "pxc": "app.kubernetes.io/instance",
    "ps": "app.kubernetes.io/instance",
    "psmdb": "app.kubernetes.io/instance",
}
"""The label with the database's name that all its pods (its proxies' among them), Services and volumes bear. The
EndpointSlices of its Services bear it too."""
DATA_VOLUMES: Final[Mapping[str, Mapping[str, str]]] = {
    "pg": {"postgres-operator.crunchydata.com/data": "postgres"},
    "psmdb": {"app.kubernetes.io/name": "percona-server-mongodb"},
}
"""What claims of a database's own data bear besides. Those of a repository of backups (pgBackRest's) bear the
database's label too, and another value of this one (pg operator 2.9 and 3.0)."""
OPERATOR_NAMESPACES: Final[Mapping[str, tuple[str, ...]]] = {
    "pg": ("pg-operator", "percona-operators"),
    "pxc": ("pxc-operator", "percona-operators"),
    "ps": ("ps-operator", "percona-operators"),
    "psmdb": ("psmdb-operator", "percona-operators"),
}
"""The operators' usual namespaces."""
