"""The arguments of `ManagedDatabase`: the specification's fields, as plain types that every language has.

Made from the specification's models by `python -m tools.write_arguments`; change them there.
"""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe the component
# to other languages, and finds only text where that import is in force. For the same reason plain `str` instead of
# Literal and Union; the specification checks the words.

from typing import Any, NotRequired, TypedDict

import pulumi


class AutoscaleArgs(TypedDict):
    """Growing volumes before they are full. The operator writes the new size, which updates then leave alone."""

    threshold_percent: NotRequired[int]
    """How full a volume may be before it grows."""
    step: NotRequired[str]
    """By how much it grows each time."""
    max_size: str
    """The size at which it stops growing."""


class StorageArgs(TypedDict):
    """Volumes of the database pods."""

    size: NotRequired[str]
    """Size of each replica's volume. It can grow later, never shrink."""
    tier: NotRequired[str]
    """Kind of storage in the platform's words; `storage_tiers` says which StorageClass that is."""
    storage_class: NotRequired[str]
    """StorageClass of the volumes; default: the tier's, else the Kubernetes cluster's own default."""
    autoscale: NotRequired[AutoscaleArgs]
    """Growing by itself; default: no."""
    log_size: NotRequired[str]
    """Size of a volume of its own for the write-ahead log (pg); default: it shares the data's volume."""


class ResourcesArgs(TypedDict):
    """CPU and memory of one container."""

    cpu: NotRequired[str]
    """CPU that is kept free for it, in cores: `500m`, `2`."""
    memory: NotRequired[str]
    """Memory that is kept free for it, and its limit unless `memory_limit` says otherwise: `2Gi`."""
    cpu_limit: NotRequired[str]
    """CPU it may use at most; default: what the node has left, because a capped database stalls beside idle cores."""
    memory_limit: NotRequired[Any]
    """Memory at which it is killed; default: `memory`. With `none` its neighbours on the node may be killed instead."""


class TolerationArgs(TypedDict):
    """A taint of nodes that these pods accept."""

    key: NotRequired[str]
    """Key of the taint; default: any."""
    operator: NotRequired[str]
    """Whether the taint's value must be `value`."""
    value: NotRequired[str]
    """Value of the taint, for operator `Equal`."""
    effect: NotRequired[str]
    """Effect of the taint; default: any."""
    seconds: NotRequired[int]
    """For `NoExecute`: how long a pod stays after the taint appeared; default: for ever."""


class ProbeArgs(TypedDict):
    """How the kubelet asks a container whether it is well; what is not given keeps the operator's own value."""

    initial_delay_seconds: NotRequired[int]
    """Time after the start before the first question."""
    period_seconds: NotRequired[int]
    """Time between questions."""
    timeout_seconds: NotRequired[int]
    """Time an answer may take."""
    failure_threshold: NotRequired[int]
    """Failures in a row that count as one."""
    success_threshold: NotRequired[int]
    """Successes in a row that end a failure; a liveness probe takes only 1."""


class PodsArgs(TypedDict):
    """Settings of one component's pods. What is not given keeps the profile's or the operator's value."""

    resources: NotRequired[ResourcesArgs]
    """CPU and memory of the main container."""
    priority: NotRequired[str]
    """PriorityClass: who goes first when nodes are full."""
    node_labels: NotRequired[dict[str, str]]
    """Labels that a node must have."""
    tolerations: NotRequired[list[TolerationArgs]]
    """Taints that these pods accept."""
    annotations: NotRequired[dict[str, str]]
    """Annotations of the pods."""
    labels: NotRequired[dict[str, str]]
    """Labels of the pods, beside the operator's."""
    max_unavailable: NotRequired[int]
    """Disruption budget: how many of these pods a node drain may take at once."""
    grace_period_seconds: NotRequired[int]
    """Time a pod has to shut down in order."""
    readiness: NotRequired[ProbeArgs]
    """When a pod gets connections."""
    liveness: NotRequired[ProbeArgs]
    """When a container is started anew."""
    service_account: NotRequired[str]
    """ServiceAccount of the pods."""
    environment_secret: NotRequired[str]
    """Secret whose keys become environment variables."""
    runtime: NotRequired[str]
    """RuntimeClass of the pods."""
    scheduler: NotRequired[str]
    """Scheduler that places the pods."""


