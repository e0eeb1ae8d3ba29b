"""Rich specifications of every shape of this engine. Together they touch every field that it takes."""

from __future__ import annotations

from typing import Any, Final

_TOLERATIONS: Final = [
    {"key": "databases", "operator": "Equal", "value": "yes", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "seconds": 600},
]


_RESOURCES: Final = {"cpu": "500m", "memory": "1Gi", "cpu_limit": "2", "memory_limit": "2Gi"}


def _pods(*without: str) -> dict[str, Any]:
    """Settings of one kind of pods, all of them but those that this kind does not take."""
    settings: dict[str, Any] = {
        "resources": _RESOURCES,
        "priority": "database-critical",
        "node_labels": {"pool": "databases"},
        "tolerations": _TOLERATIONS,
        "annotations": {"example.com/scraped": "true"},
        "labels": {"example.com/team": "shop"},
        "max_unavailable": 1,
        "grace_period_seconds": 900,
        "readiness": {
            "initial_delay_seconds": 20,
            "period_seconds": 6,
            "timeout_seconds": 4,
            "failure_threshold": 5,
            "success_threshold": 1,
        },
        "liveness": {
            "initial_delay_seconds": 60,
            "period_seconds": 20,
            "timeout_seconds": 9,
            "failure_threshold": 6,
            "success_threshold": 1,
        },
        "service_account": "orders",
        "environment_secret": "orders-environment",
        "runtime": "gvisor",
        "scheduler": "stork",
    }
    return {key: value for key, value in settings.items() if key not in without}


def _exposure(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "annotations": {"external-dns.alpha.kubernetes.io/hostname": "orders.example.com"},
        "labels": {"example.com/exposed": "yes"},
        "internal_traffic_policy": "Cluster",
        **more,
    }


_PROBE: Final = {
    "initial_delay_seconds": 20,
    "period_seconds": 6,
    "timeout_seconds": 4,
    "failure_threshold": 5,
    "success_threshold": 1,
}
_BALANCED: Final = {"source_ranges": ["10.0.0.0/8", "192.168.0.0/16"], "external_traffic_policy": "Local"}
_MAIN: Final = {
    "type": "s3",
    "bucket": "backups",
    "region": "eu-west-1",
    "endpoint": "https://minio.example.com:9000",
    "credentials": "backup-keys",
    "prefix": "shop/orders/7",
}

