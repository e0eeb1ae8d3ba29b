"""Where in a bucket what lies: one prefix for each life of each database, never shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dbaas_components.bootstrap.buckets.spec import BucketSpec, KeptDatabase, Tenant

BACKUPS: Final = "backup"
"""Folder of backups below a database's prefix (pxc, ps): the databases' rendering uses the same."""
LOGS: Final = "pitr"
"""Folder of shipped logs below it (pxc, ps)."""
APART: Final = frozenset({"pxc", "ps"})
"""Engines whose backups and logs lie in folders of their own; the others' tools divide their prefix themselves."""


ASKING: Final = APART
"""Engines whose tools first ask whether the bucket exists: XtraBackup's xbcloud does before every upload."""
DELETING: Final = frozenset({"pg", "ps"})
"""Engines whose tools delete from the bucket what retention drops, whatever one says (PS operator 1.2, pgBackRest)."""


def tenant_prefix(environment: str, tenant: Tenant) -> str:
    """What only this tenant may read and write, with a slash at its end: `production/pg/shop/`."""
    return f"{environment}/{tenant.engine}/{tenant.namespace}/"


def probe_object(environment: str, tenant: Tenant, account: str) -> str:
    """What the probe writes and deletes: below the tenant's prefix and no database's, since their names have no dot."""
    return f"{tenant_prefix(environment, tenant)}.probe/{account}"


def database_prefix(environment: str, tenant: Tenant, name: str, database: KeptDatabase) -> str:
    """`prefix` of the database's storage: `production/pg/shop/orders/1`, without a slash around."""
    return f"{tenant_prefix(environment, tenant)}{name}/{database.incarnation}"


def prefixes(spec: BucketSpec) -> dict[str, str]:
    """Of each database, as `pg/shop/orders`, its prefix."""
    environment = spec.ownership.environment
    return {
        f"{tenant.engine}/{tenant.namespace}/{name}": database_prefix(environment, tenant, name, database)
        for tenant in spec.tenants
        for name, database in tenant.databases.items()
    }
