"""MySQL with asynchronous replication: commits do not wait, Orchestrator chooses the next primary."""

import pulumi

from dbaas_components import ManagedDatabase

events = ManagedDatabase(
    "events",
    {
        "engine": "ps",
        "namespace": "analytics",
        "replication": {"mode": "async"},
        "orchestrator": {"replicas": 3, "pods": {"resources": {"cpu": "100m", "memory": "256Mi"}}},
        "storage": {"size": "500Gi"},
        "backup": {"storages": {"main": {"type": "gcs", "bucket": "company-backups", "credentials": "gcs-hmac"}}},
    },
)
pulumi.export("write", events.uris["write"])
