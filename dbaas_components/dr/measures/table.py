"""Which measures there are for which engine, what each of them does there, and its limit: for plans and the guide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dbaas_components.dr.measures.measured import ADDRESSES, ARCHIVE, ENDPOINT, NETWORK_DENY, REVOKED, ROLE


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure for one engine."""

    name: str
    possible: bool
    does: str
    """What is done and read back; where it is not possible, why."""
    source: str
    """Whose fact that is: operator and version, or Kubernetes."""

    def __str__(self) -> str:
        return f"{self.name}: {self.does}" if self.possible else f"{self.name}: not possible, {self.does}"


OPERATORS: Final[Mapping[str, str]] = {
    "pg": "PG operator 3.0.0",
    "pxc": "PXC operator 1.20.0",
    "ps": "PS operator 1.2.0",
    "psmdb": "PSMDB operator 1.22.0",
}
_KUBERNETES: Final = "Kubernetes"
_ROLES: Final[Mapping[str, tuple[bool, str]]] = {
    "pg": (True, "`spec.standby.enabled: true` while it is shut down; started by mistake it is a standby"),
    "pxc": (
        True,
        "channels with `isSource: false` while it is shut down; started by mistake the operator keeps it read-only",
    ),
    "ps": (
        False,
        "no field makes a site read-only; MySQL makes the old primary a replica, or invalidates it, when the "
        "ClusterSet changes",
    ),
    "psmdb": (
        True,
        "`spec.unmanaged: true` while it is shut down; that is no read-only: started by mistake its operator leaves "
        "the set alone, and the majority decides",
    ),
}
_ARCHIVES: Final[Mapping[str, str]] = {
    "pg": "the new primary archives to the path of its own epoch (`repo1-path`); in mode streaming each region has one",
    "pxc": "each region's backups and binary logs have a path of their own (`backup.storages`)",
    "ps": "each region's backups have a path of their own (`backup.storages`)",
    "psmdb": "each region's backups have a path of their own (`backup.storages`); only the site in charge writes",
}

_KEYS: Final[Mapping[str, str]] = {
    "pg": "`backups.pgbackrest.configuration` names a Secret that opens nothing, and keys of where the pod runs are "
    "left aside",
    "pxc": "`backup.storages.*.credentialsSecret` names a Secret that opens nothing, also where it named none",
    "ps": "`credentialsSecret` of `backup.storages` and of `backup.pitr` names a Secret that opens nothing",
    "psmdb": "`backup.storages.*.credentialsSecret` names a Secret that opens nothing, also where it named none",
}


def measure_rows(engine: str) -> list[MeasureRow]:
    """The measures of one engine, in the order in which they are told."""
    possible, role = _ROLES[engine]
    own = OPERATORS[engine]
    return [
        MeasureRow(
            NETWORK_DENY,
            True,
            "a NetworkPolicy lets in nobody but the database's own pods and its operator; a network plugin may leave "
            "policies aside, and other policies add to it",
            f"{_KUBERNETES}; pod labels of {own}",
        ),
        MeasureRow(
            ENDPOINT,
            True,
            "the alias Service leads nowhere, ExternalDNS' Service loses the name; a record of Route 53 or Cloud DNS "
            "moves after the promotion",
            _KUBERNETES,
        ),
        MeasureRow(ADDRESSES, True, "EndpointSlices of the database's Services are read", f"{_KUBERNETES}; {own}"),
        MeasureRow(ROLE, possible, role, own),
        MeasureRow(ARCHIVE, True, _ARCHIVES[engine], own),
        MeasureRow(REVOKED, True, f"while it is shut down {_KEYS[engine]}; the bucket's own Secret stays", own),
    ]
