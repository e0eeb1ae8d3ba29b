"""What each engine cannot do in the operator version that is pinned, why, and which version brings it.

One table: read at parse, printed by `dbaas catalog`, and the source of docs/catalog.md. A capability that is not in
the table is there in all four engines. Sources: the operators' definitions and controllers at PXC 1.20.0, PS 1.2.0,
PSMDB 1.22.0 and PG 3.0.0; what a coming version brings is from their main branches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Missing:
    """Why an engine does not have a capability."""

    because: str
    """Completes "orders has ...: pxc 1.20.0 cannot, because ...": a clause in the present tense."""
    instead: str = ""
    """What to do instead, as an imperative clause; empty if there is nothing."""
    since: str = ""
    """The operator version that brings it, where that is known."""


@dataclass(frozen=True, slots=True)
class Capability:
    """Something that a specification can ask for."""

    path: str
    """Where: `sharding`, `backup.schedules[].type`, `backup.storages{}.type`."""
    words: str
    """What it is, for people."""
    value: str | bool | None = None
    """The value that asks for it; None: any value but none, false or empty."""
    missing: Mapping[str, Missing] = field(default_factory=lambda: MappingProxyType({}))
    """Engines that do not have it."""

    @property
    def key(self) -> str:
        """`backup.schedules[].type=incremental`."""
        if isinstance(self.value, bool):
            return f"{self.path}={'true' if self.value else 'false'}"
        return self.path if self.value is None else f"{self.path}={self.value}"


def _row(path: str, words: str, value: str | bool | None = None, **missing: Missing) -> Capability:
    return Capability(path, words, value, MappingProxyType(missing))


def _not_its_kind(what: str, instead: str = "leave it out") -> Missing:
    return Missing(what, instead)


_MONGO_ONLY: Final = "that is MongoDB's"
_PG_ONLY: Final = "that is PostgreSQL's"
_MYSQL: Final = "it is for the MySQL engines"


def _only_psmdb(path: str, words: str) -> Capability:
    return _row(path, words, **dict.fromkeys(("pxc", "ps", "pg"), _not_its_kind(_MONGO_ONLY)))


def _only_pg(path: str, words: str) -> Capability:
    return _row(path, words, **dict.fromkeys(("pxc", "ps", "psmdb"), _not_its_kind(_PG_ONLY)))


def _only_pxc(path: str, words: str, why: str = "its operator has no such setting") -> Capability:
    return _row(path, words, **dict.fromkeys(("ps", "psmdb", "pg"), _not_its_kind(why)))


def _replication(mode: str, words: str, *engines: str, instead: Mapping[str, str]) -> Capability:
    return _row(
        "replication.mode",
        words,
        mode,
        **{
            engine: Missing("it replicates in another way", f"write {mode_of}")
            for engine, mode_of in instead.items()
            if engine not in engines
        },
    )


_OWN_MODE: Final = {"pxc": "galera", "ps": "group or async", "psmdb": "replica_set", "pg": "streaming"}
_OWN_PROXY: Final = {
    "pxc": "choose haproxy or proxysql",
    "ps": "choose haproxy or router",
    "psmdb": "choose mongos, with sharding, or none",
    "pg": "choose pgbouncer or none",
}


def _proxy(proxy: str, words: str, *engines: str) -> Capability:
    return _row(
        "proxy.type",
        words,
        proxy,
        **{
            engine: Missing("its operator does not run that proxy", instead)
            for engine, instead in _OWN_PROXY.items()
            if engine not in engines
        },
    )


CAPABILITIES: Final = (
    # Size and shape
    _row(
        "storage.autoscale",
        "volumes that grow by themselves",
        pg=Missing("its operator only grows volumes behind an alpha gate", "raise storage.size when the alert says so"),
    ),
    _only_pg("storage.log_size", "a volume for the write-ahead log"),
    *(
        _replication(mode, f"{mode} replication", *engines, instead=_OWN_MODE)
        for mode, engines in (
            ("galera", ("pxc",)),
            ("group", ("ps",)),
            ("async", ("ps",)),
            ("replica_set", ("psmdb",)),
            ("streaming", ("pg",)),
        )
    ),
    _row(
        "replication.synchronous",
        "commits that wait for a replica",
        pxc=Missing("Galera already certifies a commit on every member", "leave it out"),
        ps=Missing("group replication already waits for a majority", "leave it out"),
        psmdb=Missing("the write concern decides it, which MongoDB's default of majority does", "leave it out"),
    ),
    _row(
        "orchestrator",
        "Orchestrator",
        **dict.fromkeys(("pxc", "psmdb", "pg"), Missing("it fails over without one", "leave it out")),
    ),
    _only_psmdb("sharding", "sharding"),
    _only_psmdb("arbiter", "an arbiter"),
    _only_psmdb("hidden", "hidden members"),
    _only_psmdb("nonvoting", "members without a vote"),
    _only_psmdb("replica_set", "a name of the replica set"),
    _only_pg("instance_set", "a name of the first instance set"),
    _only_pg("instance_sets", "instances of several sizes"),
    _only_pg("patroni", "Patroni settings"),
    *(
        _row(
            f"{component}.{setting}",
            f"{words} for {of}",
            pg=Missing("its operator has no such setting", instead),
        )
        for component, of in (
            ("pods", "instances"),
            ("proxy.pods", "the pooler"),
            ("instance_sets[].pods", "a set of instances"),
        )
        for setting, words, instead in (
            ("grace_period_seconds", "a time to shut down", "leave it out"),
            ("readiness", "a choice of probes", "use patroni.sync_period_seconds, which they follow"),
            ("liveness", "a choice of probes", "use patroni.leader_lease_seconds, which they follow"),
            ("service_account", "a ServiceAccount", "leave it out; the operator makes them"),
            ("runtime", "a RuntimeClass", "leave it out"),
            ("scheduler", "a scheduler", "leave it out"),
        )
    ),
    _row(
        "instance_sets[].storage.autoscale",
        "volumes of a set that grow by themselves",
        pg=Missing("its operator only grows volumes behind an alpha gate", "raise storage.size when the alert says so"),
    ),
    # The engine itself
    _only_pxc("allocator", "another memory allocator"),
    _only_pg("extensions", "extensions"),
    # Proxies
    _proxy("haproxy", "HAProxy", "pxc", "ps"),
    _proxy("proxysql", "ProxySQL", "pxc"),
    _proxy("router", "MySQL Router", "ps"),
    _proxy("mongos", "mongos", "psmdb"),
    _proxy("pgbouncer", "PgBouncer", "pg"),
    _row(
        "proxy.type",
        "no proxy",
        "none",
        pxc=Missing("its operator restarts pods in order only behind a proxy", "choose haproxy or proxysql"),
        ps=Missing("group replication needs something that finds the primary", "choose haproxy or router"),
    ),
    _only_pg("proxy.pool", "connection pooling"),
    _only_pg("proxy.superusers", "superusers through the pooler"),
    _only_pxc("proxy.storage_size", "a volume of the proxy", "its proxies keep nothing"),
    _row(
        "proxy.configuration",
        "the proxy's own configuration file",
        pg=Missing("PgBouncer is set through named settings", "use proxy.parameters"),
    ),
    _row(
        "proxy.parameters",
        "named settings of the proxy",
        **dict.fromkeys(("pxc", "ps"), Missing("its proxies take a whole file", "use proxy.configuration")),
    ),
    # Ways in
    *(
        _row(
            f"expose.{endpoint}.load_balancer_class",
            f"a load balancer class for {words}",
            ps=Missing("its operator passes none on", "set it by annotation"),
        )
        for endpoint, words in (
            ("write", "writes"),
            ("read", "reading"),
            ("primary", "the primary"),
            ("pods", "pods"),
        )
    ),
    *(
        _row(
            f"expose.{endpoint}.{policy}",
            f"{policy.replace('_', ' ')} for {words}",
            pg=Missing("its operator passes none on", "leave it out"),
        )
        for endpoint, words in (("write", "writes"), ("read", "reading"), ("primary", "the primary"))
        for policy in ("external_traffic_policy", "internal_traffic_policy")
    ),
    _row(
        "expose.read",
        "an endpoint of its own for reading",
        ps=Missing("reading is another port of the same Service", "use expose.write"),
        psmdb=Missing("the driver's read preference chooses the member", "use expose.pods"),
    ),
    _row(
        "expose.primary",
        "a way in to the primary past the proxy",
        pxc=Missing("its proxy's Service is the way to the writer", "use expose.write"),
        psmdb=Missing("drivers find the primary among the members", "use expose.pods"),
    ),
    _row("expose.pods", "a Service for each pod", pg=Missing("its operator makes none", "use expose.write")),
    # Who may come
    _row(
        "users",
        "users",
        ps=Missing("its operator makes none", "make them by SQL, or choose engine pxc", since="1.3.0"),
    ),
    _row(
        "databases",
        "databases",
        **dict.fromkeys(("pxc", "ps"), Missing("its operator makes none", "make them by SQL")),
        psmdb=Missing("MongoDB makes a database with its first write", "leave it out"),
    ),
    _only_psmdb("roles", "roles of one's own"),
    _only_pxc("users[].grants", "SQL privileges", "it knows roles and options instead"),
    _only_pxc("users[].hosts", "hosts of users", "it does not tell users apart by host"),
    _only_pxc("users[].grant_option", "users that pass their grants on", "it has no such option"),
    _only_psmdb("users[].roles", "roles of users"),
    _only_psmdb("users[].database", "a database that authenticates"),
    _row(
        "users[].databases",
        "databases of users",
        psmdb=Missing("a role names its database", "use users[].roles"),
    ),
    _only_pg("users[].options", "role options"),
    _only_pg("users[].secret", "a Secret of one's own name"),
    _only_pg("users[].password_characters", "a choice of password characters"),
    _only_pg("users[].public_schema", "rights on the public schema"),
    _row(
        "users[].password",
        "a password from a Secret",
        pg=Missing("the Secret carries the whole connection", "use users[].secret"),
    ),
    _row(
        "credentials.store",
        "credentials from a store",
        pg=Missing("its superuser logs in by certificate", "use users[].secret"),
    ),
    _row(
        "credentials.secret",
        "a Secret of one's own name for the database's users",
        pg=Missing("its superuser logs in by certificate", "use users[].secret"),
    ),
    # Certificates and encryption
    _row(
        "tls.required",
        "a refusal of connections without TLS",
        ps=Missing("its operator itself connects without TLS", "ask for TLS in the rights of each user, by SQL"),
    ),
    _row(
        "tls.issuer.kind",
        "a ClusterIssuer",
        "ClusterIssuer",
        ps=Missing(
            "its operator looks for an Issuer of that name in the database's namespace",
            "write kind Issuer",
            since="1.3.0",
        ),
    ),
    _row(
        "tls.certificate_lifetime",
        "a lifetime of certificates",
        ps=Missing("its operator has no such setting", "give a ready-made certificate as tls.secret"),
    ),
    _row(
        "tls.authority_lifetime",
        "a lifetime of the certificate authority",
        **dict.fromkeys(("ps", "psmdb"), Missing("its operator has no such setting", "leave it out")),
    ),
    _row(
        "tls.internal_secret",
        "a ready-made certificate between members",
        ps=Missing("one certificate serves both", "use tls.secret"),
    ),
    _only_pg("tls.authority_secret", "a ready-made certificate authority"),
    _row(
        "encryption.provider",
        "encryption with a key in Vault",
        "vault",
        pg=Missing("its server has no such extension yet", "use an encrypted StorageClass", since="3.1.0"),
    ),
    _row(
        "encryption.provider",
        "encryption with a key in a Secret",
        "secret",
        **dict.fromkeys(("pxc", "ps"), Missing("its keyring is Vault's", "write provider vault")),
        pg=Missing("its server has no such extension yet", "use an encrypted StorageClass", since="3.1.0"),
    ),
    _row(
        "encryption.vault.path",
        "a path of the key in Vault",
        pxc=Missing(
            "its keyring names its keys itself, right below the mount", "give each database a mount of its own"
        ),
        ps=Missing("its server keeps its keys right below the mount", "give each database a mount of its own"),
    ),
    _row(
        "audit",
        "an audit log",
        **dict.fromkeys(
            ("pxc", "ps"),
            Missing(
                "its audit filter has to be installed by SQL, which its operator does not run",
                "install component_audit_log_filter by SQL",
            ),
        ),
    ),
    # Backups
    _row(
        "backup.storages{}.type",
        "backups to Google Cloud Storage by its own protocol",
        "gcs",
        pxc=Missing(
            "its operator does not know it",
            "write type s3 with endpoint https://storage.googleapis.com and HMAC keys",
        ),
    ),
    _row(
        "backup.storages{}.type",
        "backups to a volume",
        "volume",
        ps=Missing("its operator backs up to buckets only", "write type s3, gcs or azure"),
    ),
    _row(
        "backup.storages{}.path_style",
        "a choice of how the bucket is addressed",
        ps=Missing("its operator addresses a service with an endpoint in the way it needs", "leave it out"),
    ),
    _row(
        "backup.storages{}.authority",
        "an authority of the storage's own",
        ps=Missing(
            "its operator hands none to its tools",
            "give the service a certificate of a public authority, or write verify_tls false",
        ),
    ),
    _row(
        "backup.storages{}.storage_class",
        "a storage class of objects or volumes",
        ps=Missing("its operator takes the setting and hands it to no tool", "set it by the bucket's lifecycle"),
    ),
    _row(
        "backup.storages{}.encryption_key",
        "encryption by the cloud's key management",
        pxc=Missing("its operator has no such setting", "let the bucket encrypt by its own default key"),
        ps=Missing("its operator has no such setting", "use backup.encryption_key"),
    ),
    _row(
        "backup.storages{}.checksum",
        "a choice of upload checksums",
        **dict.fromkeys(("ps", "psmdb", "pg"), Missing("its operator has no such setting", "leave it out")),
    ),
    _row(
        "backup.storages{}.skip_bucket_check",
        "uploads without a look at the bucket",
        **dict.fromkeys(("ps", "psmdb", "pg"), Missing("its operator has no such setting", "leave it out")),
    ),
    _row(
        "backup.storages{}.claim",
        "backups on a claim that is there already",
        pxc=Missing("its operator makes a volume for each backup", "write size"),
        pg=Missing("its operator makes the volumes of repositories itself", "write size"),
    ),
    _row(
        "backup.schedules[].type",
        "incremental backups",
        "incremental",
        pxc=Missing("its operator makes full backups only", "write type full; pitr ships what changes between them"),
    ),
    _row(
        "backup.schedules[].type",
        "differential backups",
        "differential",
        pxc=Missing("its operator makes full backups only", "write type full"),
        ps=Missing("its operator makes full and incremental ones", "write type incremental"),
        psmdb=Missing("its operator makes full and incremental ones", "write type incremental"),
    ),
    _only_psmdb("backup.schedules[].method", "a choice between logical and physical backups"),
    _only_psmdb("backup.schedules[].compression", "a choice of compression"),
    _only_psmdb("backup.pitr.compression", "a choice of compression of shipped logs"),
    _only_psmdb("data_source.method", "a choice between logical and physical backups to start from"),
    _row(
        "backup.schedules[].retention",
        "retention by age",
        **dict.fromkeys(("pxc", "ps", "psmdb"), Missing("its operator counts backups", "use keep")),
    ),
    _row(
        "backup.service_account",
        "a ServiceAccount of the backup pods",
        ps=Missing("its operator takes the setting and gives it to no pod", "leave it out; a storage has credentials"),
        psmdb=Missing("its backups run in the database pods", "use pods.service_account"),
        pg=Missing("its operator makes the ServiceAccounts itself", "use backup.service_account_annotations"),
    ),
    _row(
        "backup.service_account_annotations",
        "annotations of the ServiceAccounts that reach the bucket",
        pxc=Missing("its operator makes none for that", "annotate the one that you name in backup.service_account"),
        ps=Missing("its buckets are reached with keys only", "leave it out; a storage has credentials"),
        psmdb=Missing("its operator makes none for that", "annotate the one that you name in pods.service_account"),
    ),
    _row(
        "backup.encryption_key",
        "encrypted backups",
        pxc=Missing("its operator has no such setting", "let the bucket encrypt"),
        psmdb=Missing("its operator has no such setting", "let the bucket encrypt"),
        pg=Missing("its repositories take the key as plain text only", "let the bucket encrypt"),
    ),
    _only_pxc("backup.parallel", "backups at the same time"),
    _row(
        "backup.deadline",
        "a deadline for backups",
        **dict.fromkeys(("ps", "pg"), Missing("its operator has no such setting", "leave it out")),
    ),
    _row(
        "backup.retries",
        "retries of backups",
        psmdb=Missing("its operator has no such setting", "leave it out"),
    ),
    _row(
        "backup.pitr.storage",
        "another storage for shipped logs",
        psmdb=Missing("they go where the backups go", "leave it out"),
        pg=Missing("they go where the backups go", "leave it out"),
    ),
    _row(
        "backup.pitr.resources",
        "resources of the log shipper",
        psmdb=Missing("it runs beside each server", "use backup.resources"),
        pg=Missing("the server ships its logs itself", "use pods.resources"),
    ),
    _row(
        "data_source.overwrite",
        "a restore into a database that exists",
        pg=Missing("it reads its data source only while it makes a database", "leave it out"),
    ),
    _row(
        "data_source.gtid",
        "recovery to a GTID",
        **dict.fromkeys(("psmdb", "pg"), Missing("it has no GTIDs", "use data_source.at")),
    ),
    _only_pg("data_source.lsn", "recovery to a log position"),
    _row(
        "data_source.pitr_storage",
        "another storage that the shipped logs are read from",
        psmdb=Missing("they lie where the backups lie", "leave it out"),
        pg=Missing("they lie where the backups lie", "leave it out"),
    ),
    _row(
        "backup.pitr.timeout",
        "a limit of time for an upload of logs",
        **dict.fromkeys(("ps", "psmdb", "pg"), Missing("its operator has no such setting", "leave it out")),
    ),
    _only_psmdb("backup.pitr.compression_level", "a level of compression for shipped logs"),
    _only_psmdb("backup.pitr.without_base", "shipping of logs before there is a full backup"),
    # Running it
    _row(
        "automatic_recovery",
        "a way to stay down after a crash of all pods",
        False,
        psmdb=Missing("a replica set comes back by itself as soon as its pods do", "leave it out"),
        pg=Missing("instances come back by themselves as soon as their pods do", "leave it out"),
    ),
    *(
        _row(
            f"orchestrator.pods.{probe}",
            f"a {probe} probe of one's own for the Orchestrator",
            ps=Missing("its operator sets that probe", "leave it out"),
        )
        for probe in ("readiness", "liveness")
    ),
    *(
        _row(
            f"arbiter.pods.{probe}",
            f"a {probe} probe of its own for the arbiter",
            psmdb=Missing("an arbiter is asked as the other members are", f"use pods.{probe}"),
        )
        for probe in ("readiness", "liveness")
    ),
    *(
        _row(
            f"{members}.pods.environment_secret",
            f"an environment of their own for {words}",
            psmdb=Missing("these members get the others' environment", "use pods.environment_secret"),
        )
        for members, words in (
            ("arbiter", "the arbiter"),
            ("hidden", "hidden members"),
            ("nonvoting", "non-voting members"),
        )
    ),
    *(
        _row(
            f"observability.pmm.{probe}",
            f"a {probe} probe of one's own for PMM's client",
            **dict.fromkeys(("psmdb", "pg"), Missing("its operator sets that probe", "leave it out")),
        )
        for probe in ("readiness", "liveness")
    ),
    _row(
        "spare_proxy.storage_size",
        "a volume of the spare proxy",
        ps=Missing("neither of its proxies keeps anything", "leave it out"),
    ),
    _row(
        "spare_proxy",
        "a second kind of proxy",
        psmdb=Missing("mongos is its only proxy", "leave it out"),
        pg=Missing("PgBouncer is its only pooler", "leave it out"),
    ),
    _row(
        "maintenance.version_service",
        "a service to ask for versions",
        pg=Missing("its operator asks none", "leave it out"),
    ),
    _row(
        "maintenance.upgrade_check",
        "a time at which its operator asks for versions",
        **dict.fromkeys(("ps", "pg"), Missing("its operator has no such setting", "leave it out")),
    ),
    _row(
        "deletion.ordered",
        "deletion in order",
        pg=Missing("its operator has no such setting", "leave it out; Patroni stops each instance in order"),
    ),
    _row(
        "deletion.certificates",
        "deletion of ready-made certificates with the database",
        "delete",
        psmdb=Missing("its operator deletes its own with the database, always, and no others", "leave it out"),
    ),
    _row(
        "deletion.backups",
        "deletion of all backups with the database",
        "delete",
        pxc=Missing(
            "its operator deletes a backup with its PerconaXtraDBClusterBackup only",
            "write retain and delete those objects",
        ),
        ps=Missing(
            "its operator deletes a backup with its PerconaServerMySQLBackup only",
            "write retain and delete those objects",
        ),
    ),
    _row(
        "observability.pmm.secret",
        "a Secret of its own for the PMM token",
        pxc=Missing(
            "its operator reads key pmmservertoken of the database's own Secret",
            "put the token there and name it as credentials.secret",
        ),
        ps=Missing(
            "its operator reads key pmmservertoken of the database's own Secret",
            "put the token there and name it as credentials.secret",
        ),
        psmdb=Missing(
            "its operator reads key PMM_SERVER_TOKEN of the database's own Secret",
            "put the token there and name it as credentials.secret",
        ),
    ),
    _row(
        "observability.logs",
        "a log collector",
        **dict.fromkeys(("ps", "pg"), Missing("its operator has none", "collect the containers' output")),
    ),
    _row(
        "maintenance.handed_over[]",
        "automatic upgrade of images",
        "automatic_upgrade",
        pg=Missing("its operator never changes them", "leave it out"),
    ),
    _row(
        "maintenance.handed_over[]",
        "upgrade by a PerconaPGUpgrade",
        "major_upgrade",
        **dict.fromkeys(("pxc", "ps", "psmdb"), Missing("its versions change by their images alone", "leave it out")),
    ),
    _row(
        "maintenance.handed_over[]",
        "cluster sets",
        "cluster_set",
        **dict.fromkeys(("pxc", "psmdb", "pg"), Missing("its operator knows none", "leave it out")),
    ),
    _only_pg("observability.pmm.query_source", "a choice of query statistics"),
)
"""Every capability that at least one engine does not have."""
