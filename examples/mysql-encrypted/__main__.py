"""MySQL whose data files are encrypted: External Secrets makes the keyring's Secret and the users' from Vault.

No password and no token passes through Pulumi: the store `vault` reads them inside the Kubernetes cluster.
"""

import pulumi

from dbaas_components import ManagedDatabase

vault = {"name": "vault", "kind": "ClusterSecretStore"}
cards = ManagedDatabase(
    "cards",
    {
        "engine": "pxc",
        "namespace": "payments",
        "profile": "critical",
        "encryption": {
            "provider": "vault",
            "vault": {
                "address": "https://vault.example.com:8200",
                "mount": "cards",
                "store": vault,
                "store_path": "payments/cards/keyring",
            },
        },
        "credentials": {"store": vault, "store_path": "payments/cards/users"},
        "tls": {"issuer": {"name": "dbaas-ca", "kind": "ClusterIssuer"}},
    },
)
pulumi.export("ca", cards.ca)
