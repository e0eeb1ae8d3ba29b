"""One small database of each engine, for a laptop or a pull request: one replica, one proxy, nothing protected."""

import pulumi

from dbaas_components import ManagedDatabase

for name, engine in {"orders": "pg", "catalog": "psmdb", "billing": "pxc", "ledger": "ps"}.items():
    database = ManagedDatabase(name, {"engine": engine, "namespace": "shop", "profile": "dev"})
    pulumi.export(name, database.uris["write"])
