"""What is refused of a MongoDB database, and in which words."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest

from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import SpecError

S3 = {"type": "s3", "bucket": "b"}
DAILY = {"name": "daily", "cron": "0 1 * * *"}
ISSUER = {"name": "company", "kind": "ClusterIssuer"}
VAULT = {"address": "https://vault.example.com", "mount": "kv"}
SOURCE = {"storage": "main", "path": "shop/old/1", "backup": "2026-11-20T01:00:21Z"}


def problems(name: str = "orders", **args: Any) -> dict[str, str]:
    """Path to message of everything that is wrong with a database."""
    try:
        parse_database(name, {"engine": "psmdb", "namespace": "shop", **args})
    except SpecError as error:
        return {problem.path: problem.message for problem in error.problems}
    return {}


def backup(*storages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"backup": {"storages": dict(zip(("main", "other"), storages, strict=False)), **more}}


def parameter(name: str, value: Any = 1) -> dict[str, Any]:
    return {"parameters": {name: value}}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    # Members
    ({"replicas": 4}, "replicas", "replicas 4 is even; a replica set needs an odd count of 3, 5 or 7"),
    ({"replicas": 1}, "replicas", "is for profile dev"),
    ({"replicas": 5, "arbiter": {}}, "replicas", "5 replicas and an arbiter are no majority"),
    ({"replicas": 2, "arbiter": {}}, "replicas", "with an arbiter write 4 or 6, or leave the arbiter out"),
    ({"replicas": 3, "arbiter": {}, "profile": "dev"}, "replicas", "write 2, 4 or 6"),
    ({"replicas": 4, "arbiter": {"enabled": False}}, "replicas", "4 is even"),
    ({"hidden": {"replicas": 20}, "nonvoting": {"replicas": 28}}, "nonvoting.replicas", "makes 51 members"),
    ({"hidden": {"replicas": 43}, "replicas": 7, "arbiter": {}}, "replicas", "7 replicas and an arbiter"),
    # Shards
    ({"sharding": {"config_replicas": 4}}, "sharding.config_replicas", "4 is no safe majority"),
    ({"sharding": {"config_replicas": 1}}, "sharding.config_replicas", "write 3, 5 or 7 (1 is for profile dev)"),
    ({"sharding": {}, "proxy": {"type": "none"}}, "proxy.type", "leaves no way to the shards; write mongos"),
    ({"sharding": {}, "proxy": {"replicas": 0}}, "proxy.replicas", "0 leaves no way to the shards"),
    ({"proxy": {"type": "mongos"}}, "proxy.type", "is for shards; add sharding, or write none"),
    ({"proxy": {"configuration": "x: 1"}}, "proxy.configuration", "there is none without sharding"),
    ({"expose": {"write": {}}}, "expose.write", "use expose.pods, or add sharding"),
    # Names
    ({"replica_set": "cfg"}, "replica_set", '"cfg" is what the operator calls another part'),
    ({"replica_set": "mongos"}, "replica_set", "choose another name"),
    ({"replica_set": "r" * 45}, "replica_set", "have 51 characters; PSMDB operator 1.22.0 allows 50 together"),
    (
        {"replica_set": "shard9", "sharding": {"shards": 2}, "name": "a" * 44},
        "replica_set",
        '"shard10" and the database\'s name have 51 characters',
    ),
    ({"name": "a" * 42, "hidden": {}}, "hidden", '-rs0-hidden" of 53 characters'),
    ({"name": "a" * 46, "sharding": {}}, "sharding", "52 are possible: shorten the database's name"),
    # Pods
    ({"pods": {"grace_period_seconds": 29}}, "pods.grace_period_seconds", "write at least 30"),
    (
        {"sharding": {}, "proxy": {"pods": {"scheduler": "x"}}},
        "proxy.pods.scheduler",
        "the operator has one scheduler for all pods; use pods.scheduler",
    ),
    (
        {"hidden": {"pods": {"environment_secret": "x"}}},
        "hidden.pods.environment_secret",
        "use pods.environment_secret",
    ),
    ({"arbiter": {"pods": {"liveness": {"period_seconds": 9}}}}, "arbiter.pods.liveness", "use pods.liveness"),
    (
        {"pods": {"labels": {"app.kubernetes.io/component": "x"}}},
        "pods.labels.app.kubernetes.io/component",
        "what the operator finds its pods by",
    ),
    # Volumes
    (
        {"hidden": {"storage": {"size": "9Gi", "autoscale": {"max_size": "1Ti"}}}},
        "hidden.storage.autoscale",
        "the operator has one setting for all volumes",
    ),
    ({"hidden": {"storage": {"size": "9Gi", "log_size": "1Gi"}}}, "hidden.storage.log_size", "PostgreSQL's log"),
    # Parameters
    (parameter("net.tls.mode", "disabled"), "parameters.net.tls.mode", "use tls"),
    (parameter("net.port", 27018), "parameters.net.port", "say 27017"),
    (parameter("replication.replSetName", "x"), "parameters.replication.replSetName", "use replica_set"),
    (parameter("sharding.clusterRole", "x"), "parameters.sharding.clusterRole", "use sharding"),
    (parameter("security.vault.port"), "parameters.security.vault.port", "use encryption.vault"),
    (parameter("security.authorization", "disabled"), "parameters.security.authorization", "leave it out"),
    (parameter("storage.engine", "inMemory"), "parameters.storage.engine", "the only engine that encrypts"),
    (
        parameter("storage.wiredTiger.engineConfig.cacheSizeGB"),
        "parameters.storage.wiredTiger.engineConfig.cacheSizeGB",
        "use pods.resources.memory",
    ),
    (parameter("systemLog..verbosity"), "parameters.systemLog..verbosity", "is no dotted path"),
    (
        {"parameters": {"systemLog": 1, "systemLog.verbosity": 1}},
        "parameters.systemLog.verbosity",
        "keep one of them",
    ),
    (
        {"sharding": {"config_parameters": {"storage.dbPath": "/x"}}},
        "sharding.config_parameters.storage.dbPath",
        "the operator mounts the volume there",
    ),
    (
        {"sharding": {}, "proxy": {"parameters": {"security.keyFile": "x"}}},
        "proxy.parameters.security.keyFile",
        "the operator makes the key file",
    ),
    (
        {"sharding": {}, "proxy": {"configuration": "a: 1", "parameters": {"systemLog.quiet": True}}},
        "proxy.parameters",
        "stand beside proxy.configuration",
    ),
    ({"sharding": {}, "proxy": {"configuration": "[1"}}, "proxy.configuration", "is no YAML with a mapping in it"),
    ({"sharding": {}, "proxy": {"configuration": "text"}}, "proxy.configuration", "is no YAML with a mapping in it"),
    (
        {"sharding": {}, "proxy": {"configuration": "net:\n  port: 1\n"}},
        "proxy.configuration",
        "net.port is not open to it",
    ),
    (
        {"sharding": {}, "audit": True, "proxy": {"configuration": "systemLog: {}"}},
        "proxy.configuration",
        "has no auditLog, and audit is on",
    ),
    ({"automatic_recovery": False}, "automatic_recovery", "comes back by itself"),
    # Encryption
    (
        {"encryption": {"provider": "none"}, "parameters": {"security.enableEncryption": True}},
        "parameters.security.enableEncryption",
        "contradicts encryption.provider none",
    ),
    (
        {"encryption": {"provider": "secret", "secret": "my.key"}},
        "encryption.secret",
        '"my.key" is not a valid name',
    ),
    (
        {"encryption": {"provider": "vault", "vault": {**VAULT, "secret": "a" * 64}}},
        "encryption.vault.secret",
        "its name also becomes a volume's",
    ),
    (
        {"encryption": {"provider": "vault", "vault": {**VAULT, "mount": "kv/"}}},
        "encryption.vault.mount",
        '"kv/" has a slash at an end',
    ),
    # Users and roles
    ({"users": [{"name": "app"}]}, "users[0].roles", "the operator makes no user without a role"),
    (
        {"users": [{"name": "clusterAdmin", "roles": [{"name": "read", "database": "x"}]}]},
        "users[0].name",
        '"clusterAdmin" is a system user, whose password is in "orders-secrets"',
    ),
    (
        {"users": [{"name": "a@b", "roles": [{"name": "read", "database": "x"}]}]},
        "users[0].name",
        "names a key of a Secret",
    ),
    (
        {"users": [{"name": "u" * 52, "roles": [{"name": "read", "database": "x"}]}]},
        "users[0].name",
        "is 1 characters too long",
    ),
    (
        {
            "users": [
                {
                    "name": "CN=x",
                    "database": "$external",
                    "roles": [{"name": "read", "database": "x"}],
                    "password": {"secret": "s", "key": "k"},
                }
            ]
        },
        "users[0].password",
        "has no meaning for a user of $external",
    ),
    (
        {
            "roles": [
                {"name": "r", "database": "d", "privileges": [{"actions": ["find"], "cluster": True, "database": "d"}]}
            ]
        },
        "roles[0].privileges[0].cluster",
        "true is about no database",
    ),
    (
        {"roles": [{"name": "r", "database": "d", "privileges": [{"actions": []}]}]},
        "roles[0].privileges[0].actions",
        "is empty",
    ),
    # Certificates
    ({"tls": {"names": ["x.example.com"]}}, "tls.names", "add tls.issuer"),
    (
        {"tls": {"secret": "s", "certificate_lifetime": "30d"}},
        "tls.certificate_lifetime",
        "30d has no effect on a ready-made certificate",
    ),
    ({"tls": {"authority_lifetime": "365d"}}, "tls.authority_lifetime", "psmdb 1.22.0 has no lifetime"),
    # Backups
    (
        backup({"type": "gcs", "bucket": "b"}),
        "backup.storages.main.credentials",
        "GCS_CLIENT_EMAIL and GCS_PRIVATE_KEY",
    ),
    (backup({"type": "azure", "bucket": "b"}), "backup.storages.main.credentials", "AZURE_STORAGE_ACCOUNT_NAME"),
    (
        backup({**S3, "authority": {"secret": "s", "key": "k"}, "endpoint": "https://x"}),
        "backup.storages.main.credentials",
        "with an authority of its own",
    ),
    (
        backup({**S3, "authority": {"secret": "s", "key": "k"}, "credentials": "c"}),
        "backup.storages.main.endpoint",
        "is required with an authority",
    ),
    (
        backup({**S3, "encryption_key": "k"}),
        "backup.storages.main.encryption_key",
        "where there are no credentials",
    ),
    (
        backup({"type": "gcs", "bucket": "b", "credentials": "c", "endpoint": "https://x"}),
        "backup.storages.main.endpoint",
        "Google's own address only",
    ),
    (
        backup({"type": "azure", "bucket": "b", "credentials": "c", "path_style": True}),
        "backup.storages.main.path_style",
        "is for type s3",
    ),
    (
        backup({"type": "azure", "bucket": "b", "credentials": "c", "verify_tls": False}),
        "backup.storages.main.verify_tls",
        "false is for type s3",
    ),
    (backup({"type": "volume", "size": "9Gi"}), "backup.storages.main.size", "is the claim's"),
    (backup({"type": "volume"}), "backup.storages.main.claim", "name a claim that all members can write to"),
    (backup({**S3, "checksum": "SHA256"}), "backup.storages.main.checksum", "has no choice of upload checksums"),
    (
        backup(S3, schedules=[DAILY, {"name": "inc", "cron": "0 2 * * *", "type": "incremental", "keep": 3}]),
        "backup.schedules[1].keep",
        "is kept as long as the full one",
    ),
    (
        backup(
            S3,
            schedules=[
                {**DAILY, "method": "logical"},
                {"name": "inc", "cron": "0 2 * * *", "type": "incremental"},
            ],
        ),
        "backup.schedules[1].type",
        "leave method out of a full schedule of storage main, or write physical",
    ),
    (
        backup(
            S3, schedules=[DAILY, {"name": "inc", "cron": "0 2 * * *", "type": "incremental", "method": "physical"}]
        ),
        "backup.schedules[1].method",
        "incremental backups are always physical",
    ),
    (
        backup(S3, {**S3, "bucket": "c"}, schedules=[{**DAILY, "storage": "other"}], pitr={}),
        "backup.pitr",
        "ships nothing before a backup is in the first storage, main",
    ),
    (backup(S3, pitr={"storage": "main"}), "backup.pitr.storage", "they go where the backups go"),
    # First data
    (
        {**backup(S3), "data_source": {"storage": "main", "path": "a/b"}},
        "data_source.backup",
        "write the backup's name in the bucket",
    ),
    ({**backup(S3), "data_source": SOURCE}, "credentials.secret", "the other database's system users"),
    (
        {**backup(S3), "data_source": {**SOURCE, "method": "physical"}, "credentials": {"secret": "s"}},
        "encryption",
        "whose files are encrypted",
    ),
    (
        {**backup(S3), "data_source": {**SOURCE, "gtid": "x:1"}, "credentials": {"secret": "s"}},
        "data_source.gtid",
        "it has no GTIDs",
    ),
    # Others' words
    (
        {"observability": {"pmm": {"server": "x", "secret": "s"}}},
        "observability.pmm.secret",
        "PMM_SERVER_TOKEN of the database's own Secret",
    ),
    ({"deletion": {"certificates": "delete"}}, "deletion.certificates", "leave it out"),
]


@pytest.mark.parametrize(
    ("args", "path", "words"), REFUSED, ids=[f"{path}-{n}" for n, (_, path, _) in enumerate(REFUSED)]
)
def test_what_the_operator_would_refuse_too_late_is_refused_at_once(args, path, words):
    found = problems(**args)
    assert path in found
    assert words in found[path]


ALLOWED: list[dict[str, Any]] = [
    {"replicas": 4, "arbiter": {}},
    {"replicas": 2, "arbiter": {}, "profile": "dev"},
    {"replicas": 5, "hidden": {"replicas": 2}},
    {"profile": "dev", "pods": {"grace_period_seconds": 1}},
    {"parameters": {"storage.engine": "wiredTiger", "security.enableEncryption": True}},
    {"pods": {"scheduler": "x"}, "hidden": {"pods": {"scheduler": "x"}}},
    {
        "storage": {"size": "9Gi", "autoscale": {"max_size": "1Ti"}},
        "hidden": {"storage": {"size": "9Gi", "autoscale": {"max_size": "1Ti"}}},
    },
    {"name": "a" * 47},
    {"name": "a" * 41, "hidden": {}},
    {"tls": {"issuer": ISSUER, "names": ["x.example.com"]}},
    {"tls": {"issuer": {**ISSUER, "kind": "Issuer"}}},
    backup(
        S3, schedules=[{**DAILY, "method": "physical"}, {"name": "inc", "cron": "0 2 * * *", "type": "incremental"}]
    ),
    backup(S3, pitr={}),
    backup(S3, pitr={"enabled": False}, schedules=[]),
    {**backup(S3), "data_source": SOURCE, "credentials": {"secret": "s"}},
    {
        **backup(S3),
        "data_source": {**SOURCE, "method": "physical"},
        "credentials": {"secret": "s"},
        "encryption": {"provider": "vault", "vault": {**VAULT, "path": "old"}},
    },
]


@pytest.mark.parametrize("args", ALLOWED, ids=str)
def test_what_only_looks_like_that_is_taken(args):
    assert problems(**args) == {}


def test_what_needs_the_namespace_is_refused_where_it_comes_from_another_resource():
    def told(**args: Any) -> dict[str, str]:
        async def program() -> dict[str, str]:
            # Outputs belong to a loop, which a test that ran before may have closed.
            return problems(namespace=pulumi.Output.from_input("shop"), **args)

        return asyncio.run(program())

    assert told() == {}
    assert "write the namespace as plain text" in told(tls={"issuer": ISSUER})["tls.issuer"]
    vault = told(encryption={"provider": "vault", "vault": VAULT})
    assert "write the path below the mount" in vault["encryption.vault.path"]
    assert told(encryption={"provider": "vault", "vault": {**VAULT, "path": "x"}}) == {}


def test_several_problems_are_told_at_once():
    found = problems(replicas=2, parameters={"net.port": 1}, users=[{"name": "x"}], automatic_recovery=False)
    assert set(found) == {"replicas", "parameters.net.port", "users[0].roles", "automatic_recovery"}
