"""MySQL with group replication behind MySQL Router: a full backup on Sundays, increments on the other days."""

import pulumi

from dbaas_components import ManagedDatabase

ledger = ManagedDatabase(
    "ledger",
    {
        "engine": "ps",
        "namespace": "finance",
        "replicas": 5,
        "proxy": {"type": "router", "replicas": 3},
        "storage": {"size": "100Gi"},
        "parameters": {"innodb_print_all_deadlocks": True},
        "backup": {
            "storages": {
                "main": {"type": "s3", "bucket": "company-backups", "region": "eu-west-1", "credentials": "s3-backups"}
            },
            "schedules": [
                {"name": "weekly", "cron": "0 1 * * 0", "keep": 4},
                {"name": "daily", "cron": "0 1 * * 1-6", "type": "incremental"},
            ],
        },
        "owner": "finance-platform",
    },
)
pulumi.export("write", ledger.uris["write"])
pulumi.export("read", ledger.uris["read"])
