"""Rich specifications of MongoDB databases: each shape once, and together every field that the engine takes."""

from __future__ import annotations

from typing import Any, Final

_PROBE: Final[dict[str, Any]] = {
    "initial_delay_seconds": 30,
    "period_seconds": 10,
    "timeout_seconds": 5,
    "failure_threshold": 6,
    "success_threshold": 1,
}
_PODS: Final[dict[str, Any]] = {
    "resources": {"cpu": "3", "memory": "12Gi", "cpu_limit": "5", "memory_limit": "14Gi"},
    "priority": "databases",
    "node_labels": {"example.com/pool": "databases"},
    "tolerations": [
        {"key": "example.com/dedicated", "operator": "Equal", "value": "databases", "effect": "NoSchedule"},
        {"effect": "NoExecute", "seconds": 300},
    ],
    "annotations": {"example.com/scrape": "no"},
    "labels": {"team": "payments"},
    "max_unavailable": 2,
    "grace_period_seconds": 300,
    "readiness": {**_PROBE, "success_threshold": 2},
    "liveness": _PROBE,
    "service_account": "orders-database",
    "environment_secret": "orders-environment",
    "runtime": "gvisor",
    "scheduler": "packing",
}
# Members of a special kind take the environment of the others, and there is one scheduler for all.
_MEMBERS: Final = {key: value for key, value in _PODS.items() if key not in ("environment_secret", "scheduler")}
_ARBITER: Final = {key: value for key, value in _MEMBERS.items() if key not in ("readiness", "liveness")}
_EXPOSED: Final[dict[str, Any]] = {
    "type": "load_balancer",
    "source_ranges": ["10.0.0.0/8", "192.168.0.0/16"],
    "annotations": {"external-dns.alpha.kubernetes.io/hostname": "orders.example.com"},
    "labels": {"example.com/exposed": "yes"},
    "load_balancer_class": "example.com/internal",
    "external_traffic_policy": "Local",
    "internal_traffic_policy": "Cluster",
}

