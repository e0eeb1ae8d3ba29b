"""What PostgreSQL and its operator would refuse late is refused at once, each in one sentence that says the way out."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import SpecError

S3 = {"type": "s3", "bucket": "backups", "region": "eu-west-1"}
FULL_BACKUP = {"name": "weekly", "cron": "0 1 * * 0"}


def problems(**args: Any) -> dict[str, str]:
    try:
        parse_database("orders", {"engine": "pg", "namespace": "shop", **args})
    except SpecError as error:
        return {problem.path: problem.message for problem in error.problems}
    return {}


def backup(storages: dict[str, Any], *schedules: dict[str, Any], **others: Any) -> dict[str, Any]:
    given = {"schedules": list(schedules)} if schedules else {}
    return {"backup": {"storages": storages, **given, **others}}


def user(**fields: Any) -> dict[str, Any]:
    return {"users": [{"name": "app", **fields}]}


WRONG: list[tuple[dict[str, Any], str, str]] = [
    # Instances
    ({"replicas": 1}, "replicas", "replicas 1 is too few; streaming replication needs 2 to 9 (one replica, without"),
    (
        {"replicas": 6, "instance_sets": [{"name": "reports", "replicas": 4}]},
        "instance_sets",
        "10 instances with all sets together are too many; write at most 9",
    ),
    (
        {"instance_set": "a" * 41},
        "instance_set",
        f'"{"a" * 41}" has 41 characters; with those of the database\'s name they pass 46, which is all that the '
        "labels of its pods can hold; shorten it to at most 40",
    ),
    (
        {"instance_sets": [{"name": "instance1"}]},
        "instance_sets[0].name",
        '"instance1" is the name of the first set too; choose another name',
    ),
    # Failover
    (
        {"profile": "dev", "replication": {"mode": "streaming", "synchronous": True}},
        "replication.synchronous",
        "true needs a replica to wait for, and there is one instance; write replicas 2 or more, or leave it out",
    ),
    (
        {"patroni": {"leader_lease_seconds": 5}},
        "patroni.leader_lease_seconds",
        "5 is too little; Patroni takes less than 20 for 20: write that",
    ),
    (
        {"patroni": {"sync_period_seconds": 25}},
        "patroni.sync_period_seconds",
        "25 is too much for a lease of 30 seconds; Patroni wants 6 seconds between them: write at most 24, or a longer "
        "leader_lease_seconds",
    ),
    # Parameters
    (
        {"parameters": {"port": 5433}},
        "parameters.port",
        "is not open to a choice, because it is always 5432 here; leave it out",
    ),
    (
        {"parameters": {"SSL": "off"}},
        "parameters.SSL",
        "is not open to a choice, because it is always on; use tls",
    ),
    (
        {"parameters": {"ssl_cert_file": "/x"}},
        "parameters.ssl_cert_file",
        "is not open to a choice, because it belongs to the certificates; use tls",
    ),
    (
        {"parameters": {"synchronous_standby_names": "*"}},
        "parameters.synchronous_standby_names",
        "is not open to a choice, because it is Patroni's; use replication.synchronous",
    ),
    (
        {"parameters": {"recovery_target_time": "x"}},
        "parameters.recovery_target_time",
        "is not open to a choice, because it belongs to restores; use data_source.at or data_source.lsn",
    ),
    (
        {"parameters": {"wal_level": "minimal"}},
        "parameters.wal_level",
        '"minimal" is not enough for replicas and backups; write logical or replica',
    ),
    (
        {"parameters": {"archive_timeout": 60}, **backup({"main": S3}, pitr={"interval": "30s"})},
        "parameters.archive_timeout",
        "says the same as backup.pitr.interval; leave one of them out",
    ),
    (
        {"parameters": {f"example.p{number}": 1 for number in range(51)}},
        "parameters",
        "51 are more than the PG operator takes; write at most 50",
    ),
    # Extensions
    (
        {"extensions": ["pg_stat_monitor", "pg_stat_statements"]},
        "extensions",
        '"pg_stat_monitor" and "pg_stat_statements" exclude each other in the PG operator; keep one',
    ),
    (
        {
            "extensions": ["pg_stat_monitor"],
            "observability": {"pmm": {"server": "pmm", "query_source": "pgstatstatements"}},
        },
        "observability.pmm.query_source",
        '"pgstatstatements" excludes the extension pg_stat_monitor in the PG operator; write pgstatmonitor, or leave '
        "the extension out",
    ),
    # The pooler
    (
        {"proxy": {"type": "none", "pool": {"size": 10}}},
        "proxy.pool",
        "is PgBouncer's, and proxy.type is none; write type pgbouncer",
    ),
    (
        {"proxy": {"type": "none"}, "expose": {"primary": {"type": "node_port"}}},
        "expose.primary",
        "is the way past the pooler, and proxy.type is none; use expose.write, which is the primary's then",
    ),
    (
        {"proxy": {"replicas": 0}},
        "proxy.replicas",
        "0 leaves nobody behind the write endpoint; write 1 or more, or proxy.type none",
    ),
    (
        {"proxy": {"parameters": {"pool_mode": "session"}}},
        "proxy.parameters.pool_mode",
        "is not open to a choice, because it has a word of its own; use proxy.pool.mode",
    ),
    (
        {"proxy": {"parameters": {"auth_query": "x"}}},
        "proxy.parameters.auth_query",
        "is not open to a choice, because it is how the pooler asks PostgreSQL for passwords; leave it out",
    ),
    # Users and databases
    (
        {"users": [{"name": "monitor"}]},
        "users[0].name",
        '"monitor" is reserved in pg: it is the superuser with which the PG operator\'s monitoring logs in; choose '
        "another name",
    ),
    (
        {"users": [{"name": "My_App"}]},
        "users[0].name",
        '"My_App" is not a name that the PG operator takes; use at most 63 lower-case letters, digits and hyphens, '
        "with no hyphen at its ends",
    ),
    (
        user(options="SUPERUSER; DROP TABLE x"),
        "users[0].options",
        '"SUPERUSER; DROP TABLE x" is more than role options; write such as CREATEDB CONNECTION LIMIT 10, with no '
        "semicolon and no comment",
    ),
    (user(options="CREATEDB -- x"), "users[0].options", '"CREATEDB -- x" is more than role options'),
    (
        user(options="Password 'x'"),
        "users[0].options",
        "\"Password 'x'\" says a password, which belongs in the user's Secret; leave it out",
    ),
    (user(options="X" * 201), "users[0].options", "has 201 characters; write at most 200"),
    (user(secret="x" * 64), "users[0].secret", "has 64 characters; the PG operator takes at most 63: shorten it"),
    (
        {"version": "14", **user(public_schema=True)},
        "users[0].public_schema",
        "true is refused for PostgreSQL 14, whose public schema is open to all; leave it out, or write version 15 or "
        "newer",
    ),
    (user(databases=["a", "a"]), "users[0].databases", '"a" stands there 2 times; keep one'),
    (
        {"users": [{"name": "postgres", "databases": ["a"]}]},
        "users[0].databases",
        'is passed over for "postgres", which may do everything everywhere; leave it out',
    ),
    (
        {"users": [{"name": "a", "secret": "orders-pguser-b"}, {"name": "b"}]},
        "users",
        '"orders-pguser-b" would be the Secret of 2 users; give them one each',
    ),
    (
        {"databases": ["a", "b"], **user(databases=["a"])},
        "databases[1]",
        '"b" has no user, and the PG operator makes the databases of users only; add it to databases of one of users',
    ),
    (
        {"databases": ["template1"]},
        "databases[0]",
        '"template1" is reserved in pg: PostgreSQL makes new databases from it; choose another name',
    ),
    ({"databases": ["ä" * 32]}, "databases[0]", "has 64 bytes; PostgreSQL takes at most 63: shorten it"),
    # Certificates
    (
        {"tls": {"secret": "mine"}},
        "tls.internal_secret",
        "is required with tls.secret: the PG operator takes both or none, of one authority; add it",
    ),
    (
        {"tls": {"internal_secret": "mine"}},
        "tls.secret",
        "is required with tls.internal_secret: the PG operator takes both or none, of one authority; add it",
    ),
    (
        {"tls": {"issuer": {"name": "ca", "kind": "Issuer"}, "authority_secret": "root"}},
        "tls.authority_secret",
        "is an authority to sign with and tls.issuer signs; leave one of them out",
    ),
    (
        {"tls": {"names": ["orders.example.com"]}},
        "tls.names",
        "cannot be put into the operator's own certificate; name who signs as tls.issuer, or give tls.secret",
    ),
    # Backups
    (
        backup({f"s{number}": {**S3, "prefix": f"p{number}"} for number in range(6)}),
        "backup.storages",
        "6 are too many; pgBackRest under the PG operator has at most 4 repositories: take 2 out",
    ),
    (
        backup({"main": {"type": "s3", "bucket": "backups"}}),
        "backup.storages.main.region",
        "is required by pg for type s3; add it, or any word for a service without regions",
    ),
    (
        backup({"main": {**S3, "endpoint": "http://minio.example.com"}}),
        "backup.storages.main.endpoint",
        '"http://minio.example.com" is not an address that pgBackRest takes, which always speaks TLS to a whole host; '
        "write such as https://minio.example.com:9000, with no path",
    ),
    (
        backup({"main": {"type": "azure", "bucket": "backups"}}),
        "backup.storages.main.credentials",
        "is required for azure: the PG operator has no way in without an account and a key; name the Secret",
    ),
    (
        backup({"main": {**S3, "storage_class": "STANDARD_IA"}}),
        "backup.storages.main.storage_class",
        '"STANDARD_IA" is for volumes: pgBackRest cannot choose one for objects; leave it out',
    ),
    (
        backup({"main": {"type": "gcs", "bucket": "b", "encryption_key": "k"}}),
        "backup.storages.main.encryption_key",
        "is for type s3; leave it out for type gcs",
    ),
    (
        backup(
            {
                "one": {"type": "gcs", "bucket": "b", "credentials": "first"},
                "two": {"type": "gcs", "bucket": "c", "credentials": "second"},
            }
        ),
        "backup.storages.two.credentials",
        '"second" and "first" of storage one both bring a file gcs-key.json, and the second would replace the first; '
        "give one key rights on both buckets and name its Secret twice",
    ),
    (
        backup({"main": {"type": "volume", "verify_tls": False}}),
        "backup.storages.main.verify_tls",
        "is for buckets; leave it out for type volume",
    ),
    (
        backup({"main": S3}, FULL_BACKUP, {**FULL_BACKUP, "name": "other", "cron": "0 2 * * *"}),
        "backup.schedules[1].type",
        '"full" to storage main stands in schedule weekly too; the PG operator has one of each type for each storage: '
        "keep one, or name another storage",
    ),
    (
        backup({"main": S3}, {**FULL_BACKUP, "keep": 2}, {**FULL_BACKUP, "name": "other", "enabled": False, "keep": 3}),
        "backup.schedules[1]",
        "has a retention, and schedule weekly has one too; pgBackRest has one for each storage and type: keep one",
    ),
    (
        backup({"main": S3}, FULL_BACKUP, {"name": "i", "cron": "0 * * * *", "type": "incremental", "keep": 3}),
        "backup.schedules[1].keep",
        "3 has no meaning for incremental backups, which go with the backup they build on; leave it out",
    ),
    (
        backup(
            {"main": S3}, FULL_BACKUP, {"name": "d", "cron": "0 * * * *", "type": "differential", "retention": "9d"}
        ),
        "backup.schedules[1].retention",
        "9d is for full backups: pgBackRest keeps no others by age; use keep",
    ),
    (
        backup({"main": S3}, pitr={"enabled": False}),
        "backup.pitr.enabled",
        "false is not possible for pg, whose backups are of no use without the logs; leave it out",
    ),
    (
        backup({"main": S3}, delete_from_storage=False),
        "backup.delete_from_storage",
        "false is not possible for pg: pgBackRest deletes what its retention drops; leave it out",
    ),
    (
        {**backup({"main": S3}), "data_source": {"storage": "main", "path": "a/b", "backup": "x; rm -rf /"}},
        "data_source.backup",
        '"x; rm -rf /" is not a backup of pgBackRest; write its label, such as 20261120-010000F, or leave it out for '
        "the newest",
    ),
    (
        {**backup({"main": S3}), "data_source": {"storage": "main", "path": "/"}},
        "data_source.path",
        '"/" is no path; write where the backups are: shop/orders/1',
    ),
    # What the operator has no field for
    (
        {"pods": {"readiness": {"period_seconds": 5}}},
        "pods.readiness",
        "use patroni.sync_period_seconds, which they follow",
    ),
    (
        {"proxy": {"pods": {"scheduler": "other"}}},
        "proxy.pods.scheduler",
        "because its operator has no such setting; leave it out",
    ),
    (
        {"instance_sets": [{"name": "b", "pods": {"runtime": "gvisor"}}]},
        "instance_sets[0].pods.runtime",
        "its operator has no such setting",
    ),
    ({"deletion": {"ordered": True}}, "deletion.ordered", "its operator has no such setting"),
    (
        backup({"main": {**S3, "checksum": "MD5"}}),
        "backup.storages.main.checksum",
        "its operator has no such setting",
    ),
    (backup({"main": S3}, service_account="sa"), "backup.service_account", "use backup.service_account_annotations"),
    ({"expose": {"pods": {"type": "node_port"}}}, "expose.pods", "its operator makes none"),
    ({"encryption": {"provider": "vault"}}, "encryption.provider", "(version 3.1.0 of its operator brings it)"),
]


@pytest.mark.parametrize(
    ("args", "path", "sentence"), WRONG, ids=[f"{path}-{index}" for index, (_, path, _) in enumerate(WRONG)]
)
def test_what_is_wrong_is_told_where_it_stands_with_the_way_out(args, path, sentence):
    found = problems(**args)
    assert path in found, found
    assert sentence in found[path]


@pytest.mark.parametrize(
    "args",
    [
        {"replicas": 1, "instance_sets": [{"name": "reports"}]},
        {"parameters": {"ssl_ecdh_curve": "prime256v1", "archive_timeout": "30s"}},
        {"patroni": {"leader_lease_seconds": 20}},
        user(options="SUPERUSER"),
        {"version": "15", **user(public_schema=True)},
        backup({"main": S3}, FULL_BACKUP, {**FULL_BACKUP, "name": "other", "enabled": False}),
        {"tls": {"secret": "a", "internal_secret": "b", "authority_secret": "c"}},
        {"proxy": {"type": "none"}, "expose": {"write": {"type": "node_port"}}},
    ],
)
def test_what_is_right_is_taken(args):
    assert problems(**args) == {}


def test_an_issuer_needs_a_namespace_that_is_known():
    with pytest.raises(SpecError, match="needs a namespace that is known beforehand"):
        parse_database("orders", {"engine": "pg", "tls": {"issuer": {"name": "ca", "kind": "Issuer"}}})