class SpreadArgs(TypedDict):
    """How far apart the replicas of one component are kept."""

    nodes: NotRequired[Any]
    """Whether no two replicas may share a node; `preferred` lets them where there are not nodes enough."""
    zones: NotRequired[str]
    """Whether replicas are spread evenly over zones; `required` leaves a replica waiting rather than uneven."""


class ReplicationArgs(TypedDict):
    """How the replicas follow the writer."""

    mode: NotRequired[str]
    """`galera` (pxc), `group` or `async` (ps), `replica_set` (psmdb) or `streaming` (pg). Chosen once."""
    synchronous: NotRequired[bool]
    """Whether a commit waits for a replica (pg); the others' replication decides that itself."""


class OrchestratorArgs(TypedDict):
    """What chooses the next primary where replication is asynchronous (ps)."""

    enabled: NotRequired[bool]
    """Whether it runs; its settings stay."""
    replicas: NotRequired[int]
    """Pods; an odd count."""
    pods: NotRequired[PodsArgs]
    """Settings of its pods."""


class ShardingArgs(TypedDict):
    """A database spread over several replica sets (psmdb)."""

    shards: NotRequired[int]
    """Replica sets that hold the data, each with `replicas` members. More can be added, none removed."""
    config_replicas: NotRequired[int]
    """Members of the replica set that holds the map of the shards."""
    config_storage: NotRequired[StorageArgs]
    """Volumes of those members."""
    config_pods: NotRequired[PodsArgs]
    """Settings of those pods."""
    config_parameters: NotRequired[dict[str, Any]]
    """Settings of those servers, by dotted path; the database's `parameters` are the shards' alone."""
    balancer: NotRequired[bool]
    """Whether data is moved between shards to even them out."""


class ArbiterArgs(TypedDict):
    """A member that votes and holds no data (psmdb), for an even count of replicas."""

    enabled: NotRequired[bool]
    """Whether it runs; its settings stay."""
    replicas: NotRequired[int]
    """How many."""
    pods: NotRequired[PodsArgs]
    """Settings of its pods."""


class MembersArgs(TypedDict):
    """Members with data of a kind of their own (psmdb)."""

    enabled: NotRequired[bool]
    """Whether they run; their settings stay."""
    replicas: NotRequired[int]
    """How many in each replica set."""
    storage: NotRequired[StorageArgs]
    """Their volumes; default: as the others'."""
    pods: NotRequired[PodsArgs]
    """Settings of their pods."""


class InstanceSetArgs(TypedDict):
    """Further PostgreSQL instances of another size (pg); each can become primary."""

    name: str
    """Name of the set, part of its volumes' names: another name is a new, empty set."""
    replicas: NotRequired[int]
    """Instances in the set."""
    storage: NotRequired[StorageArgs]
    """Their volumes; default: as the first set's."""
    pods: NotRequired[PodsArgs]
    """Settings of their pods; resources default to the database's size."""


class PatroniArgs(TypedDict):
    """Failover of PostgreSQL instances (pg)."""

    leader_lease_seconds: NotRequired[int]
    """Time after which a silent primary has lost its place; default 30."""
    sync_period_seconds: NotRequired[int]
    """Time between looks at it; default 10."""
    maximum_lag_bytes: NotRequired[int]
    """Lag beyond which a replica is not promoted."""


class PoolArgs(TypedDict):
    """Connection pooling by PgBouncer (pg); its own defaults where nothing is given."""

    mode: NotRequired[str]
    """When a server connection goes back to the pool."""
    size: NotRequired[int]
    """Server connections for each user and database."""
    max_client_connections: NotRequired[int]
    """Client connections of each pooler pod."""


class ProxyArgs(TypedDict):
    """The proxy that clients connect to."""

    type: NotRequired[str]
    """`haproxy` (pxc, ps), `proxysql` (pxc), `router` (ps), `mongos` (psmdb, sharded), `pgbouncer` (pg) or `none`."""
    replicas: NotRequired[int]
    """Pods of the proxy."""
    pods: NotRequired[PodsArgs]
    """Settings of the proxy's pods."""
    configuration: NotRequired[str]
    """The proxy's own configuration file, in its own language (haproxy, proxysql, router, mongos)."""
    parameters: NotRequired[dict[str, Any]]
    """Global settings of PgBouncer (pg), or of mongos as dotted paths (psmdb)."""
    pool: NotRequired[PoolArgs]
    """Connection pooling (pg)."""
    storage_size: NotRequired[str]
    """Size of ProxySQL's volume (pxc); default 2Gi. Chosen once: its operator cannot resize it."""
    superusers: NotRequired[bool]
    """Whether superusers may connect through the pooler (pg)."""


