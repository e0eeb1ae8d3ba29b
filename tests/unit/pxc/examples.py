"""Rich specifications of pxc, which together use every field that this engine has."""

from __future__ import annotations

from typing import Any, Final

_PROBE: Final = {
    "initial_delay_seconds": 20,
    "period_seconds": 10,
    "timeout_seconds": 5,
    "failure_threshold": 4,
    "success_threshold": 1,
}
_RESOURCES: Final = {"cpu": "500m", "memory": "2Gi", "cpu_limit": "4", "memory_limit": "3Gi"}


def _pods(role: str, **more: Any) -> dict[str, Any]:
    """Every setting of a component's pods."""
    return {
        "resources": _RESOURCES,
        "priority": "databases",
        "node_labels": {"disk": "fast"},
        "tolerations": [
            {"key": "dedicated", "operator": "Equal", "value": "mysql", "effect": "NoSchedule"},
            {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "seconds": 120},
        ],
        "annotations": {"example.com/scrape": role},
        "labels": {"rack": role},
        "max_unavailable": 1,
        "grace_period_seconds": 300,
        "service_account": f"orders-{role}",
        "environment_secret": f"orders-{role}-environment",
        "runtime": "gvisor",
        "scheduler": "topology",
        **more,
    }


_BALANCED: Final = {
    "type": "load_balancer",
    "source_ranges": ["10.0.0.0/8", "192.168.0.0/16"],
    "annotations": {"example.com/load-balancer": "internal"},
    "labels": {"exposed": "yes"},
    "load_balancer_class": "example.com/nlb",
    "external_traffic_policy": "Local",
    "internal_traffic_policy": "Cluster",
}
_VAULT: Final = {"name": "vault", "kind": "ClusterSecretStore", "refresh": "30m"}