FULL: Final[dict[str, dict[str, Any]]] = {
    # One replica set with every kind of member, exposed, with backups to four places and a certificate of an issuer.
    "replica-set": {
        "engine": "psmdb",
        "namespace": "shop",
        "version": "7.0",
        "profile": "critical",
        "incarnation": 2,
        "size": "medium",
        "replicas": 4,
        "storage": {
            "size": "200Gi",
            "tier": "high",
            "autoscale": {"threshold_percent": 75, "step": "50Gi", "max_size": "1Ti"},
        },
        "storage_tiers": {"high": "fast-ssd", "low": "slow-hdd"},
        "pods": _PODS,
        "spread": {"nodes": True, "zones": "preferred"},
        "zones": ["eu-1a", "eu-1b", "eu-1c"],
        "replication": {"mode": "replica_set"},
        "arbiter": {"replicas": 1, "pods": _ARBITER},
        "hidden": {"replicas": 2, "storage": {"size": "300Gi", "tier": "low"}, "pods": _MEMBERS},
        "nonvoting": {"replicas": 3, "storage": {"size": "250Gi", "storage_class": "slow-hdd"}, "pods": _MEMBERS},
        "replica_set": "main",
        "parameters": {
            "operationProfiling.mode": "slowOp",
            "operationProfiling.slowOpThresholdMs": 200,
            "setParameter.ttlMonitorSleepSecs": 60,
            "setParameter.diagnosticDataCollectionEnabled": False,
            "storage.wiredTiger.collectionConfig.blockCompressor": "zstd",
            "auditLog.filter": '{ "atype": { "$in": ["authenticate", "dropDatabase"] } }',
        },
        "expose": {"pods": _EXPOSED},
        "users": [
            {
                "name": "app",
                "database": "orders",
                "roles": [{"name": "readWrite", "database": "orders"}, {"name": "auditor", "database": "admin"}],
                "password": {"secret": "orders-app", "key": "password"},
            },
            {"name": "reports", "roles": [{"name": "read", "database": "orders"}]},
            {"name": "CN=batch", "database": "$external", "roles": [{"name": "read", "database": "orders"}]},
        ],
        "roles": [
            {
                "name": "auditor",
                "database": "admin",
                "privileges": [
                    {"actions": ["find"], "database": "orders", "collection": "history"},
                    {"actions": ["listDatabases"], "cluster": True},
                    {"actions": ["collStats"]},
                ],
                "roles": [{"name": "clusterMonitor", "database": "admin"}],
            },
            {"name": "nobody", "database": "orders"},
        ],
        "credentials": {"secret": "orders-passwords"},
        "tls": {
            "required": True,
            "issuer": {"name": "company", "kind": "ClusterIssuer", "group": "cert-manager.io"},
            "names": ["orders.example.com"],
            "certificate_lifetime": "30d",
        },
        "encryption": {
            "provider": "vault",
            "vault": {
                "address": "https://vault.example.com:8200",
                "mount": "databases",
                "path": "shop/orders",
                "secret": "orders-vault-token",
                "store": {"name": "company-vault", "kind": "ClusterSecretStore", "refresh": "30m"},
                "store_path": "shop/orders/vault",
                "authority": True,
            },
        },
        "network": {
            "allow_from": [{"namespace": "web", "pod_labels": {"app": "shop"}}],
            "peers": ["10.20.0.0/16"],
            "operator_namespaces": ["operators"],
            "monitoring_namespaces": ["monitoring"],
        },
        "audit": True,
        "backup": {
            "storages": {
                "main": {
                    "type": "s3",
                    "bucket": "company-backups",
                    "region": "eu-central-1",
                    "prefix": "shop/orders/2",
                    "endpoint": "https://s3.example.com",
                    "credentials": "orders-s3",
                    "path_style": True,
                    "verify_tls": False,
                    "storage_class": "STANDARD_IA",
                    "encryption_key": "alias/backups",
                },
                "private": {
                    "type": "s3",
                    "bucket": "backups",
                    "endpoint": "https://minio.example.com:9000",
                    "credentials": "orders-minio",
                    "authority": {"secret": "minio-authority", "key": "ca.crt"},
                    "path_style": True,
                },
                "google": {"type": "gcs", "bucket": "company-backups", "credentials": "orders-gcs"},
                "blue": {
                    "type": "azure",
                    "bucket": "backups",
                    "endpoint": "https://company.blob.core.windows.net",
                    "credentials": "orders-azure",
                },
                "shared": {"type": "volume", "claim": "backups"},
            },
            "schedules": [
                {"name": "weekly", "cron": "0 1 * * 0", "keep": 4, "compression": "zstd"},
                {"name": "daily", "cron": "0 1 * * 1-6", "storage": "main", "type": "incremental"},
                {"name": "yearly", "cron": "0 2 1 1 *", "storage": "google", "method": "physical", "keep": 10},
                {"name": "copy", "cron": "0 3 * * *", "storage": "blue", "method": "logical", "enabled": False},
                {"name": "near", "cron": "0 4 * * *", "storage": "shared", "compression": "none"},
            ],
            "pitr": {"enabled": True, "interval": "150s", "compression": "lz4"},
            "resources": {"cpu": "500m", "memory": "1Gi", "cpu_limit": "1", "memory_limit": "2Gi"},
            "delete_from_storage": True,
            "deadline": "10m",
        },
        "slo": {"rpo": "5m", "rto": "2h"},
        "deletion_protection": False,
        "deletion": {"volumes": "delete", "backups": "delete", "ordered": True},
        "paused": True,
        "observability": {
            "pmm": {
                "server": "monitoring-service.pmm",
                "cluster_name": "orders",
                "resources": {"cpu": "100m", "memory": "200Mi", "cpu_limit": "200m", "memory_limit": "300Mi"},
                "parameters": "--environment=production",
            },
            "logs": {
                "enabled": True,
                "resources": {"cpu": "100m", "memory": "128Mi", "cpu_limit": "200m", "memory_limit": "256Mi"},
                "configuration": "[SERVICE]\n    Flush 5\n",
                "rotation": "0 2 * * *",
            },
        },
        "maintenance": {"window": "sat 22:00-23:30", "wave": 3},
        "tenant": "shop",
        "owner": "payments",
        "environment": "production",
        "cost_centre": "4711",
        "labels": {"example.com/tier": "gold"},
        "annotations": {"example.com/contact": "payments@example.com"},
        "image_registry": "mirror.example.com:5000/hub",
        "images": {"server": "mirror.example.com:5000/own/mongod:7.0.30"},
        "image_pull_secrets": ["mirror"],
        "overrides": {"spec": {"clusterServiceDNSMode": "Internal"}},
    },
    # Shards behind mongos, keyless backups, passwords and certificates that are there already.
    "sharded": {
        "engine": "psmdb",
        "namespace": "shop",
        "profile": "standard",
        "size": "large",
        "replicas": 5,
        "storage": {"size": "500Gi", "storage_class": "fast-ssd"},
        "storage_tiers": {"high": "fast-ssd"},
        "spread": {"nodes": False, "zones": "required"},
        "zones": ["eu-1a", "eu-1b"],
        "sharding": {
            "shards": 3,
            "config_replicas": 5,
            "config_storage": {"size": "20Gi", "tier": "high"},
            "config_pods": {key: value for key, value in _PODS.items() if key != "scheduler"},
            "config_parameters": {"systemLog.verbosity": 1},
            "balancer": False,
        },
        "parameters": {"replication.oplogSizeMB": 10240},
        "proxy": {
            "type": "mongos",
            "replicas": 4,
            "pods": {key: value for key, value in _PODS.items() if key != "scheduler"},
            "parameters": {"systemLog.quiet": False, "setParameter.cursorTimeoutMillis": 600000},
        },
        "expose": {
            "write": _EXPOSED,
            "pods": _EXPOSED,
        },
        "credentials": {
            "store": {"name": "company-vault", "kind": "SecretStore", "refresh": "10m"},
            "store_path": "shop/orders/passwords",
        },
        "tls": {"secret": "orders-certificate", "internal_secret": "orders-members"},
        "encryption": {"provider": "secret", "secret": "orders-key"},
        "audit": True,
        "backup": {
            "storages": {
                "main": {"type": "s3", "bucket": "company-backups", "region": "eu-central-1"},
                "shared": {"type": "volume", "claim": "backups"},
            },
            "schedules": [{"name": "daily", "cron": "0 1 * * *", "method": "physical", "keep": 7}],
        },
        "pods": {"service_account": "orders-keyless"},
        "observability": {"pmm": {"server": "monitoring-service.pmm"}},
        "maintenance": {"handed_over": ["automatic_upgrade"]},
    },
    # As small as it gets, with mongos set up by a file of its own and no encryption of its own.
    "sharded-development": {
        "engine": "psmdb",
        "namespace": "shop",
        "version": "6.0",
        "profile": "dev",
        "sharding": {"config_storage": {"size": "6Gi", "storage_class": "fast-ssd"}},
        "spread": {"nodes": True},
        "zones": ["eu-1a"],
        "replica_set": "data",
        "proxy": {"type": "mongos", "replicas": 1, "configuration": "systemLog:\n  verbosity: 1\n"},
        "expose": {"write": {"type": "node_port", "external_traffic_policy": "Cluster"}},
        "encryption": {"provider": "none"},
        "tls": {"certificate_lifetime": "2160h"},
        "pods": {"grace_period_seconds": 5},
        "observability": {"logs": {"enabled": False}},
    },
    # From another database's backup to a moment after it.
    "restored": {
        "engine": "psmdb",
        "namespace": "shop",
        "profile": "standard",
        "incarnation": 3,
        "arbiter": {"enabled": False},
        "hidden": {"enabled": False, "storage": {"size": "60Gi", "storage_class": "slow-hdd"}},
        "nonvoting": {"enabled": False, "storage": {"size": "60Gi", "tier": "low"}},
        "storage_tiers": {"low": "slow-hdd"},
        "tls": {
            "required": False,
            "issuer": {"name": "company", "kind": "Issuer", "group": "certificates.example.com"},
        },
        "credentials": {"secret": "orders-passwords"},
        "encryption": {
            "provider": "vault",
            "vault": {
                "address": "https://vault.example.com",
                "mount": "databases",
                "path": "shop/orders-old",
                "store": {"name": "company-vault", "kind": "SecretStore"},
                "store_path": "shop/orders/vault",
                "authority": False,
            },
        },
        "backup": {
            "storages": {
                "main": {
                    "type": "s3",
                    "bucket": "company-backups",
                    "region": "eu-central-1",
                    "credentials": "orders-s3",
                },
                "private": {
                    "type": "s3",
                    "bucket": "backups",
                    "region": "here",
                    "endpoint": "http://minio.storage:9000/minio",
                    "credentials": "orders-minio",
                    "authority": {"secret": "minio-authority", "key": "ca.crt"},
                    "verify_tls": False,
                },
            }
        },
        "data_source": {
            "storage": "main",
            "path": "shop/orders/2",
            "backup": "2026-11-20T01:00:21Z",
            "method": "physical",
            "at": "2026-11-20T04:00:00+01:00",
        },
    },
    # Shards, and nothing else said.
    "sharded-as-it-comes": {"engine": "psmdb", "namespace": "shop", "sharding": {"shards": 2}},
    # A primary, a secondary and an arbiter.
    "arbiter-development": {
        "engine": "psmdb",
        "namespace": "shop",
        "profile": "dev",
        "platform_labels": False,
        "arbiter": {},
        "hidden": {"replicas": 1},
        "nonvoting": {"replicas": 1},
        "backup": {"storages": {"shared": {"type": "volume", "claim": "backups"}}, "pitr": {"enabled": False}},
    },
}
"""Arguments by shape. The name is the tests' own to choose, and the namespace too."""