class SpareProxyArgs(TypedDict):
    """A proxy that is switched off, with its settings kept."""

    type: str
    """`haproxy`, `proxysql` (pxc) or `router` (ps); the one that `proxy` is not."""
    replicas: NotRequired[int]
    """Pods that it would have."""
    pods: NotRequired[PodsArgs]
    """Settings of its pods."""
    configuration: NotRequired[str]
    """Its own configuration file, in its own language."""
    storage_size: NotRequired[str]
    """Size of ProxySQL's volume (pxc)."""


class ExposureArgs(TypedDict):
    """One way in: how its Service is reached."""

    type: NotRequired[str]
    """`internal` (ClusterIP), `load_balancer` or `node_port`."""
    source_ranges: NotRequired[list[str]]
    """Networks that the load balancer lets in. Required for `load_balancer`: an open database is no default."""
    annotations: NotRequired[dict[str, str]]
    """Annotations of the Service, for the cloud's load balancer or ExternalDNS."""
    labels: NotRequired[dict[str, str]]
    """Labels of the Service."""
    load_balancer_class: NotRequired[str]
    """Which load balancer implementation serves it."""
    external_traffic_policy: NotRequired[str]
    """Whether traffic from outside may take a hop between nodes; `Local` keeps the client's address."""
    internal_traffic_policy: NotRequired[str]
    """The same for traffic from inside the Kubernetes cluster."""


class PodExposureArgs(TypedDict):
    """How the Services of the single pods are reached."""

    type: NotRequired[str]
    """`internal` (ClusterIP), `load_balancer` or `node_port`."""
    source_ranges: NotRequired[list[str]]
    """Networks that the load balancer lets in. Required for `load_balancer`: an open database is no default."""
    annotations: NotRequired[dict[str, str]]
    """Annotations of the Service, for the cloud's load balancer or ExternalDNS."""
    labels: NotRequired[dict[str, str]]
    """Labels of the Service."""
    load_balancer_class: NotRequired[str]
    """Which load balancer implementation serves it."""
    external_traffic_policy: NotRequired[str]
    """Whether traffic from outside may take a hop between nodes; `Local` keeps the client's address."""
    internal_traffic_policy: NotRequired[str]
    """The same for traffic from inside the Kubernetes cluster."""
    enabled: NotRequired[bool]
    """Whether they are there; their settings stay."""


class ExposeArgs(TypedDict):
    """Ways into the database beside the internal Services, which are always there."""

    write: NotRequired[ExposureArgs]
    """The endpoint that takes writes: the proxy's, or the primary's."""
    read: NotRequired[ExposureArgs]
    """The endpoint for reading from replicas."""
    primary: NotRequired[ExposureArgs]
    """The primary itself, past the proxy (ps, pg), as replication between sites needs it."""
    pods: NotRequired[PodExposureArgs]
    """A Service for each database pod, as replication between sites needs it."""


class RoleReferenceArgs(TypedDict):
    """A role that a MongoDB user or role has."""

    name: str
    """Name of the role, such as `readWrite`."""
    database: str
    """Database that the role belongs to."""


class SecretKeyArgs(TypedDict):
    """One key of a Secret in the database's namespace. Only where the value is, never the value."""

    secret: str
    """Name of the Secret."""
    key: str
    """Key within it."""


class UserArgs(TypedDict):
    """A user for an application. Leaving it out later does not drop it from the database."""

    name: str
    """Name of the user."""
    databases: NotRequired[list[str]]
    """Databases it may use: pg creates them; for pxc the grants hold there."""
    grants: NotRequired[list[str]]
    """SQL privileges on `databases` (pxc), such as `SELECT`."""
    hosts: NotRequired[list[str]]
    """Hosts it may come from, MySQL patterns (pxc); default `%`."""
    grant_option: NotRequired[bool]
    """Whether it may pass its grants on (pxc)."""
    roles: NotRequired[list[RoleReferenceArgs]]
    """Its MongoDB roles (psmdb)."""
    database: NotRequired[str]
    """Database that it is authenticated in (psmdb); default `admin`."""
    options: NotRequired[str]
    """PostgreSQL role options (pg), such as `CREATEDB`; SUPERUSER has to be written out here."""
    password: NotRequired[SecretKeyArgs]
    """Where its password is (pxc, psmdb); default: the operator makes one and keeps it in a Secret."""
    secret: NotRequired[str]
    """Name of the Secret that holds its password and connection strings (pg); default `<database>-pguser-<user>`."""
    password_characters: NotRequired[str]
    """Which characters a generated password is made of (pg)."""
    public_schema: NotRequired[bool]
    """Whether it may create tables in the `public` schema (pg 15 and newer)."""


