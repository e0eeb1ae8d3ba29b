"""Names and labels of the volume claims that operators make for a database's data.

Kubernetes gives the claims of a StatefulSet its selector's labels and the name `<template>-<StatefulSet>-<number>`.
PXC operator 1.20.0 and PS operator 1.2.0 call the template `datadir`, PSMDB operator 1.22.0 `mongod-data`. Claims of
PG operator 3.0.0 bear a random part in their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dbaas_components.databases.pg.names import LABELS as PG_LABELS
from dbaas_components.databases.psmdb.names import CONFIG_SERVERS, replica_sets
from dbaas_components.databases.spec import DatabaseSpec

_INSTANCE: Final = "app.kubernetes.io/instance"
_NAME: Final = "app.kubernetes.io/name"
_COMPONENT: Final = "app.kubernetes.io/component"


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one engine's data."""

    labels: Mapping[str, str]
    """What all of them bear, and no other claim of the database does."""
    instance: str
    """Label that holds the database's name."""
    sets: Callable[[DatabaseSpec], Mapping[str, int]]
    """What their names begin with, each with how many there are; empty where names are not known beforehand."""
    external_growth: bool
    """Whether the operator leaves sizes alone where it is told that something else grows volumes."""


def _pxc(spec: DatabaseSpec) -> Mapping[str, int]:
    return {f"datadir-{spec.name}-pxc": spec.replicas}


def _ps(spec: DatabaseSpec) -> Mapping[str, int]:
    return {f"datadir-{spec.name}-mysql": spec.replicas}


def _psmdb(spec: DatabaseSpec) -> Mapping[str, int]:
    sets = {f"mongod-data-{spec.name}-{name}": spec.replicas for name in replica_sets(spec)}
    if spec.sharding:
        sets[f"mongod-data-{spec.name}-{CONFIG_SERVERS}"] = spec.sharding.config_replicas
    return sets


def _unknown(_: DatabaseSpec) -> Mapping[str, int]:
    return {}


CLAIMS: Final[Mapping[str, Claims]] = MappingProxyType(
    {
        "pxc": Claims({_NAME: "percona-xtradb-cluster", _COMPONENT: "pxc"}, _INSTANCE, _pxc, external_growth=True),
        "ps": Claims({_NAME: "mysql", _COMPONENT: "database"}, _INSTANCE, _ps, external_growth=True),
        "psmdb": Claims({_NAME: "percona-server-mongodb"}, _INSTANCE, _psmdb, external_growth=True),
        "pg": Claims({f"{PG_LABELS}/data": "postgres"}, f"{PG_LABELS}/cluster", _unknown, external_growth=False),
    }
)
"""By engine."""


def claim_labels(spec: DatabaseSpec) -> dict[str, str]:
    """Labels that all claims of a database's data have, and no others in its namespace."""
    row = CLAIMS[spec.engine]
    return {**row.labels, row.instance: spec.name}


def claim_names(spec: DatabaseSpec) -> list[str]:
    """Claims of the data, as far as their names are known beforehand."""
    return [f"{stem}-{number}" for stem, count in CLAIMS[spec.engine].sets(spec).items() for number in range(count)]
