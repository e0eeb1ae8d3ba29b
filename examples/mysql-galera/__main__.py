"""MySQL with Galera behind HAProxy: a full backup every night, every transaction since it, and a user for the shop.

The Secret `s3-backups` holds AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. The user's password is made by the operator
and kept in the Secret `billing-custom-user-secret`.
"""

import pulumi

from dbaas_components import ManagedDatabase

billing = ManagedDatabase(
    "billing",
    {
        "engine": "pxc",
        "namespace": "finance",
        "version": "8.4",
        "size": "medium",
        "storage": {"size": "200Gi", "autoscale": {"max_size": "1Ti", "step": "50Gi"}},
        "parameters": {"max_connections": 500, "innodb_flush_log_at_trx_commit": 1},
        "users": [{"name": "shop", "databases": ["billing"], "grants": ["SELECT", "INSERT", "UPDATE", "DELETE"]}],
        "backup": {
            "storages": {
                "main": {"type": "s3", "bucket": "company-backups", "region": "eu-west-1", "credentials": "s3-backups"}
            },
            "schedules": [{"name": "nightly", "cron": "30 1 * * *", "keep": 14}],
            "pitr": {"interval": "1m"},
        },
        "slo": {"rpo": "5m", "rto": "1h"},
        "owner": "finance-platform",
        "cost_centre": "cc-1042",
    },
)
pulumi.export("write", billing.uris["write"])
pulumi.export("password", billing.credentials)