class PrivilegeArgs(TypedDict):
    """What a MongoDB role may do, and where."""

    actions: list[str]
    """MongoDB actions, such as `find`."""
    database: NotRequired[str]
    """Database; empty for all."""
    collection: NotRequired[str]
    """Collection; empty for all."""
    cluster: NotRequired[bool]
    """Whether the actions are on the deployment as a whole instead."""


class RoleArgs(TypedDict):
    """A role of one's own (psmdb)."""

    name: str
    """Name of the role."""
    database: str
    """Database that holds it."""
    privileges: NotRequired[list[PrivilegeArgs]]
    """What it may do."""
    roles: NotRequired[list[RoleReferenceArgs]]
    """Roles whose rights it has too."""


class StoreArgs(TypedDict):
    """A store of External Secrets that values are fetched from, inside the Kubernetes cluster."""

    name: str
    """Name of the store."""
    kind: NotRequired[str]
    """`ClusterSecretStore`, or `SecretStore` in the database's namespace."""
    refresh: NotRequired[str]
    """How often a changed value is fetched."""


class CredentialsArgs(TypedDict):
    """Where the passwords of the database's own users come from: always complete sets of keys."""

    secret: NotRequired[str]
    """Name of the Secret with the passwords; default: the engine's own name for it. The operator makes it, and fills in
    missing keys."""
    store: NotRequired[StoreArgs]
    """Store of External Secrets that delivers the Secret instead, every key of it."""
    store_path: NotRequired[str]
    """Path in that store of an entry with one property for each key; default `<namespace>/<name>/credentials`."""


class IssuerArgs(TypedDict):
    """A cert-manager issuer that signs the database's certificates."""

    name: str
    """Name of the issuer."""
    kind: str
    """`ClusterIssuer`, or `Issuer` in the database's namespace. ps takes only the second."""
    group: NotRequired[str]
    """API group of the issuer."""


class TlsArgs(TypedDict):
    """Encryption of connections. It is always on."""

    required: NotRequired[bool]
    """Whether connections without TLS are refused, where the engine can refuse them."""
    issuer: NotRequired[IssuerArgs]
    """Who signs; default: a certificate authority of the database's own, made by the operator."""
    names: NotRequired[list[str]]
    """Further DNS names that the server's certificate bears (psmdb: with an `issuer`)."""
    certificate_lifetime: NotRequired[str]
    """How long a certificate is valid; default: the operator's (90 days)."""
    authority_lifetime: NotRequired[str]
    """How long the database's own certificate authority is valid; at least as long as a certificate."""
    secret: NotRequired[str]
    """Secret of a ready-made server certificate: `ca.crt`, `tls.crt`, `tls.key`."""
    internal_secret: NotRequired[str]
    """Secret of a ready-made certificate for traffic between members (pxc, psmdb) or replicas (pg)."""
    authority_secret: NotRequired[str]
    """Secret with a certificate authority to sign with (pg): `root.crt`, `root.key`."""


class VaultArgs(TypedDict):
    """The Vault or OpenBao server that holds the master key."""

    address: str
    """Address of the server: `https://vault.example.com:8200`."""
    mount: str
    """Mount of the key-value engine: version 1 for pxc and ps, version 2 for psmdb."""
    path: NotRequired[str]
    """Path of this database's key below the mount (psmdb); default `<namespace>/<name>`."""
    secret: NotRequired[str]
    """Secret in the shape that the engine reads; default `<name>-vault`. It must exist, unless `store` makes it."""
    store: NotRequired[StoreArgs]
    """Store of External Secrets from which the Secret is made in the right shape for engine and version."""
    store_path: NotRequired[str]
    """Path in that store of an entry with the properties `token` and, if the server's certificate needs it, `ca`."""
    authority: NotRequired[bool]
    """Whether the Secret also holds the authority of the server's certificate."""


