"""What the operator of pxc 1.20.0 makes of our databases.

The right-hand sides say what the operator documents of its objects (names, ports, keys), with the numbers of our
profiles and the pinned images. None of it is computed from the code that is tested. A new case is one more row.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.operators.case import CERTIFICATES, NODE, TLS, ZONE, Case
from tests.operators.made import Made, Workload

_OPERATOR = "docker.io/percona/percona-xtradb-cluster-operator:1.20.0"
_FLUENTBIT = "docker.io/percona/fluentbit:5.0.6-1"
_HAPROXY = "docker.io/percona/haproxy:2.8.18-1"
_PROXYSQL = "docker.io/percona/proxysql2:2.7.3-1.3"
_USERS = frozenset({"root", "operator", "monitor", "xtrabackup", "replication", "proxyadmin"})
_SERVER_PORTS = {"mysql": 3306, "mysql-admin": 33062, "mysqlx": 33060}
# mysqld presents the certificate between members where there is one, and HAProxy passes TLS through to it; ProxySQL
# has a certificate of its own (start scripts of the operator's images, 1.20.0).
_BEHIND_HAPROXY, _BEHIND_PROXYSQL = "orders-ssl-internal", "orders-ssl"


def _server(version: str, *, replicas: int, storage: str, spread: tuple[str, ...], logs: bool = True) -> Workload:
    collector = {"logs": _FLUENTBIT, "logrotate": _FLUENTBIT} if logs else {}
    return Workload(
        replicas=replicas,
        images={"pxc": f"docker.io/percona/percona-xtradb-cluster:{version}", "pxc-init": _OPERATOR, **collector},
        volume={"datadir": storage},
        requests={"pxc": ("1", "2Gi")},
        spread=spread,
    )


def _haproxy(*, replicas: int, cpu: str, memory: str, spread: tuple[str, ...]) -> Workload:
    return Workload(
        replicas=replicas,
        images={"haproxy": _HAPROXY, "pxc-monit": _HAPROXY, "pxc-init": _OPERATOR, "haproxy-init": _OPERATOR},
        volume={},
        requests={"haproxy": (cpu, memory)},
        spread=spread,
    )


_HAPROXY_SERVICES: Mapping[str, Mapping[str, int]] = {
    "orders-haproxy": {**_SERVER_PORTS, "proxy-protocol": 3309, "stats": 8404},
    "orders-haproxy-replicas": {"mysql-replicas": 3306},
}


def _made(
    workloads: Mapping[str, Workload],
    services: Mapping[str, Mapping[str, int]],
    claims: Mapping[str, str],
) -> Made:
    """What is around all of them."""
    return Made(
        workloads=workloads,
        services={"orders-pxc": _SERVER_PORTS, "orders-pxc-unready": _SERVER_PORTS, **services},
        secrets={"orders-secrets": _USERS, "internal-orders": _USERS, **dict.fromkeys(CERTIFICATES, TLS)},
        certificates=CERTIFICATES,
        issuers=frozenset({"orders-pxc-ca-issuer", "orders-pxc-issuer"}),
        budgets=dict.fromkeys(workloads, 1),
        claims=claims,
    )


PXC_CASES: Mapping[str, Case] = {
    "pxc-dev": Case(
        "pxc",
        {"profile": "dev"},
        _made(
            {
                "orders-pxc": _server("8.4.8-8.1", replicas=1, storage="5Gi", spread=(), logs=False),
                "orders-haproxy": _haproxy(replicas=1, cpu="100m", memory="256Mi", spread=()),
            },
            _HAPROXY_SERVICES,
            {"datadir-orders-pxc-0": "5Gi"},
        ),
        _BEHIND_HAPROXY,
    ),
    "pxc-standard": Case(
        "pxc",
        {"profile": "standard", "version": "8.0"},
        _made(
            {
                "orders-pxc": _server("8.0.45-36.1", replicas=3, storage="50Gi", spread=(NODE,)),
                "orders-haproxy": _haproxy(replicas=2, cpu="200m", memory="512Mi", spread=(NODE,)),
            },
            _HAPROXY_SERVICES,
            {"datadir-orders-pxc-0": "50Gi"},
        ),
        _BEHIND_HAPROXY,
    ),
    "pxc-critical": Case(
        "pxc",
        {"profile": "critical"},
        _made(
            {
                "orders-pxc": _server("8.4.8-8.1", replicas=3, storage="100Gi", spread=(NODE, ZONE)),
                "orders-haproxy": _haproxy(replicas=3, cpu="1", memory="1Gi", spread=(NODE, ZONE)),
            },
            _HAPROXY_SERVICES,
            {"datadir-orders-pxc-0": "100Gi"},
        ),
        _BEHIND_HAPROXY,
    ),
    "pxc-proxysql": Case(
        "pxc",
        {"proxy": {"type": "proxysql"}},
        _made(
            {
                "orders-pxc": _server("8.4.8-8.1", replicas=3, storage="50Gi", spread=(NODE,)),
                "orders-proxysql": Workload(
                    replicas=2,
                    images={
                        **dict.fromkeys(("proxysql", "pxc-monit", "proxysql-monit"), _PROXYSQL),
                        **dict.fromkeys(("pxc-init", "proxysql-init"), _OPERATOR),
                    },
                    volume={"proxydata": "2Gi"},
                    requests={"proxysql": ("200m", "512Mi")},
                    spread=(NODE,),
                ),
            },
            {
                "orders-proxysql": {"mysql": 3306, "mysql-admin": 33062, "stats": 6070},
                "orders-proxysql-unready": {"mysql": 3306, "mysql-admin": 33062, "proxyadm": 6032},
            },
            {"datadir-orders-pxc-0": "50Gi", "proxydata-orders-proxysql-0": "2Gi"},
        ),
        _BEHIND_PROXYSQL,
    ),
    # Backups and users are accepted, but the operator does nothing for them before a database answers.
    "pxc-backups": Case(
        "pxc",
        {
            "backup": {
                "storages": {"main": {"type": "s3", "bucket": "b", "region": "eu-west-1", "credentials": "s3"}},
                "schedules": [{"name": "daily", "cron": "0 1 * * *", "keep": 3}],
                "pitr": {"interval": "1m"},
            },
            "users": [{"name": "app", "databases": ["shop"], "grants": ["SELECT"]}],
            "expose": {"pods": {"type": "internal"}},
        },
        _made(
            {
                "orders-pxc": _server("8.4.8-8.1", replicas=3, storage="50Gi", spread=(NODE,)),
                "orders-haproxy": _haproxy(replicas=2, cpu="200m", memory="512Mi", spread=(NODE,)),
            },
            {**_HAPROXY_SERVICES, **{f"orders-pxc-{number}": {"mysql": 3306} for number in range(3)}},
            {"datadir-orders-pxc-0": "50Gi"},
        ),
        _BEHIND_HAPROXY,
    ),
}
