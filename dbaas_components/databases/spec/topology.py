"""Shapes that only some engines have: shards, special members, instance sets, replication modes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dbaas_components.databases.spec.part import LabelName, Line, Part, Value
from dbaas_components.databases.spec.placement import Pods
from dbaas_components.databases.spec.sizing import Storage


class Sharding(Part):
    """A database spread over several replica sets (psmdb)."""

    shards: Annotated[int, Field(ge=1, le=50)] = 1
    """Replica sets that hold the data, each with `replicas` members. More can be added, none removed."""
    config_replicas: Annotated[int, Field(ge=1, le=7)] = 3
    """Members of the replica set that holds the map of the shards."""
    config_storage: Storage = Storage.usual(size="5Gi")
    """Volumes of those members."""
    config_pods: Pods = Pods.usual()
    """Settings of those pods."""
    config_parameters: dict[Line, Value] = {}
    """Settings of those servers, by dotted path; the database's `parameters` are the shards' alone."""
    balancer: bool = True
    """Whether data is moved between shards to even them out."""


class Arbiter(Part):
    """A member that votes and holds no data (psmdb), for an even count of replicas."""

    enabled: bool = True
    """Whether it runs; its settings stay."""
    replicas: Annotated[int, Field(ge=1, le=1)] = 1
    """How many."""
    pods: Pods = Pods.usual()
    """Settings of its pods."""


class Members(Part):
    """Members with data of a kind of their own (psmdb)."""

    enabled: bool = True
    """Whether they run; their settings stay."""
    replicas: Annotated[int, Field(ge=1, le=43)] = 1
    """How many in each replica set."""
    storage: Storage | None = None
    """Their volumes; default: as the others'."""
    pods: Pods = Pods.usual()
    """Settings of their pods."""


class InstanceSet(Part):
    """Further PostgreSQL instances of another size (pg); each can become primary."""

    name: LabelName
    """Name of the set, part of its volumes' names: another name is a new, empty set."""
    replicas: Annotated[int, Field(ge=1, le=9)] = 1
    """Instances in the set."""
    storage: Storage | None = None
    """Their volumes; default: as the first set's."""
    pods: Pods = Pods.usual()
    """Settings of their pods; resources default to the database's size."""


class Orchestrator(Part):
    """What chooses the next primary where replication is asynchronous (ps)."""

    enabled: bool = True
    """Whether it runs; its settings stay."""
    replicas: Annotated[int, Field(ge=1, le=9)] = 3
    """Pods; an odd count."""
    pods: Pods = Pods.usual()
    """Settings of its pods."""


class Replication(Part):
    """How the replicas follow the writer."""

    mode: Literal["galera", "group", "async", "replica_set", "streaming"]
    """`galera` (pxc), `group` or `async` (ps), `replica_set` (psmdb) or `streaming` (pg). Chosen once."""
    synchronous: bool = False
    """Whether a commit waits for a replica (pg); the others' replication decides that itself."""


class Patroni(Part):
    """Failover of PostgreSQL instances (pg)."""

    leader_lease_seconds: Annotated[int, Field(ge=3, le=3_600)] | None = None
    """Time after which a silent primary has lost its place; default 30."""
    sync_period_seconds: Annotated[int, Field(ge=1, le=3_600)] | None = None
    """Time between looks at it; default 10."""
    maximum_lag_bytes: Annotated[int, Field(ge=0)] | None = None
    """Lag beyond which a replica is not promoted."""