class EncryptionArgs(TypedDict):
    """Encryption of the data files."""

    provider: str
    """`vault`: master key in Vault; `secret`: key in a Secret (psmdb); `none`: left to the storage."""
    vault: NotRequired[VaultArgs]
    """The server, for provider `vault`."""
    secret: NotRequired[str]
    """Secret with the key `encryption-key`, for provider `secret`; default `<name>-mongodb-encryption-key`, which the
    operator makes. Whoever loses it has lost the data."""


class AllowedNamespaceArgs(TypedDict):
    """Pods of a namespace that may connect."""

    namespace: str
    """Name of the namespace."""
    pod_labels: NotRequired[dict[str, str]]
    """Labels that the pods must have; default: all pods of the namespace."""


class NetworkArgs(TypedDict):
    """Who may connect to the database's pods. Everyone else is kept out by network policies."""

    allow_from: NotRequired[list[AllowedNamespaceArgs]]
    """Namespaces whose pods may connect, beside the database's own."""
    peers: NotRequired[list[str]]
    """Networks that may connect: the other site of a replication, or clients that come through a load balancer."""
    operator_namespaces: NotRequired[list[str]]
    """Namespaces in which the operator runs; default: the one of its official manifests, such as `pxc-operator`."""
    monitoring_namespaces: NotRequired[list[str]]
    """Namespaces whose pods may scrape metrics."""


class BackupStorageArgs(TypedDict):
    """A place that backups go to."""

    type: str
    """`s3` (also for what speaks its protocol), `gcs`, `azure` or `volume`."""
    bucket: NotRequired[str]
    """Bucket; for azure the container."""
    region: NotRequired[str]
    """Region of the bucket (s3)."""
    endpoint: NotRequired[str]
    """Address of the service, where it is not the cloud's own: `https://minio.example.com`."""
    prefix: NotRequired[str]
    """Path in the bucket that only this database writes to; default `<namespace>/<name>/<incarnation>`."""
    credentials: NotRequired[str]
    """Secret with the keys that the engine reads; default: none, which takes the pod's cloud identity. For pg files of
    pgBackRest: `s3.conf` or `azure.conf` with its options, `gcs-key.json` with a Google service account's key."""
    path_style: NotRequired[bool]
    """Whether the bucket's name stands in the path instead of the host name (s3)."""
    verify_tls: NotRequired[bool]
    """Whether the service's certificate is verified."""
    authority: NotRequired[SecretKeyArgs]
    """Authority of the service's certificate (pxc, psmdb, pg)."""
    storage_class: NotRequired[str]
    """Storage class of the objects in the bucket, or of the volume."""
    size: NotRequired[str]
    """Size of the volume (volume); default for pg: three times the data's."""
    claim: NotRequired[str]
    """Existing claim to keep backups on (volume on psmdb): it must be writable from all members at once."""
    encryption_key: NotRequired[str]
    """Key of the cloud's key management that encrypts the objects (psmdb and pg on s3)."""
    checksum: NotRequired[str]
    """Checksum of uploads (pxc on s3), for services that do not know the newest."""
    skip_bucket_check: NotRequired[bool]
    """Whether an upload starts without looking whether the bucket exists (pxc on s3)."""


class ScheduleArgs(TypedDict):
    """Backups that are made by the clock."""

    name: str
    """Name of the schedule, unique in the database."""
    cron: str
    """When, in UTC: `0 1 * * *`."""
    storage: NotRequired[str]
    """Which of `storages`; default: the first."""
    type: NotRequired[str]
    """`full`, `incremental` (since the last backup) or `differential` (since the last full one)."""
    method: NotRequired[str]
    """How a full backup is made (psmdb); default `logical`, or `physical` where incrementals build on it."""
    keep: NotRequired[int]
    """How many are kept. For pg it holds for all backups of that type in the storage; incremental ones go with the
    backup that they build on."""
    retention: NotRequired[str]
    """How long full backups are kept instead (pg), in days."""
    compression: NotRequired[str]
    """How the backup is compressed (psmdb)."""
    enabled: NotRequired[bool]
    """Whether it runs."""


