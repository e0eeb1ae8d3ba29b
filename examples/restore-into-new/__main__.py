"""What `orders` was at nine in the morning, as a database of its own beside it.

The new database reads the other's path in the bucket once, when it is created, and writes to a path of its own.
"""

import pulumi

from dbaas_components import ManagedDatabase

orders_at_nine = ManagedDatabase(
    "orders-at-nine",
    {
        "engine": "pg",
        "namespace": "shop",
        "backup": {
            "storages": {
                "main": {
                    "type": "s3",
                    "bucket": "company-backups",
                    "region": "eu-west-1",
                    "endpoint": "https://s3.eu-west-1.amazonaws.com",
                    "credentials": "orders-pgbackrest",
                }
            }
        },
        "data_source": {"storage": "main", "path": "shop/orders/1", "at": "2026-11-20T09:00:00Z"},
    },
)
pulumi.export("write", orders_at_nine.uris["write"])
