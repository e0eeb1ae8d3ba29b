"""MongoDB: three members, a hidden one for reports, users and a role, backups without stored keys.

The pods' ServiceAccount `catalog-backups` carries the cloud identity that may write to the bucket.
"""

import pulumi

from dbaas_components import ManagedDatabase

catalog = ManagedDatabase(
    "catalog",
    {
        "engine": "psmdb",
        "namespace": "shop",
        "storage": {"size": "100Gi"},
        "pods": {"service_account": "catalog-backups"},
        "hidden": {"replicas": 1, "pods": {"resources": {"memory": "4Gi"}}},
        "parameters": {"operationProfiling.mode": "slowOp", "operationProfiling.slowOpThresholdMs": 200},
        "users": [{"name": "shop", "roles": [{"name": "readWrite", "database": "catalog"}]}],
        "roles": [
            {
                "name": "pricing",
                "database": "admin",
                "privileges": [{"actions": ["find"], "database": "catalog", "collection": "prices"}],
            }
        ],
        "backup": {
            "storages": {"main": {"type": "s3", "bucket": "company-backups", "region": "eu-west-1"}},
            "schedules": [
                {"name": "weekly", "cron": "0 2 * * 0", "method": "physical", "keep": 4},
                {"name": "daily", "cron": "0 2 * * 1-6", "type": "incremental"},
            ],
            "pitr": {"interval": "5m"},
        },
        "owner": "shop-platform",
    },
)
pulumi.export("write", catalog.uris["write"])
