"""What stands in front of a database: proxies, pools, and the ways in from outside."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dbaas_components.databases.spec.part import (
    Bytes,
    Count,
    LabelKey,
    LabelValue,
    Line,
    NetworkRange,
    Part,
    Text,
    Value,
)
from dbaas_components.databases.spec.placement import Pods

ProxyType = Literal["haproxy", "proxysql", "router", "mongos", "pgbouncer", "none"]


class Pool(Part):
    """Connection pooling by PgBouncer (pg); its own defaults where nothing is given."""

    mode: Literal["session", "transaction", "statement"] | None = None
    """When a server connection goes back to the pool."""
    size: Count | None = None
    """Server connections for each user and database."""
    max_client_connections: Count | None = None
    """Client connections of each pooler pod."""


class Proxy(Part):
    """The proxy that clients connect to."""

    type: ProxyType
    """`haproxy` (pxc, ps), `proxysql` (pxc), `router` (ps), `mongos` (psmdb, sharded), `pgbouncer` (pg) or `none`."""
    replicas: Annotated[int, Field(ge=0, le=50)] = 2
    """Pods of the proxy."""
    pods: Pods = Pods.usual()
    """Settings of the proxy's pods."""
    configuration: Text | None = None
    """The proxy's own configuration file, in its own language (haproxy, proxysql, router, mongos)."""
    parameters: dict[Line, Value] = {}
    """Global settings of PgBouncer (pg), or of mongos as dotted paths (psmdb)."""
    pool: Pool = Pool.usual()
    """Connection pooling (pg)."""
    storage_size: Bytes | None = None
    """Size of ProxySQL's volume (pxc); default 2Gi. Chosen once: its operator cannot resize it."""
    superusers: bool = False
    """Whether superusers may connect through the pooler (pg)."""


class SpareProxy(Part):
    """A proxy that is switched off, with its settings kept."""

    type: Literal["haproxy", "proxysql", "router"]
    """`haproxy`, `proxysql` (pxc) or `router` (ps); the one that `proxy` is not."""
    replicas: Annotated[int, Field(ge=1, le=50)] = 2
    """Pods that it would have."""
    pods: Pods = Pods.usual()
    """Settings of its pods."""
    configuration: Text | None = None
    """Its own configuration file, in its own language."""
    storage_size: Bytes | None = None
    """Size of ProxySQL's volume (pxc)."""


class Exposure(Part):
    """One way in: how its Service is reached."""

    type: Literal["internal", "load_balancer", "node_port"] = "internal"
    """`internal` (ClusterIP), `load_balancer` or `node_port`."""
    source_ranges: tuple[NetworkRange, ...] = ()
    """Networks that the load balancer lets in. Required for `load_balancer`: an open database is no default."""
    annotations: dict[LabelKey, Text] = {}
    """Annotations of the Service, for the cloud's load balancer or ExternalDNS."""
    labels: dict[LabelKey, LabelValue] = {}
    """Labels of the Service."""
    load_balancer_class: Line | None = None
    """Which load balancer implementation serves it."""
    external_traffic_policy: Literal["Cluster", "Local"] | None = None
    """Whether traffic from outside may take a hop between nodes; `Local` keeps the client's address."""
    internal_traffic_policy: Literal["Cluster", "Local"] | None = None
    """The same for traffic from inside the Kubernetes cluster."""


class PodExposure(Exposure):
    """How the Services of the single pods are reached."""

    enabled: bool = True
    """Whether they are there; their settings stay."""


class Expose(Part):
    """Ways into the database beside the internal Services, which are always there."""

    write: Exposure | None = None
    """The endpoint that takes writes: the proxy's, or the primary's."""
    read: Exposure | None = None
    """The endpoint for reading from replicas."""
    primary: Exposure | None = None
    """The primary itself, past the proxy (ps, pg), as replication between sites needs it."""
    pods: PodExposure | None = None
    """A Service for each database pod, as replication between sites needs it."""
