"""PostgreSQL behind PgBouncer in transaction mode, with extensions, two users and monitoring."""

import pulumi

from dbaas_components import ManagedDatabase

orders = ManagedDatabase(
    "orders",
    {
        "engine": "pg",
        "namespace": "shop",
        "version": "18",
        "size": "medium",
        "storage": {"size": "200Gi", "log_size": "40Gi"},
        "parameters": {"shared_buffers": "2GB", "work_mem": "32MB"},
        "extensions": ["pg_stat_statements", "pgvector"],
        "users": [
            {"name": "orders", "databases": ["orders"], "public_schema": True},
            {"name": "reports", "databases": ["orders"], "options": "CONNECTION LIMIT 5"},
        ],
        "proxy": {"pool": {"mode": "transaction", "size": 50, "max_client_connections": 2000}},
        "observability": {"pmm": {"server": "monitoring-service.pmm", "secret": "orders-pmm"}},
        "backup": {
            "storages": {
                "main": {
                    "type": "s3",
                    "bucket": "company-backups",
                    "region": "eu-west-1",
                    "endpoint": "https://s3.eu-west-1.amazonaws.com",
                    "credentials": "orders-pgbackrest",
                }
            },
            "schedules": [
                {"name": "weekly", "cron": "0 1 * * 0", "retention": "28d"},
                {"name": "daily", "cron": "0 1 * * 1-6", "type": "differential"},
                {"name": "hourly", "cron": "0 2-23 * * *", "type": "incremental"},
            ],
        },
        "owner": "shop-platform",
    },
)
pulumi.export("write", orders.uris["write"])
pulumi.export("read", orders.uris["read"])