FULL: Final[dict[str, dict[str, Any]]] = {
    "group-haproxy": {
        "engine": "ps",
        "namespace": "shop",
        "version": "8.4",
        "profile": "critical",
        "incarnation": 7,
        "size": "medium",
        "replicas": 5,
        "storage": {
            "size": "200Gi",
            "tier": "high",
            "autoscale": {"threshold_percent": 70, "step": "20Gi", "max_size": "1Ti"},
        },
        "storage_tiers": {"high": "fast-ssd", "low": "slow"},
        "pods": _pods(),
        "spread": {"nodes": True, "zones": "required"},
        "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        "replication": {"mode": "group"},
        "parameters": {
            "max_connections": 500,
            "innodb_buffer_pool_size": "{{containerMemoryLimit * 3/4}}",
            "long_query_time": 0.5,
            "log_bin_trust_function_creators": True,
        },
        "automatic_recovery": False,
        "proxy": {
            "type": "haproxy",
            "replicas": 3,
            "pods": _pods(),
            "configuration": "global\n  maxconn 2048\n",
        },
        "spare_proxy": {
            "type": "router",
            "replicas": 3,
            "pods": _pods("labels", "liveness"),
            "configuration": "[logger]\nlevel=DEBUG\n",
        },
        "expose": {
            "write": _exposure("load_balancer", **_BALANCED),
            "primary": _exposure("load_balancer", **_BALANCED),
            "pods": _exposure("internal", enabled=True),
        },
        "credentials": {
            "secret": "orders-users",
            "store": {"name": "vault", "kind": "SecretStore", "refresh": "30m"},
            "store_path": "shop/orders/users",
        },
        "tls": {
            "issuer": {"name": "shop-issuer", "kind": "Issuer", "group": "cert-manager.io"},
            "names": ["orders.example.com", "orders-haproxy.shop"],
        },
        "encryption": {
            "provider": "vault",
            "vault": {
                "address": "https://vault.example.com:8200/",
                "mount": "ps-orders",
                "secret": "orders-keyring",
                "store": {"name": "vault"},
                "store_path": "shop/orders/keyring",
                "authority": True,
            },
        },
        "network": {
            "allow_from": [{"namespace": "web", "pod_labels": {"app": "shop"}}],
            "peers": ["10.20.0.0/16"],
            "operator_namespaces": ["operators"],
            "monitoring_namespaces": ["monitoring"],
        },
        "backup": {
            "storages": {
                "main": _MAIN,
                "second": {
                    "type": "gcs",
                    "bucket": "backups-copy",
                    "endpoint": "https://storage.googleapis.com",
                    "credentials": "hmac-keys",
                },
                "third": {
                    "type": "azure",
                    "bucket": "copies",
                    "endpoint": "https://account.blob.core.windows.net",
                    "credentials": "azure-keys",
                    "verify_tls": False,
                },
            },
            "schedules": [
                {"name": "weekly", "cron": "0 1 * * 0", "storage": "main", "type": "full", "keep": 4},
                {"name": "hourly", "cron": "30 * * * *", "storage": "main", "type": "incremental"},
                {"name": "monthly", "cron": "0 2 1 * *", "storage": "second"},
                {"name": "resting", "cron": "0 3 * * *", "storage": "third", "enabled": False},
            ],
            "pitr": {
                "enabled": True,
                "storage": "main",
                "interval": "1m30s",
                "resources": _RESOURCES,
            },
            "resources": _RESOURCES,
            "delete_from_storage": True,
            "encryption_key": {"secret": "backup-encryption", "key": "current"},
            "retries": 3,
        },
        "slo": {"rpo": "5m", "rto": "2h"},
        "data_source": {
            "storage": "main",
            "path": "shop/orders/6",
            "backup": "orders-2026-11-20-01:00:00-full",
            "at": "2026-11-20T03:00:00+01:00",
            "pitr_storage": "main",
        },
        "deletion_protection": True,
        "deletion": {"volumes": "retain", "certificates": "delete", "backups": "retain", "ordered": True},
        "observability": {
            "pmm": {
                "enabled": True,
                "server": "monitoring-service.pmm",
                "cluster_name": "orders-eu",
                "readiness": _PROBE,
                "liveness": _PROBE,
                "resources": _RESOURCES,
                "parameters": "--query-source=slowlog",
            }
        },
        "maintenance": {
            "window": "sat 02:00-04:00",
            "wave": 10,
            "handed_over": ["automatic_upgrade", "cluster_set"],
            "version_service": "https://check.example.com",
        },
        "tenant": "shop",
        "owner": "team-orders",
        "environment": "production",
        "cost_centre": "cc-42",
        "labels": {"example.com/tier": "gold"},
        "annotations": {"example.com/runbook": "https://example.com/orders"},
        "image_registry": "mirror.example.com:5000/hub",
        "images": {"backup": "registry.example.com/xtrabackup:1.0"},
        "image_pull_secrets": ["mirror"],
        "image_pull_policy": "IfNotPresent",
    },
    "group-router": {
        "engine": "ps",
        "namespace": "shop",
        "version": "8.0",
        "profile": "standard",
        "size": "large",
        "replicas": 7,
        "storage": {"size": "20Gi", "storage_class": "standard"},
        "spread": {"nodes": True, "zones": "preferred"},
        "zones": ["eu-west-1a", "eu-west-1b"],
        "proxy": {
            "type": "router",
            "replicas": 2,
            "pods": _pods("labels", "liveness"),
            "configuration": "[logger]\nlevel=DEBUG\n",
        },
        "spare_proxy": {"type": "haproxy", "pods": _pods()},
        "expose": {"write": _exposure("load_balancer", **_BALANCED)},
        "credentials": {"secret": "orders-passwords"},
        "tls": {"required": False, "secret": "orders-certificate"},
        "encryption": {
            "provider": "vault",
            "vault": {
                "address": "https://vault.example.com:8200",
                "mount": "ps-orders",
                "store": {"name": "vault", "kind": "ClusterSecretStore", "refresh": "2h"},
                "store_path": "shop/orders/keyring",
                "authority": False,
            },
        },
        "backup": {
            "storages": {"main": {**_MAIN, "prefix": "shop/orders/2"}},
            "schedules": [{"name": "nightly", "cron": "0 1 * * *"}],
            "pitr": {"enabled": False},
        },
        "data_source": {
            "storage": "main",
            "path": "shop/orders/1",
            "backup": "orders-2026-11-20-01:00:00-full",
            "gtid": "a3e5ff70-83e2-11ef-8e57-7a62caf7e1e3:1-36",
        },
        "deletion_protection": False,
        "deletion": {"volumes": "delete", "ordered": True},
        "platform_labels": False,
        "image_pull_secrets": ["mirror"],
        "overrides": {"spec": {"mysql": {"imagePullPolicy": "IfNotPresent"}}},
    },
    "async-haproxy": {
        "engine": "ps",
        "namespace": "shop",
        "profile": "standard",
        "replicas": 4,
        "spread": {"nodes": True, "zones": "required"},
        "zones": ["eu-west-1a"],
        "image_pull_secrets": ["mirror"],
        "replication": {"mode": "async"},
        "orchestrator": {
            "enabled": True,
            "replicas": 5,
            "pods": _pods("readiness", "liveness"),
        },
        "proxy": {"type": "haproxy", "replicas": 2},
        "expose": {
            "write": _exposure("node_port", external_traffic_policy="Local"),
            "pods": _exposure("load_balancer", **_BALANCED),
        },
        "encryption": {"provider": "none"},
        "backup": {
            "storages": {
                "copies": {"type": "azure", "bucket": "copies", "credentials": "azure-keys"},
                "logs": {"type": "s3", "bucket": "logs", "credentials": "keys"},
            },
            "schedules": [{"name": "daily", "cron": "0 1 * * *", "storage": "copies", "keep": 7}],
        },
        "slo": {"rpo": "20s", "rto": "1h"},
    },
    "single": {
        "engine": "ps",
        "namespace": "shop",
        "profile": "dev",
        "paused": True,
        "storage": "5Gi",
    },
    "single-router": {
        "engine": "ps",
        "namespace": "shop",
        "profile": "dev",
        "version": "8.0",
        "proxy": {"type": "router"},
    },
    "single-async": {
        "engine": "ps",
        "namespace": "shop",
        "profile": "dev",
        "replication": {"mode": "async"},
    },
}
"""Arguments by the name of the shape."""