class PitrArgs(TypedDict):
    """Shipping of logs, for recovery to any moment since a backup."""

    enabled: NotRequired[bool]
    """Whether logs are shipped; pg always does."""
    storage: NotRequired[str]
    """Which of `storages`; default: the first. pxc and ps want one of its own."""
    interval: NotRequired[str]
    """Time between uploads: what a disaster may cost at most; default: from `slo.rpo`, else the operator's."""
    resources: NotRequired[ResourcesArgs]
    """CPU and memory of the pod that ships them (pxc, ps)."""
    compression: NotRequired[str]
    """How shipped logs are compressed (psmdb); default: the operator's."""
    compression_level: NotRequired[int]
    """How hard (psmdb); what the numbers mean is the compression's own affair."""
    without_base: NotRequired[bool]
    """Whether logs are shipped before there is a full backup to start from (psmdb)."""
    timeout: NotRequired[str]
    """Time that an upload may take (pxc); default: the operator's."""


class BackupArgs(TypedDict):
    """All backups of a database."""

    storages: NotRequired[dict[str, BackupStorageArgs]]
    """Places by name. Without one there are no backups, except for pg, which keeps them on a volume of its own."""
    schedules: NotRequired[list[ScheduleArgs]]
    """Backups that are made by the clock."""
    pitr: NotRequired[PitrArgs]
    """Shipping of logs; default: off where there is no storage, on otherwise for standard and critical."""
    service_account: NotRequired[str]
    """ServiceAccount of the backup pods, for keyless access to the bucket (pxc, ps)."""
    service_account_annotations: NotRequired[dict[str, str]]
    """Annotations of the ServiceAccounts that the operator makes, for keyless access to the bucket (pg):
    `eks.amazonaws.com/role-arn`. The operator puts them on all that it makes for the database."""
    resources: NotRequired[ResourcesArgs]
    """CPU and memory of the backup pods."""
    delete_from_storage: NotRequired[bool]
    """Whether a backup that retention drops is deleted from the bucket too; the bucket's lifecycle does it else. pg
    always deletes it."""
    encryption_key: NotRequired[SecretKeyArgs]
    """Key that the backups themselves are encrypted with (ps)."""
    parallel: NotRequired[bool]
    """Whether two backups may run at once (pxc)."""
    retries: NotRequired[int]
    """How often a failed backup pod is tried again; default: the operator's."""
    deadline: NotRequired[str]
    """Time within which a backup must have started; default: the operator's (pxc, psmdb)."""


class SloArgs(TypedDict):
    """What the owner may lose and wait for at most."""

    rpo: str
    """Data that a disaster may cost, as the time it was written in."""
    rto: str
    """Time until it is back."""


class DataSourceArgs(TypedDict):
    """The backup that a new database starts from. It is read once, when the database is created."""

    storage: str
    """Which of `backup.storages` holds it."""
    path: str
    """Path in the bucket below which the other database keeps its backups: `shop/orders/1`."""
    backup: NotRequired[str]
    """Name of the backup; default for pg: the newest before `at`. Other engines need it."""
    method: NotRequired[str]
    """How that backup was made (psmdb): `physical` also where it is an incremental one; default `logical`."""
    at: NotRequired[str]
    """Moment to go on to: `latest`, or a time such as `2026-11-20T03:00:00Z`; default: the backup's own."""
    gtid: NotRequired[str]
    """Transaction to go on to instead (pxc, ps): a GTID."""
    lsn: NotRequired[str]
    """Log position to go on to instead (pg)."""
    pitr_storage: NotRequired[str]
    """Which of `backup.storages` holds the logs (pxc, ps); default: `storage`."""
    overwrite: NotRequired[str]
    """The database's own name, to restore into it although it exists already and whatever it holds. Only after a first
    `up` that made the database and broke off before its restore (pxc, ps, psmdb)."""


class DeletionArgs(TypedDict):
    """What goes with the database when it is deleted. By default its data stays."""

    volumes: NotRequired[str]
    """Whether the volumes, and with them the Secrets of its users, go too."""
    certificates: NotRequired[str]
    """Whether its certificates go too."""
    backups: NotRequired[str]
    """Whether its backups in the storages go too (pg: all repositories; psmdb: the shipped logs)."""
    ordered: NotRequired[bool]
    """Whether the operator stops the pods one after another, the primary last. Needs the operator to be running."""


