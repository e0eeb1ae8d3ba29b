"""MongoDB over three shards behind mongos, spread over zones, let in from one namespace only."""

import pulumi

from dbaas_components import ManagedDatabase

telemetry = ManagedDatabase(
    "telemetry",
    {
        "engine": "psmdb",
        "namespace": "devices",
        "profile": "critical",
        "size": "large",
        "storage": {"size": "1Ti", "tier": "high"},
        "storage_tiers": {"high": "fast-ssd"},
        "sharding": {"shards": 3, "config_storage": {"size": "20Gi", "tier": "high"}},
        "proxy": {"replicas": 4},
        "network": {"allow_from": [{"namespace": "ingest", "pod_labels": {"app": "collector"}}]},
        "tls": {"issuer": {"name": "dbaas-ca", "kind": "ClusterIssuer"}},
        "backup": {
            "storages": {
                "main": {"type": "azure", "bucket": "backups", "credentials": "azure-backups"},
            },
            "pitr": {"interval": "2m"},
        },
        "slo": {"rpo": "5m", "rto": "30m"},
        "owner": "devices",
        "environment": "production",
    },
)
pulumi.export("write", telemetry.uris["write"])
