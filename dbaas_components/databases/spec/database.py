"""One database, complete: every field with its value, whoever chose it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import Field, model_validator

from dbaas_components.databases.spec.access import Role, User
from dbaas_components.databases.spec.backup import Backup, DataSource, Slo
from dbaas_components.databases.spec.operations import Deletion, Maintenance, Observability
from dbaas_components.databases.spec.part import (
    Image,
    LabelKey,
    LabelName,
    LabelValue,
    Line,
    ObjectName,
    Part,
    Text,
    Value,
)
from dbaas_components.databases.spec.placement import Pods, Spread
from dbaas_components.databases.spec.proxy import Expose, Proxy, SpareProxy
from dbaas_components.databases.spec.security import Credentials, Encryption, Network, Tls
from dbaas_components.databases.spec.sizing import Storage, Tier
from dbaas_components.databases.spec.topology import (
    Arbiter,
    InstanceSet,
    Members,
    Orchestrator,
    Patroni,
    Replication,
    Sharding,
)

EngineWord = Literal["pxc", "ps", "psmdb", "pg"]
ProfileWord = Literal["dev", "standard", "critical"]
SizeWord = Literal["small", "medium", "large"]


class DatabaseSpec(Part):
    """One database, with every default filled in. Make it with `parse_database`."""

    # Identity
    name: str
    """Name of the database's custom resource, from which all its Services and Secrets take theirs."""
    namespace: str
    """Kubernetes namespace; empty if it is only known while the program runs."""
    engine: EngineWord
    """`pxc` (MySQL, Galera), `ps` (MySQL, group replication), `psmdb` (MongoDB) or `pg` (PostgreSQL)."""
    version: str
    """The engine's version series, such as `8.4`."""
    profile: ProfileWord
    """`dev`, `standard` or `critical`: where all the other defaults come from."""
    incarnation: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Counts the lives of this database. One that starts anew, from a backup or empty, takes the next number, so that
    it never writes into the bucket path of the one before."""
    adopt: bool = False
    """Whether a custom resource of this name runs already and is taken over as it is, where a new one would be made
    otherwise. For the first `up` only; `dbaas adopt` writes the program."""

    # Size and shape
    size: SizeWord = "small"
    """CPU and memory of each replica; `pods.resources` says them one by one."""
    replicas: int
    """Database pods, the writer included; of each shard, where there are shards."""
    storage: Storage
    """Volumes of the database pods."""
    storage_tiers: dict[Tier, ObjectName] = {}
    """StorageClass by tier, for the Kubernetes cluster that the database runs in."""
    pods: Pods = Pods.usual()
    """Settings of the database pods."""
    spread: Spread = Spread.usual()
    """How far apart replicas and proxies are kept."""
    zones: tuple[Line, ...] = ()
    """Zones that the pods may run in; default: all."""
    replication: Replication
    """How the replicas follow the writer."""
    orchestrator: Orchestrator | None = None
    """What chooses the next primary of asynchronous replication (ps)."""
    sharding: Sharding | None = None
    """Spreading over several replica sets (psmdb)."""
    arbiter: Arbiter | None = None
    """A member that votes and holds no data (psmdb)."""
    hidden: Members | None = None
    """Members that clients do not see (psmdb), for reports and backups."""
    nonvoting: Members | None = None
    """Members that have no vote (psmdb), for more reading."""
    replica_set: LabelName = "rs0"
    """Name of the replica set (psmdb), and of the first shard; part of its volumes' names."""
    instance_set: LabelName = "instance1"
    """Name of the first instance set (pg); part of its volumes' names."""
    instance_sets: tuple[InstanceSet, ...] = ()
    """Further instances of another size (pg)."""
    patroni: Patroni = Patroni.usual()
    """Failover of instances (pg)."""

    # The engine itself
    parameters: dict[Line, Value] = {}
    """Settings of the server: MySQL's and PostgreSQL's by name, MongoDB's by dotted path."""
    allocator: Literal["jemalloc", "tcmalloc"] | None = None
    """Memory allocator of the server (pxc)."""
    automatic_recovery: bool = True
    """Whether the operator brings back a database whose pods all crashed (pxc, ps)."""
    extensions: tuple[Literal["pg_stat_statements", "pg_stat_monitor", "pgaudit", "pgvector", "pg_repack"], ...] = ()
    """PostgreSQL extensions that the images hold: `pg_stat_statements`, `pg_stat_monitor`, `pgaudit`, `pgvector`,
    `pg_repack`."""

    # Ways in, and who may come
    proxy: Proxy
    """The proxy that clients connect to."""
    spare_proxy: SpareProxy | None = None
    """The engine's other proxy, switched off with its settings kept (pxc, ps): `proxysql` or `router` beside
    `haproxy`."""
    expose: Expose = Expose.usual()
    """Ways in from outside the Kubernetes cluster."""
    databases: tuple[Line, ...] = ()
    """Databases that exist from the start (pg)."""
    users: tuple[User, ...] = ()
    """Users for applications."""
    roles: tuple[Role, ...] = ()
    """Roles of one's own (psmdb)."""
    credentials: Credentials = Credentials.usual()
    """Where the passwords of the database's own users come from."""
    tls: Tls = Tls.usual()
    """Encryption of connections."""
    encryption: Encryption | None = None
    """Encryption of the data files; default: the engine's own."""
    network: Network | None = None
    """Who may connect; default: everyone in the Kubernetes cluster, for `critical` the database's own namespace."""
    audit: bool = False
    """Whether logins and changes are written to an audit log."""

    # Protection of the data
    backup: Backup = Backup.usual()
    """Backups."""
    slo: Slo | None = None
    """What the owner may lose and wait for at most; refused where the backups cannot keep it."""
    data_source: DataSource | None = None
    """The backup that a new database starts from."""
    deletion_protection: bool
    """Whether the engine refuses to delete or replace the database."""
    deletion: Deletion = Deletion.usual()
    """What goes with the database when it is deleted."""

    # Running it
    paused: bool = False
    """Whether all pods are stopped; the volumes stay."""
    observability: Observability = Observability.usual()
    """What watches it."""
    maintenance: Maintenance = Maintenance.usual()
    """When the platform's people work on it."""
    tenant: LabelValue | None = None
    """Who it belongs to, as a label on everything."""
    owner: LabelValue | None = None
    """Team that answers for it, as a label."""
    environment: LabelValue | None = None
    """Such as `production`, as a label."""
    cost_centre: LabelValue | None = None
    """Who pays, as a label."""
    labels: dict[LabelKey, LabelValue] = {}
    """Further labels of the custom resource."""
    annotations: dict[LabelKey, Text] = {}
    """Annotations of the custom resource."""
    platform_labels: bool = True
    """Whether the custom resource bears this library's own labels and annotations. Adopting a running database leaves
    them out at first, so that the first preview after it is empty."""
    image_registry: str
    """Registry, or mirror with a path, that all images are pulled from."""
    images: dict[Line, Image] = {}
    """Images of one's own by role (`server`, `backup`, `haproxy`...), instead of the pinned ones."""
    image_pull_secrets: tuple[ObjectName, ...] = ()
    """Secrets to pull images with."""
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = None
    """When nodes pull images; default: the operator's."""
    overrides: dict[str, Any] = {}
    """Fields merged into the custom resource as they are: off the paved road, and reported so."""

    @model_validator(mode="before")
    @classmethod
    def _storage_in_short(cls, given: Any) -> Any:
        """`storage: 100Gi` for `storage: {size: 100Gi}`."""
        if not isinstance(given, dict):
            return given
        values = cast("dict[str, Any]", given)
        return {**values, "storage": {"size": values["storage"]}} if isinstance(values.get("storage"), str) else values

    def arguments(self) -> dict[str, Any]:
        """The arguments that make a `ManagedDatabase` of this specification."""
        return self.model_dump(exclude_none=True)