class PmmArgs(TypedDict):
    """Percona Monitoring and Management, version 3."""

    enabled: NotRequired[bool]
    """Whether its client runs beside each server; its settings stay."""
    server: str
    """Host of the PMM server: `monitoring-service.pmm`."""
    secret: NotRequired[str]
    """Secret with the service token (pg: key `PMM_SERVER_TOKEN`); the other engines read it from the credentials'."""
    cluster_name: NotRequired[str]
    """Name of the database in PMM; default: the operator's choice."""
    query_source: NotRequired[str]
    """Where query statistics come from (pg)."""
    resources: NotRequired[ResourcesArgs]
    """CPU and memory of the client beside each server."""
    parameters: NotRequired[str]
    """Further options of the client for servers."""
    readiness: NotRequired[ProbeArgs]
    """When the client counts as ready (pxc, ps)."""
    liveness: NotRequired[ProbeArgs]
    """When the client is started anew (pxc, ps)."""


class LogsArgs(TypedDict):
    """The log collector beside each server (pxc, psmdb)."""

    enabled: NotRequired[bool]
    """Whether it runs."""
    resources: NotRequired[ResourcesArgs]
    """CPU and memory of it."""
    configuration: NotRequired[str]
    """Fluent Bit configuration; default: the operator's."""
    rotation: NotRequired[str]
    """When log files are rotated; default: the operator's (midnight)."""


class ObservabilityArgs(TypedDict):
    """What watches the database."""

    pmm: NotRequired[PmmArgs]
    """PMM; default: none."""
    logs: NotRequired[LogsArgs]
    """The log collector; default: on for standard and critical where the engine has one."""


class MaintenanceArgs(TypedDict):
    """When the platform's people work on it. Operators never upgrade by themselves."""

    window: NotRequired[str]
    """Weekday and hours in UTC: `sun 03:00-05:00`."""
    wave: NotRequired[int]
    """Place in the order of a fleet's upgrade; low goes first."""
    version_service: NotRequired[str]
    """Address of the service that the operator asks for versions (pxc, ps, psmdb); default: the operator's."""
    upgrade_check: NotRequired[str]
    """When the operator asks it (pxc, psmdb). Without `automatic_upgrade` in `handed_over` it changes nothing."""
    handed_over: NotRequired[list[str]]
    """Fields that an operator may write for a time, and that updates then leave as they are: the images
    (`automatic_upgrade`), version and images during a PerconaPGUpgrade (`major_upgrade`, pg), the start of a member
    that leaves a cluster set (`cluster_set`, ps)."""


