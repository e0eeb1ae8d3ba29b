"""Databases as they are asked for, and what their operators have to make of them: one table for each engine.

The right-hand sides say what the operators of pxc 1.20.0 and psmdb 1.22.0 document of their objects (names, ports,
keys), with the numbers of our profiles and the pinned images. None of it is computed from the code that is tested.
A new case is one more row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.operators.made import Made, Workload

NAME = "orders"

_NODE, _ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
_PXC_OPERATOR = "docker.io/percona/percona-xtradb-cluster-operator:1.20.0"
_PSMDB_OPERATOR = "docker.io/percona/percona-server-mongodb-operator:1.22.0"
_TLS = frozenset({"ca.crt", "tls.crt", "tls.key"})
_PXC_USERS = frozenset({"root", "operator", "monitor", "xtrabackup", "replication", "proxyadmin"})
_PSMDB_USERS = frozenset(
    f"MONGODB_{user}_{part}"
    for user in ("BACKUP", "DATABASE_ADMIN", "CLUSTER_ADMIN", "CLUSTER_MONITOR", "USER_ADMIN")
    for part in ("USER", "PASSWORD")
)


@dataclass(frozen=True)
class Case:
    """One database: its arguments besides name and namespace, and what is made of it."""

    engine: str
    arguments: Mapping[str, object]
    made: Made


def _pxc(
    *, replicas: int, storage: str, proxies: int, proxy: tuple[str, str], spread: tuple[str, ...], version: str
) -> Made:
    mysql = {"mysql": 3306, "mysql-admin": 33062, "mysqlx": 33060}
    haproxy = "docker.io/percona/haproxy:2.8.18-1"
    return Made(
        workloads={
            "orders-pxc": Workload(
                replicas=replicas,
                images={
                    "pxc": f"docker.io/percona/percona-xtradb-cluster:{version}",
                    "pxc-init": _PXC_OPERATOR,
                },
                volume={"datadir": storage},
                cpu="1",
                memory="2Gi",
                spread=spread,
            ),
            "orders-haproxy": Workload(
                replicas=proxies,
                images={
                    "haproxy": haproxy,
                    "pxc-monit": haproxy,
                    "pxc-init": _PXC_OPERATOR,
                    "haproxy-init": _PXC_OPERATOR,
                },
                volume={},
                cpu=proxy[0],
                memory=proxy[1],
                spread=spread,
            ),
        },
        services={
            "orders-haproxy": mysql | {"proxy-protocol": 3309, "stats": 8404},
            "orders-haproxy-replicas": {"mysql-replicas": 3306},
            "orders-pxc": mysql,
            "orders-pxc-unready": mysql,
        },
        secrets={
            "orders-secrets": _PXC_USERS,
            "internal-orders": _PXC_USERS,
            "orders-ca-cert": _TLS,
            "orders-ssl": _TLS,
            "orders-ssl-internal": _TLS,
        },
        certificates={name: name for name in ("orders-ca-cert", "orders-ssl", "orders-ssl-internal")},
        issuers=frozenset({"orders-pxc-ca-issuer", "orders-pxc-issuer"}),
        budgets={"orders-pxc": 1, "orders-haproxy": 1},
        claims={"datadir-orders-pxc-0": storage},
    )


def _psmdb(*, replicas: int, storage: str, spread: tuple[str, ...], version: str) -> Made:
    return Made(
        workloads={
            "orders-rs0": Workload(
                replicas=replicas,
                images={
                    "mongod": f"docker.io/percona/percona-server-mongodb:{version}",
                    "mongo-init": _PSMDB_OPERATOR,
                },
                volume={"mongod-data": storage},
                cpu="1",
                memory="2Gi",
                spread=spread,
            ),
        },
        services={"orders-rs0": {"mongodb": 27017}},
        secrets={
            "orders-secrets": _PSMDB_USERS,
            "internal-orders-users": _PSMDB_USERS | {f"{key}_ESCAPED" for key in _PSMDB_USERS},
            "orders-mongodb-keyfile": frozenset({"mongodb-key"}),
            "orders-mongodb-encryption-key": frozenset({"encryption-key"}),
            "orders-ca-cert": _TLS,
            "orders-ssl": _TLS,
            "orders-ssl-internal": _TLS,
        },
        certificates={name: name for name in ("orders-ca-cert", "orders-ssl", "orders-ssl-internal")},
        issuers=frozenset({"orders-psmdb-ca-issuer", "orders-psmdb-issuer"}),
        budgets={"orders-mongod-rs0": 1},
        claims={"mongod-data-orders-rs0-0": storage},
    )


CASES: Mapping[str, Case] = {
    "pxc-dev": Case(
        "pxc",
        {"profile": "dev"},
        _pxc(replicas=1, storage="5Gi", proxies=1, proxy=("100m", "256Mi"), spread=(), version="8.4.8-8.1"),
    ),
    "pxc-standard": Case(
        "pxc",
        {"profile": "standard", "version": "8.0"},
        _pxc(replicas=3, storage="50Gi", proxies=2, proxy=("200m", "512Mi"), spread=(_NODE,), version="8.0.45-36.1"),
    ),
    "pxc-critical": Case(
        "pxc",
        {"profile": "critical"},
        _pxc(replicas=3, storage="100Gi", proxies=3, proxy=("1", "1Gi"), spread=(_NODE, _ZONE), version="8.4.8-8.1"),
    ),
    "psmdb-dev": Case("psmdb", {"profile": "dev"}, _psmdb(replicas=1, storage="5Gi", spread=(), version="8.0.19-7")),
    "psmdb-standard": Case(
        "psmdb",
        {"profile": "standard", "version": "7.0"},
        _psmdb(replicas=3, storage="50Gi", spread=(_NODE,), version="7.0.30-16"),
    ),
    "psmdb-critical": Case(
        "psmdb",
        {"profile": "critical"},
        _psmdb(replicas=3, storage="100Gi", spread=(_NODE, _ZONE), version="8.0.19-7"),
    ),
}
