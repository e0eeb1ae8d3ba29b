"""Topologies of every engine and mode, as a program would ask for them."""

from __future__ import annotations

import copy
from typing import Any

from dbaas_components.databases.layers import Layer, merged

_BUCKET = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "bucket-keys"}
_DATABASE = {"namespace": "shop", "backup": {"storages": {"main": _BUCKET}}}


def hosts(region: str, count: int) -> list[str]:
    return [f"{region}-{index}.db.example.com" for index in range(count)]


def regions(count: int, **more: Any) -> dict[str, Any]:
    found = {}
    for number, region in enumerate(("eu", "us")):
        networks = [f"10.{number}.0.0/16"]
        found[region] = {"hosts": hosts(region, count), "networks": networks, **more}
    return found


BASE: dict[str, Any] = {"database": _DATABASE, "primary_region": "eu", "trust": {"store": {"name": "shared"}}}
_AUTHORITY = {"store": {"name": "shared"}, "authority_secret": "common-root"}
_SHARDED = {
    region: {
        "replica_set_hosts": {name: hosts(f"{region}-{name}", 3) for name in ("rs0", "rs1", "cfg")},
        "networks": [f"10.{number}.0.0/16"],
    }
    for number, region in enumerate(("eu", "us"))
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "pxc-channels": {**BASE, "engine": "pxc", "mode": "channels", "regions": regions(3)},
    "ps-cluster_set": {
        **BASE,
        "engine": "ps",
        "mode": "cluster_set",
        "cluster_set": {"region": "us"},
        "regions": regions(3),
    },
    "psmdb-replica_set": {**BASE, "engine": "psmdb", "mode": "replica_set", "regions": regions(3)},
    "psmdb-sharded": {
        **BASE,
        "engine": "psmdb",
        "database": {**_DATABASE, "sharding": {"shards": 2}},
        "regions": _SHARDED,
    },
    "psmdb-shared-services": {
        **BASE,
        "engine": "psmdb",
        "multi_cluster_services": True,
        "regions": {region: {"database": {"name": f"orders-{region}"}} for region in ("eu", "us")},
    },
    "pg-repository": {**BASE, "engine": "pg", "mode": "repository", "regions": {"eu": {}, "us": {}}},
    "pg-streaming": {
        **BASE,
        "engine": "pg",
        "mode": "streaming",
        "trust": _AUTHORITY,
        "lag_limit": {"bytes": "64Mi"},
        "regions": regions(1),
    },
    "pg-both": {**BASE, "engine": "pg", "mode": "both", "trust": _AUTHORITY, "regions": regions(1)},
}
"""By engine and mode."""


def example(name: str, **changes: Any) -> dict[str, Any]:
    """The arguments of an example with mappings merged in; the caller's own, to change at will."""
    return copy.deepcopy(dict(merged([Layer("example", EXAMPLES[name]), Layer("changes", changes)])))
