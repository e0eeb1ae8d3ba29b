"""Rich PostgreSQL databases: together they say every field of the specification that this engine takes."""

from __future__ import annotations

from typing import Any, Final

_PODS: Final[dict[str, Any]] = {
    "resources": {"cpu": "3", "memory": "12Gi", "cpu_limit": "4", "memory_limit": "13Gi"},
    "priority": "databases",
    "node_labels": {"pool": "databases", "disk": "nvme"},
    "tolerations": [
        {"key": "dedicated", "operator": "Equal", "value": "databases", "effect": "NoSchedule"},
        {"key": "maintenance", "effect": "NoExecute", "seconds": 300},
        {"operator": "Exists"},
    ],
    "annotations": {"example.com/scrape": "true"},
    "labels": {"example.com/tier": "data"},
    "max_unavailable": 2,
    "environment_secret": "server-environment",
}

FULL: Final[dict[str, dict[str, Any]]] = {
    # Two sets of instances behind a pooler, four kinds of repositories, keys in Secrets.
    "pooled": {
        "engine": "pg",
        "namespace": "shop",
        "version": "17",
        "profile": "critical",
        "incarnation": 2,
        "size": "medium",
        "replicas": 3,
        "storage": {"size": "200Gi", "tier": "high", "log_size": "20Gi"},
        "storage_tiers": {"high": "fast-ssd", "low": "cold-hdd"},
        "pods": _PODS,
        "spread": {"nodes": True, "zones": "preferred"},
        "zones": ["eu-1a", "eu-1b", "eu-1c"],
        "replication": {"mode": "streaming", "synchronous": True},
        "instance_set": "primaries",
        "instance_sets": [
            {
                "name": "reports",
                "replicas": 2,
                "storage": {"size": "300Gi", "storage_class": "cold-hdd", "log_size": "30Gi"},
                "pods": {
                    **_PODS,
                    "resources": {"memory": "16Gi", "memory_limit": "20Gi"},
                    "environment_secret": "reports-environment",
                },
            },
            {"name": "spare", "storage": {"size": "50Gi", "tier": "low"}},
        ],
        "patroni": {"leader_lease_seconds": 60, "sync_period_seconds": 15, "maximum_lag_bytes": 1048576},
        "parameters": {
            "max_connections": 500,
            "shared_buffers": "2GB",
            "random_page_cost": 1.1,
            "jit": False,
            "autovacuum": True,
            "wal_level": "logical",
        },
        "extensions": ["pg_stat_monitor", "pgaudit", "pgvector", "pg_repack"],
        "proxy": {
            "type": "pgbouncer",
            "replicas": 4,
            "pods": {**_PODS, "environment_secret": "pooler-environment"},
            "parameters": {"server_idle_timeout": 300, "query_wait_timeout": "60", "tcp_keepalive": True},
            "pool": {"mode": "transaction", "size": 40, "max_client_connections": 2000},
            "superusers": True,
        },
        "expose": {
            "write": {
                "type": "load_balancer",
                "source_ranges": ["10.0.0.0/8", "192.168.0.0/16"],
                "annotations": {"external-dns.alpha.kubernetes.io/hostname": "orders.example.com"},
                "labels": {"example.com/edge": "internal"},
                "load_balancer_class": "eks.amazonaws.com/nlb",
            },
            "read": {
                "type": "load_balancer",
                "source_ranges": ["10.3.0.0/16"],
                "annotations": {"example.com/read": "yes"},
                "labels": {"read": "yes"},
                "load_balancer_class": "eks.amazonaws.com/nlb",
            },
            "primary": {
                "type": "load_balancer",
                "source_ranges": ["10.1.0.0/16"],
                "annotations": {"example.com/primary": "yes"},
                "labels": {"primary": "yes"},
                "load_balancer_class": "eks.amazonaws.com/nlb",
            },
        },
        "databases": ["orders", "invoices"],
        "users": [
            {
                "name": "orders-app",
                "databases": ["orders", "invoices"],
                "options": "CREATEDB CONNECTION LIMIT 50",
                "secret": "orders-app-login",
                "password_characters": "AlphaNumeric",
                "public_schema": True,
            },
            {"name": "reader", "databases": ["orders"]},
            {"name": "postgres"},
        ],
        "tls": {
            "required": True,
            "issuer": {"name": "dbaas-ca", "kind": "ClusterIssuer", "group": "cert-manager.io"},
            "names": ["orders.example.com", "orders-read.example.com"],
            "certificate_lifetime": "30d",
            "authority_lifetime": "365d",
        },
        "network": {
            "allow_from": [{"namespace": "web", "pod_labels": {"app": "shop"}}],
            "peers": ["10.2.0.0/16"],
            "operator_namespaces": ["operators"],
            "monitoring_namespaces": ["monitoring"],
        },
        "audit": True,
        "backup": {
            "storages": {
                "main": {
                    "type": "s3",
                    "bucket": "backups",
                    "region": "eu-central-1",
                    "endpoint": "https://minio.example.com:9000",
                    "prefix": "shop/orders/first",
                    "credentials": "backup-keys",
                    "path_style": True,
                    "verify_tls": False,
                    "authority": {"secret": "minio-ca", "key": "ca.crt"},
                    "encryption_key": "arn:aws:kms:eu-central-1:111122223333:key/1234",
                },
                "google": {
                    "type": "gcs",
                    "bucket": "backups-two",
                    "endpoint": "https://storage.example.com",
                    "credentials": "backup-keys",
                },
                "microsoft": {
                    "type": "azure",
                    "bucket": "backups-three",
                    "endpoint": "https://blob.example.com",
                    "credentials": "azure-keys",
                    "path_style": True,
                },
                "near": {"type": "volume", "size": "500Gi", "storage_class": "cold-hdd"},
            },
            "schedules": [
                {"name": "weekly", "cron": "0 1 * * 0", "type": "full", "keep": 4},
                {"name": "daily", "cron": "0 1 * * 1-6", "storage": "main", "type": "differential", "keep": 6},
                {"name": "hourly", "cron": "30 * * * *", "storage": "main", "type": "incremental"},
                {"name": "google", "cron": "0 2 1 * *", "storage": "google", "retention": "90d"},
                {"name": "near", "cron": "0 3 * * *", "storage": "near", "keep": 2, "enabled": False},
            ],
            "pitr": {"enabled": True, "interval": "30s"},
            "resources": {"cpu": "500m", "memory": "1Gi", "cpu_limit": "1", "memory_limit": "2Gi"},
            "delete_from_storage": True,
            "retries": 3,
        },
        "slo": {"rpo": "5m", "rto": "1h"},
        "deletion_protection": False,
        "deletion": {"volumes": "delete", "certificates": "delete", "backups": "delete"},
        "paused": True,
        "observability": {
            "pmm": {
                "enabled": True,
                "server": "monitoring-service.pmm",
                "secret": "pmm-token",
                "cluster_name": "shop-orders",
                "query_source": "pgstatmonitor",
                "resources": {"cpu": "100m", "memory": "256Mi", "cpu_limit": "200m", "memory_limit": "512Mi"},
                "parameters": "--environment=production",
            }
        },
        "maintenance": {"window": "sat 22:00-23:00", "wave": 7, "handed_over": ["major_upgrade"]},
        "tenant": "shop",
        "owner": "orders-team",
        "environment": "production",
        "cost_centre": "4711",
        "labels": {"example.com/own": "yes"},
        "annotations": {"example.com/note": "handle with care"},
        "platform_labels": True,
        "image_registry": "mirror.example.com:5000/docker-hub",
        "images": {"server": "mirror.example.com/postgresql:17.10-custom"},
        "image_pull_secrets": ["registry-login"],
        "image_pull_policy": "IfNotPresent",
        "overrides": {"spec": {"openshift": True}},
    },
    # Without a pooler, keyless in buckets, ready-made certificates, started from another database's backup.
    "direct": {
        "engine": "pg",
        "namespace": "shop",
        "profile": "standard",
        "replicas": 2,
        "storage": {"size": "100Gi", "storage_class": "fast-ssd"},
        "proxy": {"type": "none"},
        "expose": {"write": {"type": "internal", "annotations": {"example.com/primary": "yes"}}},
        "databases": ["one", "two"],
        "tls": {"secret": "own-server", "internal_secret": "own-replication", "certificate_lifetime": "1h30m"},
        "extensions": ["pg_stat_statements"],
        "backup": {
            "storages": {
                "amazon": {"type": "s3", "bucket": "backups", "region": "eu-west-1"},
                "google": {"type": "gcs", "bucket": "backups-two"},
            },
            "service_account_annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/backups"},
        },
        "data_source": {
            "storage": "google",
            "path": "shop/old-orders/3",
            "backup": "20261119-010000F_20261120-010000D",
            "at": "2026-11-20T03:00:00+01:00",
        },
        "observability": {"pmm": {"enabled": False, "server": "monitoring-service.pmm"}},
    },
    # From another cloud's bucket, on nodes of its own, with the audit log that another profile would bring.
    "sourced": {
        "engine": "pg",
        "namespace": "shop",
        "version": "16",
        "profile": "standard",
        "size": "large",
        "zones": ["eu-1a"],
        "spread": {"nodes": "preferred", "zones": "none"},
        "pods": _PODS,
        "instance_sets": [
            {"name": "reports", "pods": {"resources": {"cpu": "1", "cpu_limit": "2"}, "max_unavailable": 2}}
        ],
        "expose": {"read": {"type": "node_port"}},
        "tls": {"required": False, "issuer": {"name": "private", "kind": "Issuer", "group": "awspca.cert-manager.io"}},
        "audit": True,
        "backup": {
            "storages": {
                "container": {
                    "type": "azure",
                    "bucket": "backups",
                    "credentials": "azure-keys",
                    "authority": {"secret": "proxy-ca", "key": "ca.pem"},
                }
            },
            "resources": {"cpu": "250m", "memory": "512Mi"},
        },
        "data_source": {"storage": "container", "path": "shop/old-orders/1", "at": "latest"},
    },
    # One instance for development, an authority of one's own, a volume beside the bucket it starts from.
    "single": {
        "engine": "pg",
        "namespace": "shop",
        "version": "14",
        "profile": "dev",
        "tls": {"authority_secret": "company-root"},
        "slo": {"rpo": "30s", "rto": "1h"},
        "backup": {
            "storages": {
                "repo3": {"type": "volume"},
                "bucket": {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "keys"},
            }
        },
        "data_source": {"storage": "bucket", "path": "/shop/old-orders/3/", "lsn": "0/16B3748"},
        "platform_labels": False,
    },
}
