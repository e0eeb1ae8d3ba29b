"""PostgreSQL for what must not be lost: commits wait for a replica, zones are named, an issuer signs certificates."""

import pulumi

from dbaas_components import ManagedDatabase

payments = ManagedDatabase(
    "payments",
    {
        "engine": "pg",
        "namespace": "payments",
        "profile": "critical",
        "size": "large",
        "storage": {"size": "500Gi", "storage_class": "fast-ssd"},
        "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        "replication": {"synchronous": True},
        "instance_sets": [{"name": "reports", "replicas": 1, "pods": {"resources": {"memory": "16Gi"}}}],
        "tls": {"issuer": {"name": "dbaas-ca", "kind": "ClusterIssuer"}, "names": ["payments.example.com"]},
        "network": {"allow_from": [{"namespace": "checkout"}]},
        "pods": {"priority": "databases"},
        "backup": {
            "storages": {
                "main": {
                    "type": "s3",
                    "bucket": "company-backups",
                    "region": "eu-west-1",
                    "endpoint": "https://s3.eu-west-1.amazonaws.com",
                }
            },
        },
        "slo": {"rpo": "5m", "rto": "30m"},
        "tenant": "payments",
        "owner": "payments",
        "environment": "production",
        "cost_centre": "cc-7",
    },
)
pulumi.export("write", payments.uris["write"])
