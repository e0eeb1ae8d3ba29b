"""PostgreSQL behind a load balancer that lets in one network, under a name that ExternalDNS publishes."""

import pulumi

from dbaas_components import ManagedDatabase

reports = ManagedDatabase(
    "reports",
    {
        "engine": "pg",
        "namespace": "reporting",
        "expose": {
            "write": {
                "type": "load_balancer",
                "source_ranges": ["198.51.100.0/24"],
                "annotations": {"external-dns.alpha.kubernetes.io/hostname": "reports.example.com"},
            }
        },
        "network": {"peers": ["198.51.100.0/24"]},
        "owner": "reporting",
    },
)
pulumi.export("write", reports.uris["write"])
