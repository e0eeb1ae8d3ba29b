"""MySQL from a backup that another database, perhaps of another Kubernetes cluster, left in S3.

A restored MySQL keeps the passwords of the database that was backed up: the Secret `billing-copy-passwords` holds the
same ones.
"""

import pulumi

from dbaas_components import ManagedDatabase

copy = ManagedDatabase(
    "billing-copy",
    {
        "engine": "pxc",
        "namespace": "finance-test",
        "credentials": {"secret": "billing-copy-passwords"},
        "backup": {
            "storages": {
                "main": {"type": "s3", "bucket": "company-backups", "region": "eu-west-1", "credentials": "s3-backups"}
            }
        },
        "data_source": {
            "storage": "main",
            "path": "finance/billing/1",
            "backup": "billing-2026-11-20-01:30:00-full",
        },
    },
)
pulumi.export("write", copy.uris["write"])
