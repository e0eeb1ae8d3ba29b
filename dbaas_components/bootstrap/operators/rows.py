"""The table of operators: how each is installed, and what its chart or its objects are given.

Source: charts pxc-operator 1.20.0, psmdb-operator 1.22.0 and pg-operator 3.0.0, and `deploy/cw-bundle.yaml` of
percona-server-mysql-operator v1.2.0. Names of leases: `cmd/manager/main.go` (pg: `percona/runtime/runtime.go`) of the
operators at the pinned versions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from dbaas_components.bootstrap.operators.ps import operator_objects
from dbaas_components.bootstrap.operators.spec import Installation, OperatorsSpec
from dbaas_components.bootstrap.operators.values import pg_values, psmdb_values, pxc_values
from dbaas_components.versions import DEFAULT_REGISTRY, VERSIONS

# Helm refuses longer release names.
_LONGEST_RELEASE: Final = 53


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """How the operator of one engine is installed."""

    engine: str
    chart: str
    """Name of its chart; also the name of its Deployment and its service account in the usual place."""
    repository: str
    """Its image, without registry and tag."""
    selector: Callable[[str], dict[str, str]]
    """Name of the Deployment to the labels by which it is told from others."""
    lease: str
    """Name of the Lease, in the operator's namespace, that its leader holds."""
    own_account: bool
    """Whether the service account is made apart from the chart, which could not give it labels or an identity."""
    values: Callable[[OperatorsSpec, Installation, str, str], dict[str, Any]] | None = None
    """Specification, place, name and image to the chart's values; None for one that is installed without a chart."""
    objects: Callable[[OperatorsSpec, Installation, str, str], list[dict[str, Any]]] | None = None
    """The same to the operator's own objects, the Deployment last."""
    version_label: str = "app.kubernetes.io/version"
    """Label of its definitions that says of which version they are."""

    @property
    def version(self) -> str:
        """The operator's pinned version."""
        return VERSIONS[self.engine].operator

    @property
    def image(self) -> str:
        """The full official name of its image."""
        return f"{DEFAULT_REGISTRY}/{self.repository}:{self.version}"

    def name(self, installation: Installation) -> str:
        """Name of release, Deployment and service account.

        Rights over several namespaces are cluster-wide objects of that name, so that two such operators need two.
        """
        if installation.watched is None or installation.stays_home:
            return self.chart
        name = f"{self.chart}-{installation.namespace}"
        if len(name) <= _LONGEST_RELEASE:
            return name
        return f"{self.chart}-{hashlib.sha256(installation.namespace.encode()).hexdigest()[:10]}"


def _plain(chart: str) -> Callable[[str], dict[str, str]]:
    return lambda name: {"app.kubernetes.io/name": chart, "app.kubernetes.io/instance": name}


def _rows(*rows: OperatorRow) -> Mapping[str, OperatorRow]:
    return MappingProxyType({row.engine: row for row in rows})


OPERATORS: Final[Mapping[str, OperatorRow]] = _rows(
    OperatorRow(
        "pxc",
        "pxc-operator",
        "percona/percona-xtradb-cluster-operator",
        _plain("pxc-operator"),
        lease="08db1feb.percona.com",
        own_account=True,
        values=pxc_values,
    ),
    OperatorRow(
        "ps",
        "ps-operator",
        "percona/percona-server-mysql-operator",
        _plain("ps-operator"),
        lease="08db2feb.percona.com",
        own_account=True,
        objects=operator_objects,
    ),
    OperatorRow(
        "psmdb",
        "psmdb-operator",
        "percona/percona-server-mongodb-operator",
        _plain("psmdb-operator"),
        lease="08db0feb.percona.com",
        own_account=True,
        values=psmdb_values,
    ),
    OperatorRow(
        "pg",
        "pg-operator",
        "percona/percona-postgresql-operator",
        _plain("pg-operator"),
        lease="08db3feb.percona.com",
        own_account=False,
        values=pg_values,
        version_label="pgv2.percona.com/version",
    ),
)
"""Every operator by its engine."""