_HAPROXY: Final[dict[str, Any]] = {
    "engine": "pxc",
    "namespace": "shop",
    "version": "8.4",
    "profile": "critical",
    "size": "medium",
    "incarnation": 2,
    "replicas": 5,
    "storage": {
        "size": "100Gi",
        "tier": "high",
        "autoscale": {"threshold_percent": 75, "step": "20Gi", "max_size": "500Gi"},
    },
    "storage_tiers": {"high": "fast-ssd"},
    "pods": _pods("server", readiness=_PROBE, liveness=_PROBE),
    "spread": {"nodes": True, "zones": "preferred"},
    "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    "replication": {"mode": "galera"},
    "parameters": {
        "max_connections": 500,
        "wsrep_provider_options": "gcache.size=1G; gcache.recover=yes",
        "innodb_buffer_pool_size": "{{containerMemoryLimit * 3 / 4}}",
        "log_bin_trust_function_creators": True,
        "long_query_time": 0.5,
    },
    "allocator": "jemalloc",
    "automatic_recovery": False,
    "proxy": {
        "type": "haproxy",
        "replicas": 3,
        "pods": _pods("haproxy", readiness=_PROBE, liveness=_PROBE),
        "configuration": "global\n  maxconn 4096\ndefaults\n  mode tcp\n",
    },
    "spare_proxy": {
        "type": "proxysql",
        "replicas": 3,
        "pods": _pods("proxysql"),
        "configuration": 'datadir="/var/lib/proxysql"\n',
        "storage_size": "4Gi",
    },
    "expose": {
        "write": _BALANCED,
        "read": {**_BALANCED, "external_traffic_policy": "Cluster"},
        "pods": {**_BALANCED, "enabled": True, "labels": {"for": "replication"}},
    },
    "users": [
        {
            "name": "shop",
            "databases": ["orders", "stock"],
            "grants": ["SELECT", "INSERT", "CREATE TEMPORARY TABLES"],
            "hosts": ["10.%", "app.example.com"],
            "grant_option": True,
            "password": {"secret": "shop-password", "key": "mysql"},
        },
        {"name": "reader", "databases": ["orders"], "grants": ["SELECT"]},
        {"name": "metrics", "grants": ["PROCESS", "REPLICATION CLIENT"]},
    ],
    "credentials": {"secret": "orders-passwords"},
    "tls": {
        "required": True,
        "issuer": {"name": "dbaas-ca", "kind": "ClusterIssuer", "group": "cert-manager.io"},
        "names": ["orders.example.com", "*.orders.example.com"],
        "certificate_lifetime": "60d",
        "authority_lifetime": "3650d",
    },
    "network": {
        "allow_from": [{"namespace": "web", "pod_labels": {"app": "shop"}}],
        "peers": ["10.20.0.0/16"],
        "operator_namespaces": ["operators"],
        "monitoring_namespaces": ["monitoring"],
    },
    "backup": {
        "storages": {
            "main": {
                "type": "s3",
                "bucket": "company-backups",
                "region": "eu-west-1",
                "endpoint": "https://minio.example.com",
                "prefix": "shop/orders/2",
                "credentials": "s3-backups",
                "path_style": True,
                "verify_tls": False,
                "authority": {"secret": "minio-authority", "key": "ca.crt"},
                "checksum": "SHA256",
                "skip_bucket_check": True,
            },
            "far": {
                "type": "azure",
                "bucket": "backups",
                "endpoint": "https://company.blob.core.windows.net",
                "credentials": "azure-backups",
                "storage_class": "Cool",
            },
            "near": {"type": "volume", "size": "300Gi", "storage_class": "slow"},
        },
        "schedules": [
            {"name": "nightly", "cron": "30 1 * * *", "keep": 14},
            {"name": "weekly", "cron": "0 3 * * 0", "storage": "far", "type": "full", "keep": 8},
            {"name": "hourly", "cron": "0 * * * *", "storage": "near", "keep": 2},
            {"name": "never", "cron": "0 4 1 1 *", "enabled": False},
        ],
        "pitr": {
            "enabled": True,
            "interval": "30s",
            "timeout": "5m",
            "resources": _RESOURCES,
        },
        "service_account": "orders-backup",
        "resources": _RESOURCES,
        "delete_from_storage": True,
        "parallel": True,
        "retries": 3,
        "deadline": "10m",
    },
    "slo": {"rpo": "1m", "rto": "1h"},
    "deletion_protection": True,
    "deletion": {"ordered": True, "backups": "retain"},
    "observability": {
        "pmm": {
            "enabled": True,
            "server": "monitoring-service.pmm",
            "cluster_name": "shop-orders",
            "readiness": _PROBE,
            "liveness": _PROBE,
            "resources": _RESOURCES,
            "parameters": "--disable-tablestats-limit=2000",
        },
        "logs": {
            "enabled": True,
            "resources": _RESOURCES,
            "configuration": "[OUTPUT]\n    Name  stdout\n    Match *\n",
            "rotation": "0 */6 * * *",
        },
    },
    "maintenance": {
        "window": "sat 01:00-03:00",
        "wave": 10,
        "version_service": "https://check.example.com",
        "upgrade_check": "0 4 * * *",
    },
    "tenant": "shop",
    "owner": "shop-platform",
    "environment": "production",
    "cost_centre": "cc-1042",
    "labels": {"team": "shop"},
    "annotations": {"example.com/ticket": "SHOP-1"},
    "image_registry": "mirror.example.com/hub",
    "images": {"haproxy": "mirror.example.com/own/haproxy:2.8.18-1-patched"},
    "image_pull_secrets": ["mirror"],
    "image_pull_policy": "IfNotPresent",
}

