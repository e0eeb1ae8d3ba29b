"""A team's stack: one database on the platform, which another stack made. Stops at once if that is too old."""

import pulumi
import pulumi_kubernetes

from dbaas_components import ManagedDatabase
from dbaas_components.platform_reference import PlatformRef


async def main() -> pulumi.Inputs:
    """Registers the team's database and returns what the stack exports."""
    config = pulumi.Config()
    platform = await PlatformRef.read(config.require("platform"), region=config.get("region"))
    cluster = pulumi_kubernetes.Provider("cluster", context=platform.context, enable_server_side_apply=True)
    orders = ManagedDatabase(
        "orders",
        {
            **platform.arguments("pg"),
            "engine": "pg",
            "namespace": "shop",
            "storage": {"size": "50Gi", "tier": "medium"},
            "owner": "shop-team",
            "environment": "production",
        },
        pulumi.ResourceOptions(providers=[cluster]),
    )
    return {"write": orders.uris["write"], "credentials": orders.credentials}


pulumi.run(main)
