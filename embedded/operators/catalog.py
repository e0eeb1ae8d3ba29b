"""The operators that can be built and run here: one table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from embedded.builds import GoBuild
from embedded.disk_space import DiskNeeds
from embedded.operators.operator import Operator
from embedded.operators.pod import OperatorPod

_PROGRAMS: Final = Path(__file__).resolve().parent / "programs"
# Measured on a cold build of the largest, psmdb's, with Go 1.26.8, rounded up.
_SPACE: Final = DiskNeeds(binary=100, build_cache=1500, modules=1200, temporary=1550)


def _build(name: str, version: str, folder: str) -> GoBuild:
    return GoBuild(
        name=name,
        version=version,
        module_directory=_PROGRAMS / folder,
        package=".",
        ldflags="-s -w",
        space=_SPACE,
        optimised=False,
    )


OPERATORS: Final[Mapping[str, Operator]] = MappingProxyType(
    {
        "cert-manager": Operator(name="cert-manager", build=_build("cert-manager", "1.21.1", "cert_manager")),
        "pxc": Operator(
            name="pxc",
            build=_build("pxc-operator", "1.20.0", "pxc"),
            pod=OperatorPod(
                name="pxc-operator",
                container="percona-xtradb-cluster-operator",
                image="docker.io/percona/percona-xtradb-cluster-operator:1.20.0",
            ),
        ),
        "psmdb": Operator(
            name="psmdb",
            build=_build("psmdb-operator", "1.22.0", "psmdb"),
            pod=OperatorPod(
                name="psmdb-operator",
                container="percona-server-mongodb-operator",
                image="docker.io/percona/percona-server-mongodb-operator:1.22.0",
            ),
        ),
    }
)
"""By our word for the engine, and `cert-manager`. The operators of ps and pg are not to be had as Go modules."""
