"""Custom resources of every kind with statuses as their operators write them, for kube-state-metrics to read."""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database

NAMESPACE: Final = "shop"
COMPLETED: Final = "2026-11-20T01:10:00Z"
RESTORABLE: Final = "2026-11-20T02:55:00Z"
_TIME: Final = "2026-11-20T01:00:00Z"


def arguments(engine: str) -> dict[str, Any]:
    """Arguments of a standard database with backups."""
    bucket = {"type": "s3", "bucket": "backups", "region": "eu-central-1", "credentials": "backups"}
    backup: dict[str, Any] = {
        "storages": {"main": bucket},
        "schedules": [{"name": "daily", "cron": "0 1 * * *"}],
    }
    if engine in {"pxc", "ps"}:
        backup["storages"]["logs"] = {**bucket, "bucket": "logs"}
        backup["pitr"] = {"storage": "logs"}
    return {
        "namespace": NAMESPACE,
        "engine": engine,
        "profile": "standard",
        "storage": "10Gi",
        "backup": backup,
        "owner": "shop-team",
        "tenant": "shop",
        "environment": "production",
        "cost_centre": "4711",
    }


def database(engine: str, name: str = "orders") -> dict[str, Any]:
    """The custom resource that this library renders."""
    return ENGINES[engine].render(parse_database(name, arguments(engine)))


DATABASE_STATUS: Final[dict[str, dict[str, Any]]] = {
    "pxc": {
        "state": "ready",
        "observedGeneration": 1,
        "host": "orders-haproxy.shop",
        "pxc": {"size": 3, "ready": 2, "status": "initializing"},
        "haproxy": {"size": 3, "ready": 3, "status": "ready"},
        # A history, in which a type comes again and again.
        "conditions": [
            {"type": "ready", "status": "True", "lastTransitionTime": _TIME},
            {"type": "initializing", "status": "True", "lastTransitionTime": _TIME},
            {"type": "ready", "status": "True", "lastTransitionTime": _TIME},
        ],
    },
    "ps": {
        "state": "initializing",
        "host": "orders-haproxy.shop",
        # The operator leaves a zero out.
        "mysql": {"size": 3, "state": "initializing"},
        "haproxy": {"size": 3, "state": "initializing"},
        "conditions": [
            {
                "type": "InnoDBClusterBootstrapped",
                "status": "True",
                "reason": "Bootstrapped",
                "message": "",
                "lastTransitionTime": _TIME,
            }
        ],
    },
    "psmdb": {
        "state": "error",
        "observedGeneration": 1,
        "host": "orders-rs0.shop.svc.cluster.local",
        "size": 3,
        "ready": 1,
        "replsets": {"rs0": {"size": 3, "ready": 1, "status": "error"}},
    },
    "pg": {
        "state": "ready",
        "observedGeneration": 1,
        "host": "orders-pgbouncer.shop.svc",
        "postgres": {"size": 3, "ready": 3, "instances": [{"name": "instance1", "size": 3, "ready": 3}]},
        "pgbouncer": {"size": 2, "ready": 2},
        "standby": {"lagBytes": 1048576, "lagLastComputedAt": _TIME},
        "conditions": [
            {
                "type": "StandbyLagging",
                "status": "Unknown",
                "reason": "MainSiteNotFound",
                "message": "",
                "lastTransitionTime": _TIME,
            }
        ],
    },
}

BACKUP_SPEC: Final[dict[str, dict[str, Any]]] = {
    "pxc": {"pxcCluster": "orders", "storageName": "main"},
    "ps": {"clusterName": "orders", "storageName": "main", "type": "full"},
    "psmdb": {"clusterName": "orders", "storageName": "main", "type": "logical"},
    "pg": {"pgCluster": "orders", "repoName": "repo1", "method": "pgbackrest"},
}
BACKUP_STATUS: Final[dict[str, dict[str, Any]]] = {
    "pxc": {
        "state": "Succeeded",
        "completed": COMPLETED,
        "latestRestorableTime": RESTORABLE,
        "destination": "s3://b/1",
    },
    "ps": {"state": "Error", "stateDescription": "no such storage"},
    "psmdb": {"state": "ready", "completed": COMPLETED, "latestRestorableTime": RESTORABLE, "size": "1.50GB"},
    "pg": {"state": "Succeeded", "completed": COMPLETED, "latestRestorableTime": RESTORABLE, "backupType": "full"},
}
RESTORE_SPEC: Final[dict[str, dict[str, Any]]] = {
    "pxc": {"pxcCluster": "orders", "backupName": "nightly"},
    "ps": {"clusterName": "orders", "backupName": "nightly"},
    "psmdb": {"clusterName": "orders", "backupName": "nightly"},
    "pg": {"pgCluster": "orders", "repoName": "repo1"},
}
RESTORE_STATUS: Final[dict[str, dict[str, Any]]] = {
    "pxc": {"state": "Point-in-time recovering"},
    "ps": {"state": "Succeeded", "completed": COMPLETED},
    "psmdb": {"state": "rejected", "error": "no such backup"},
    "pg": {"state": "Running"},
}
