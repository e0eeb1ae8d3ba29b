"""A database for the shop, in Python: what the programs beside it in other languages make too."""

import pulumi

from dbaas_components import ManagedDatabase

orders = ManagedDatabase("orders", {"engine": "pxc", "namespace": "shop", "replicas": 5, "storage": {"size": "7Gi"}})
pulumi.export("write", orders.write_endpoint)