_PROXYSQL: Final[dict[str, Any]] = {
    "engine": "pxc",
    "namespace": "shop",
    "version": "8.0",
    "profile": "standard",
    "size": "large",
    "storage": {"size": "50Gi", "storage_class": "fast-ssd"},
    "spread": {"nodes": False, "zones": "required"},
    "allocator": "tcmalloc",
    "proxy": {
        "type": "proxysql",
        "replicas": 2,
        "pods": _pods("proxysql"),
        "configuration": 'datadir="/var/lib/proxysql"\n',
        "storage_size": "4Gi",
    },
    "spare_proxy": {"type": "haproxy", "pods": {"readiness": _PROBE, "liveness": _PROBE}},
    "expose": {
        "write": {"type": "internal", "internal_traffic_policy": "Local"},
        "pods": {"type": "node_port", "external_traffic_policy": "Local"},
    },
    "tls": {"names": ["mysql.example.com"]},
    "encryption": {
        "provider": "vault",
        "vault": {
            "address": "https://vault.example.com:8200",
            "mount": "shop-orders",
            "secret": "orders-keyring",
            "store": _VAULT,
            "store_path": "shop/orders/keyring",
            "authority": True,
        },
    },
    "credentials": {"store": _VAULT, "store_path": "shop/orders/passwords"},
    "backup": {
        "storages": {
            "main": {"type": "s3", "bucket": "company-backups", "region": "eu-west-1", "credentials": "s3-backups"},
            "logs": {"type": "s3", "bucket": "company-logs", "region": "eu-west-1", "credentials": "s3-backups"},
        },
        "schedules": [{"name": "nightly", "cron": "30 1 * * *", "storage": "main"}],
        "pitr": {"storage": "logs"},
    },
    "observability": {"pmm": {"server": "monitoring-service.pmm"}, "logs": {"enabled": False}},
    "paused": True,
    "maintenance": {"handed_over": ["automatic_upgrade"]},
    "deletion_protection": False,
    "deletion": {"volumes": "delete", "certificates": "delete"},
    "overrides": {"spec": {"pxc": {"sstRetryCount": 3}}},
}

_RESTORED: Final[dict[str, Any]] = {
    "engine": "pxc",
    "namespace": "shop",
    "profile": "standard",
    "incarnation": 3,
    "replicas": 3,
    "storage": "20Gi",
    "tls": {"required": False, "secret": "orders-certificate", "internal_secret": "orders-members"},
    "credentials": {"secret": "orders-passwords"},
    "encryption": {
        "provider": "vault",
        "vault": {
            "address": "https://vault.example.com:8200/",
            "mount": "shop-orders",
            "store": _VAULT,
            "store_path": "shop/orders/keyring",
            "authority": False,
        },
    },
    "backup": {
        "storages": {
            "main": {"type": "azure", "bucket": "backups", "credentials": "azure-backups"},
            "logs": {"type": "azure", "bucket": "logs", "credentials": "azure-backups"},
        },
        "schedules": [{"name": "nightly", "cron": "30 1 * * *"}],
        "resources": {"memory": "1Gi"},
    },
    "data_source": {
        "storage": "main",
        "path": "shop/orders/2",
        "backup": "orders-2026-11-20-01:30:00-full",
        "at": "2026-11-20T10:00:00+01:00",
        "pitr_storage": "logs",
    },
}

_TO_A_TRANSACTION: Final[dict[str, Any]] = {
    "engine": "pxc",
    "namespace": "shop",
    "profile": "dev",
    "replicas": 1,
    "platform_labels": False,
    "credentials": {"store": _VAULT},
    "backup": {"storages": {"main": {"type": "s3", "bucket": "company-backups", "credentials": "s3-backups"}}},
    "data_source": {
        "storage": "main",
        "path": "mysql",
        "backup": "exports/orders-2026-11-20-01:30:00-full",
        "gtid": "3e11fa47-71ca-11e1-9e33-c80aa9429562:23",
    },
}

FULL: Final[dict[str, dict[str, Any]]] = {
    "haproxy": _HAPROXY,
    "proxysql": _PROXYSQL,
    "restored": _RESTORED,
    "single": _TO_A_TRANSACTION,
}
"""By shape. `name` is left to whoever uses them; it must have 21 characters at most."""
