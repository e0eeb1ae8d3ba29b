"""What the operator of psmdb 1.22.0 makes of our databases.

The right-hand sides say what the operator documents of its objects (names, ports, keys), with the numbers of our
profiles and the pinned images. None of it is computed from the code that is tested. A new case is one more row.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.operators.case import CERTIFICATES, NODE, TLS, ZONE, Case
from tests.operators.made import Made, Workload

_OPERATOR = "docker.io/percona/percona-server-mongodb-operator:1.22.0"
_FLUENTBIT = "docker.io/percona/fluentbit:4.0.1-2"
_PORT = {"mongodb": 27017}
_USERS = frozenset(
    f"MONGODB_{user}_{part}"
    for user in ("BACKUP", "DATABASE_ADMIN", "CLUSTER_ADMIN", "CLUSTER_MONITOR", "USER_ADMIN")
    for part in ("USER", "PASSWORD")
)
_LOGS: Mapping[str, str] = {"logs": _FLUENTBIT, "logrotate": _FLUENTBIT}
_AGENT: Mapping[str, str] = {"backup-agent": "docker.io/percona/percona-backup-mongodb:2.12.0"}
_STRENGTH = ("1", "2Gi")


def _members(
    version: str,
    *,
    replicas: int,
    storage: str | None,
    spread: tuple[str, ...],
    container: str = "mongod",
    strength: tuple[str, str] = _STRENGTH,
    beside: Mapping[str, str] = _LOGS,
) -> Workload:
    server = f"docker.io/percona/percona-server-mongodb:{version}"
    return Workload(
        replicas=replicas,
        images={container: server, "mongo-init": _OPERATOR, **beside},
        volume={"mongod-data": storage} if storage else {},
        requests={container: strength},
        spread=spread,
    )


def _made(
    workloads: Mapping[str, Workload],
    budgets: tuple[str, ...] = ("orders-mongod-rs0",),
    services: Mapping[str, Mapping[str, int]] | None = None,
) -> Made:
    """What is around all of them."""
    return Made(
        workloads=workloads,
        services={"orders-rs0": _PORT, **(services or {})},
        secrets={
            "orders-secrets": _USERS,
            "internal-orders-users": _USERS | {f"{key}_ESCAPED" for key in _USERS},
            "orders-mongodb-keyfile": frozenset({"mongodb-key"}),
            "orders-mongodb-encryption-key": frozenset({"encryption-key"}),
            **dict.fromkeys(CERTIFICATES, TLS),
        },
        certificates=CERTIFICATES,
        issuers=frozenset({"orders-psmdb-ca-issuer", "orders-psmdb-issuer"}),
        budgets=dict.fromkeys(budgets, 1),
        claims={
            f"{claim}-{name}-0": size for name, workload in workloads.items() for claim, size in workload.volume.items()
        },
    )


def _case(arguments: Mapping[str, object], made: Made) -> Case:
    return Case("psmdb", arguments, made, "orders-ssl")


_SERVERS = _members("8.0.19-7", replicas=3, storage="50Gi", spread=(NODE,))

PSMDB_CASES: Mapping[str, Case] = {
    "psmdb-dev": _case(
        {"profile": "dev"},
        _made({"orders-rs0": _members("8.0.19-7", replicas=1, storage="5Gi", spread=(), beside={})}),
    ),
    "psmdb-standard": _case(
        {"profile": "standard", "version": "7.0"},
        _made({"orders-rs0": _members("7.0.30-16", replicas=3, storage="50Gi", spread=(NODE,))}),
    ),
    "psmdb-critical": _case(
        {"profile": "critical"},
        _made({"orders-rs0": _members("8.0.19-7", replicas=3, storage="100Gi", spread=(NODE, ZONE))}),
    ),
    # mongos gets its StatefulSet only when the config servers answer; its Service is there at once.
    "psmdb-shards": _case(
        {"sharding": {"shards": 2}},
        _made(
            {
                "orders-rs0": _SERVERS,
                "orders-rs1": _SERVERS,
                "orders-cfg": _members("8.0.19-7", replicas=3, storage="5Gi", spread=(NODE,), strength=("500m", "1Gi")),
            },
            budgets=("orders-mongod-rs0", "orders-mongod-rs1", "orders-cfg-cfg"),
            services={"orders-rs1": _PORT, "orders-cfg": _PORT, "orders-mongos": {"mongos": 27017}},
        ),
    ),
    "psmdb-members": _case(
        {
            "replicas": 4,
            "arbiter": {},
            "hidden": {},
            "nonvoting": {},
            "expose": {"pods": {"type": "internal"}},
            "backup": {
                "storages": {"main": {"type": "s3", "bucket": "b", "region": "eu-west-1", "credentials": "s3"}},
                "schedules": [{"name": "daily", "cron": "0 1 * * *", "keep": 3}],
            },
        },
        _made(
            {
                "orders-rs0": _members(
                    "8.0.19-7", replicas=4, storage="50Gi", spread=(NODE,), beside={**_LOGS, **_AGENT}
                ),
                "orders-rs0-arbiter": _members(
                    "8.0.19-7",
                    replicas=1,
                    storage=None,
                    spread=(NODE,),
                    container="mongod-arbiter",
                    strength=("100m", "512Mi"),
                    beside={},
                ),
                "orders-rs0-hidden": _members(
                    "8.0.19-7",
                    replicas=1,
                    storage="50Gi",
                    spread=(NODE,),
                    container="mongod-hidden",
                    beside={**_LOGS, **_AGENT},
                ),
                "orders-rs0-nv": _members(
                    "8.0.19-7",
                    replicas=1,
                    storage="50Gi",
                    spread=(NODE,),
                    container="mongod-nv",
                    beside={**_LOGS, **_AGENT},
                ),
            },
            budgets=("orders-mongod-rs0", "orders-arbiter-rs0", "orders-hidden-rs0", "orders-nonVoting-rs0"),
            # One for each Pod that there is: here, the first of each kind.
            services=dict.fromkeys(
                ("orders-rs0-0", "orders-rs0-arbiter-0", "orders-rs0-hidden-0", "orders-rs0-nv-0"), _PORT
            ),
        ),
    ),
}