class ManagedDatabaseArgs(TypedDict):
    """What a database is to be. Only `engine` and `namespace` have no default."""

    name: NotRequired[str]
    """Name of the database's custom resource, from which all its Services and Secrets take theirs."""
    namespace: pulumi.Input[str]
    """Kubernetes namespace; empty if it is only known while the program runs."""
    engine: str
    """`pxc` (MySQL, Galera), `ps` (MySQL, group replication), `psmdb` (MongoDB) or `pg` (PostgreSQL)."""
    version: NotRequired[str]
    """The engine's version series, such as `8.4`."""
    profile: NotRequired[str]
    """`dev`, `standard` or `critical`: where all the other defaults come from."""
    incarnation: NotRequired[int]
    """Counts the lives of this database. One that starts anew, from a backup or empty, takes the next number, so that
    it never writes into the bucket path of the one before."""
    adopt: NotRequired[bool]
    """Whether a custom resource of this name runs already and is taken over as it is, where a new one would be made
    otherwise. For the first `up` only; `dbaas adopt` writes the program."""
    size: NotRequired[str]
    """CPU and memory of each replica; `pods.resources` says them one by one."""
    replicas: NotRequired[int]
    """Database pods, the writer included; of each shard, where there are shards."""
    storage: NotRequired[StorageArgs]
    """Volumes of the database pods."""
    storage_tiers: NotRequired[dict[str, str]]
    """StorageClass by tier, for the Kubernetes cluster that the database runs in."""
    pods: NotRequired[PodsArgs]
    """Settings of the database pods."""
    spread: NotRequired[SpreadArgs]
    """How far apart replicas and proxies are kept."""
    zones: NotRequired[list[str]]
    """Zones that the pods may run in; default: all."""
    replication: NotRequired[ReplicationArgs]
    """How the replicas follow the writer."""
    orchestrator: NotRequired[OrchestratorArgs]
    """What chooses the next primary of asynchronous replication (ps)."""
    sharding: NotRequired[ShardingArgs]
    """Spreading over several replica sets (psmdb)."""
    arbiter: NotRequired[ArbiterArgs]
    """A member that votes and holds no data (psmdb)."""
    hidden: NotRequired[MembersArgs]
    """Members that clients do not see (psmdb), for reports and backups."""
    nonvoting: NotRequired[MembersArgs]
    """Members that have no vote (psmdb), for more reading."""
    replica_set: NotRequired[str]
    """Name of the replica set (psmdb), and of the first shard; part of its volumes' names."""
    instance_set: NotRequired[str]
    """Name of the first instance set (pg); part of its volumes' names."""
    instance_sets: NotRequired[list[InstanceSetArgs]]
    """Further instances of another size (pg)."""
    patroni: NotRequired[PatroniArgs]
    """Failover of instances (pg)."""
    parameters: NotRequired[dict[str, Any]]
    """Settings of the server: MySQL's and PostgreSQL's by name, MongoDB's by dotted path."""
    allocator: NotRequired[str]
    """Memory allocator of the server (pxc)."""
    automatic_recovery: NotRequired[bool]
    """Whether the operator brings back a database whose pods all crashed (pxc, ps)."""
    extensions: NotRequired[list[str]]
    """PostgreSQL extensions that the images hold: `pg_stat_statements`, `pg_stat_monitor`, `pgaudit`, `pgvector`,
    `pg_repack`."""
    proxy: NotRequired[ProxyArgs]
    """The proxy that clients connect to."""
    spare_proxy: NotRequired[SpareProxyArgs]
    """The engine's other proxy, switched off with its settings kept (pxc, ps): `proxysql` or `router` beside
    `haproxy`."""
    expose: NotRequired[ExposeArgs]
    """Ways in from outside the Kubernetes cluster."""
    databases: NotRequired[list[str]]
    """Databases that exist from the start (pg)."""
    users: NotRequired[list[UserArgs]]
    """Users for applications."""
    roles: NotRequired[list[RoleArgs]]
    """Roles of one's own (psmdb)."""
    credentials: NotRequired[CredentialsArgs]
    """Where the passwords of the database's own users come from."""
    tls: NotRequired[TlsArgs]
    """Encryption of connections."""
    encryption: NotRequired[EncryptionArgs]
    """Encryption of the data files; default: the engine's own."""
    network: NotRequired[NetworkArgs]
    """Who may connect; default: everyone in the Kubernetes cluster, for `critical` the database's own namespace."""
    audit: NotRequired[bool]
    """Whether logins and changes are written to an audit log."""
    backup: NotRequired[BackupArgs]
    """Backups."""
    slo: NotRequired[SloArgs]
    """What the owner may lose and wait for at most; refused where the backups cannot keep it."""
    data_source: NotRequired[DataSourceArgs]
    """The backup that a new database starts from."""
    deletion_protection: NotRequired[bool]
    """Whether the engine refuses to delete or replace the database."""
    deletion: NotRequired[DeletionArgs]
    """What goes with the database when it is deleted."""
    paused: NotRequired[bool]
    """Whether all pods are stopped; the volumes stay."""
    observability: NotRequired[ObservabilityArgs]
    """What watches it."""
    maintenance: NotRequired[MaintenanceArgs]
    """When the platform's people work on it."""
    tenant: NotRequired[str]
    """Who it belongs to, as a label on everything."""
    owner: NotRequired[str]
    """Team that answers for it, as a label."""
    environment: NotRequired[str]
    """Such as `production`, as a label."""
    cost_centre: NotRequired[str]
    """Who pays, as a label."""
    labels: NotRequired[dict[str, str]]
    """Further labels of the custom resource."""
    annotations: NotRequired[dict[str, str]]
    """Annotations of the custom resource."""
    platform_labels: NotRequired[bool]
    """Whether the custom resource bears this library's own labels and annotations. Adopting a running database leaves
    them out at first, so that the first preview after it is empty."""
    image_registry: NotRequired[str]
    """Registry, or mirror with a path, that all images are pulled from."""
    images: NotRequired[dict[str, str]]
    """Images of one's own by role (`server`, `backup`, `haproxy`...), instead of the pinned ones."""
    image_pull_secrets: NotRequired[list[str]]
    """Secrets to pull images with."""
    image_pull_policy: NotRequired[str]
    """When nodes pull images; default: the operator's."""
    overrides: NotRequired[dict[str, Any]]
    """Fields merged into the custom resource as they are: off the paved road, and reported so."""
