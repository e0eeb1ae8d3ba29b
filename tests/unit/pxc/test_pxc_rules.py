"""What a specification of pxc is refused for, sentence by sentence."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import SpecError
from tests.unit.pxc.examples import FULL

S3 = {"type": "s3", "bucket": "company-backups", "credentials": "s3-backups"}
KEYLESS = {"type": "s3", "bucket": "company-backups"}
AZURE = {"type": "azure", "bucket": "backups", "credentials": "azure-backups"}
VOLUME = {"type": "volume", "size": "10Gi"}
VAULT = {"address": "https://vault.example.com", "mount": "orders"}
SOURCE = {"storage": "main", "path": "shop/old/1", "backup": "orders-2026-11-20-01:30:00-full"}
TRANSACTION = "3e11fa47-71ca-11e1-9e33-c80aa9429562:23"


def problems(**args: Any) -> dict[str, str]:
    given = {"engine": "pxc", "namespace": "shop", **copy.deepcopy(args)}
    try:
        parse_database(given.pop("name", "orders"), given)
    except SpecError as error:
        return {problem.path: problem.message for problem in error.problems}
    return {}


def backup(**storages: Any) -> dict[str, Any]:
    return {"storages": storages}


def user(**fields: Any) -> dict[str, Any]:
    return {"users": [{"name": "shop", **fields}]}


def source(storages: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "credentials": {"secret": "orders-passwords"},
        "backup": {"storages": storages or {"main": S3}},
        "data_source": {**SOURCE, **fields},
    }


REFUSED = [
    # Sizes
    ({"replicas": 4}, "replicas", "replicas 4 is even; Galera needs an odd count of 3 or 5"),
    ({"replicas": 1}, "replicas", "is for profile dev"),
    ({"replicas": 7}, "replicas", "replicas 7 is too many"),
    ({"name": "a" * 23}, "name", "PXC operator 1.20.0 allows no more: shorten it to at most 22"),
    # Proxies
    ({"proxy": {"type": "none"}}, "proxy.type", "choose haproxy or proxysql"),
    ({"proxy": {"type": "router"}}, "proxy.type", "choose haproxy or proxysql"),
    ({"proxy": {"replicas": 0}}, "proxy.replicas", "0 leaves no way to the writer"),
    ({"proxy": {"replicas": 1}}, "proxy.replicas", "one proxy is for profile dev"),
    ({"proxy": {"storage_size": "3Gi"}}, "proxy.storage_size", "HAProxy keeps nothing; leave it out, or choose type"),
    (
        {"proxy": {"type": "proxysql"}, "expose": {"read": {}}},
        "expose.read",
        "ProxySQL tells reads from writes by itself; use expose.write",
    ),
    (
        {"proxy": {"type": "proxysql", "pods": {"liveness": {"period_seconds": 3}}}},
        "proxy.pods.liveness",
        "the operator does not probe ProxySQL; leave it out",
    ),
    ({"proxy": {"parameters": {"x": 1}}}, "proxy.parameters", "use proxy.configuration"),
    ({"expose": {"primary": {"type": "node_port"}}}, "expose.primary", "use expose.write"),
    # Parameters
    (
        {"parameters": {"wsrep_cluster_address": "x"}},
        "parameters.wsrep_cluster_address",
        "set by the operator on every",
    ),
    ({"parameters": {"loose-Server-ID": 3}}, "parameters.loose-Server-ID", "is set by the operator on every pod"),
    ({"parameters": {"require-secure-transport": True}}, "parameters.require-secure-transport", "use tls.required"),
    ({"parameters": {"ssl_ca": "/x"}}, "parameters.ssl_ca", "use tls.secret or tls.issuer"),
    ({"parameters": {"log_error": "x"}}, "parameters.log_error", "use observability.logs"),
    ({"parameters": {"max connections": 3}}, "parameters.max connections", '"max connections" is not a parameter'),
    ({"parameters": {"sql_mode": "a\nb"}}, "parameters.sql_mode", "is more than one line"),
    ({"parameters": {"sql_mode": "{% x %}"}}, "parameters.sql_mode", 'holds "{%", which the operator takes for a'),
    # Users
    (
        user(name="operator"),
        "users[0].name",
        "\"operator\" is a user of the operator's or the server's; choose another",
    ),
    (user(name="Root"), "users[0].name", "choose another name"),
    (user(name="o'neil"), "users[0].name", "cannot be a key of the Secret with its password"),
    (user(name="a" * 33), "users[0].name", "MySQL allows no more than 32"),
    (user(databases=["my-shop"]), "users[0].databases[0]", "would need quotes, which the operator does not write"),
    (user(grants=["SELECT, INSERT"]), "users[0].grants[0]", "is not a privilege; write such as SELECT"),
    (
        user(databases=["orders"], grants=["SELECT", "reload"]),
        "users[0].grants[1]",
        "holds for the whole server and cannot be given on a database",
    ),
    (user(hosts=["a\\b"]), "users[0].hosts[0]", "is not a host pattern of MySQL"),
    (user(grant_option=True), "users[0].grant_option", "has nothing to pass on; add grants"),
    (user(roles=[{"name": "read", "database": "x"}]), "users[0].roles", "that is MongoDB's"),
    # Certificates and encryption
    ({"tls": {"certificate_lifetime": "1200d"}}, "tls.certificate_lifetime", "longer than the authority's own, 1095d"),
    (
        {"tls": {"certificate_lifetime": "1d", "authority_lifetime": "30d"}},
        "tls.authority_lifetime",
        "30d is not more than the 730h before its end at which it is renewed",
    ),
    ({"tls": {"internal_secret": "x"}}, "tls.internal_secret", "give both"),
    ({"tls": {"secret": "x", "names": ["a.b"]}}, "tls.names", 'no effect on a ready-made certificate, "x"'),
    ({"encryption": {"provider": "secret"}}, "encryption.provider", "write provider vault"),
    (
        {"encryption": {"provider": "vault", "vault": {**VAULT, "path": "x"}}},
        "encryption.vault.path",
        "give each database a mount of its own",
    ),
    (
        {"encryption": {"provider": "vault", "vault": {**VAULT, "mount": 'a"b'}}},
        "encryption.vault.mount",
        "would break the keyring's configuration",
    ),
    ({"audit": True}, "audit", "install component_audit_log_filter by SQL"),
    ({"observability": {"pmm": {"server": "pmm", "secret": "x"}}}, "observability.pmm.secret", "key pmmservertoken"),
    ({"pods": {"labels": {"app.kubernetes.io/name": "x"}}}, "pods.labels.app.kubernetes.io/name", "finds its pods"),
    # Backups
    ({"backup": backup(main={"type": "gcs", "bucket": "b"})}, "backup.storages.main.type", "storage.googleapis.com"),
    ({"backup": backup(main={"type": "volume"})}, "backup.storages.main.size", "is required for type volume; add it"),
    ({"backup": backup(main={**VOLUME, "claim": "x"})}, "backup.storages.main.claim", "write size"),
    ({"backup": backup(main={**S3, "bucket": "a/b"})}, "backup.storages.main.bucket", "the path as prefix"),
    ({"backup": backup(main={**S3, "encryption_key": "x"})}, "backup.storages.main.encryption_key", "bucket encrypt"),
    ({"backup": backup(main={**S3, "storage_class": "X"})}, "backup.storages.main.storage_class", "not passed on"),
    (
        {"backup": backup(main={**S3, "path_style": True, "endpoint": "https://minio.example.com/path"})},
        "backup.storages.main.endpoint",
        "which path_style makes the operator take for the bucket",
    ),
    (
        {"backup": backup(main={"type": "azure", "bucket": "b"})},
        "backup.storages.main.credentials",
        "is required for type azure, because its operator takes no cloud identity there",
    ),
    ({"backup": backup(main={**AZURE, "path_style": True})}, "backup.storages.main.path_style", "is for type s3"),
    ({"backup": {**backup(main=VOLUME), "pitr": {}}}, "backup.pitr", "logs are shipped to buckets only"),
    ({"backup": {**backup(main=KEYLESS), "pitr": {}}}, "backup.pitr", "the log shipper takes no cloud identity"),
    (
        {"backup": {**backup(main=S3, near=VOLUME), "pitr": {"storage": "near"}}},
        "backup.pitr.storage",
        '"near" is a volume',
    ),
    (
        {"backup": backup(**{"main": S3, "main-logs": {**S3, "bucket": "other"}})},
        "backup.storages.main-logs",
        'is the name of the storage that logs of "main" go to',
    ),
    ({"backup": backup(**{"m" * 60: S3})}, f"backup.storages.{'m' * 60}", "shorten it to at most 58"),
    (
        {"backup": {**backup(main=S3), "schedules": [{"name": "n" * 58, "cron": "0 1 * * *"}]}},
        "backup.schedules[0].name",
        "it becomes part of a label; shorten it to at most 57",
    ),
    (
        {"backup": {**backup(main=S3), "schedules": [{"name": "i", "cron": "0 1 * * *", "type": "incremental"}]}},
        "backup.schedules[0].type",
        "its operator makes full backups only",
    ),
    (
        {"backup": {**backup(main=KEYLESS), "delete_from_storage": True}},
        "backup.delete_from_storage",
        'needs credentials in storage "main": the operator deletes with its keys',
    ),
    (
        {"backup": {**backup(main=S3), "pitr": {"resources": {"cpu": "1"}}}},
        "backup.pitr.resources.memory",
        "the operator sizes a buffer by it and fails without; add it",
    ),
    ({"deletion_protection": False, "deletion": {"backups": "delete"}}, "deletion.backups", "write retain and delete"),
    # Starting from a backup
    ({**source(), "credentials": {}}, "credentials.secret", "the source's passwords come back with its data"),
    (source(backup=None), "data_source.backup", "is required; write the backup's folder"),
    (source(backup="a b"), "data_source.backup", '"a b" is not the folder of a backup'),
    (source(path="/shop/"), "data_source.path", "with no slash at its ends"),
    ({**source(), "name": "a" * 22}, "name", "the job of its restore bears it twice; shorten it to at most 21"),
    (source(gtid="abc:1-5"), "data_source.gtid", '"abc:1-5" is not one transaction'),
    (source(pitr_storage="main"), "data_source.pitr_storage", "add at or gtid"),
    (source({"main": KEYLESS}), "data_source.storage", "the operator looks for backups with its keys only"),
    (
        source({"main": S3, "logs": {**KEYLESS, "bucket": "logs"}}, at="latest", pitr_storage="logs"),
        "data_source.pitr_storage",
        "what replays logs takes no cloud identity",
    ),
    (
        source({"main": S3, "far": AZURE}, gtid=TRANSACTION, pitr_storage="far"),
        "data_source.pitr_storage",
        '"far" is of type azure and the backup of type s3',
    ),
    (source(lsn="0/16B3748"), "data_source.lsn", "that is PostgreSQL's"),
]


@pytest.mark.parametrize(("args", "path", "words"), REFUSED, ids=[f"{path} {words[:30]}" for _, path, words in REFUSED])
def test_what_the_operator_would_find_too_late_is_refused_in_one_sentence(args, path, words):
    found = problems(**args)
    assert list(found) == [path]
    assert words in found[path]
    assert ";" in found[path] or "(" in found[path] or "," in found[path]


@pytest.mark.parametrize("shape", FULL)
def test_a_full_specification_has_no_problem(shape):
    assert problems(**FULL[shape]) == {}


def test_templates_need_a_memory_limit_that_the_size_gives_by_itself():
    assert problems(parameters={"innodb_buffer_pool_size": "{{containerMemoryLimit / 2}}"}) == {}
    assert problems(proxy={"configuration": "maxconn {{containerMemoryLimit}}"}) == {}


def test_the_profile_dev_takes_one_replica_behind_one_proxy():
    assert problems(profile="dev", replicas=1, proxy={"replicas": 1}) == {}


def test_keyless_backups_are_taken_where_no_log_is_shipped():
    assert problems(backup=backup(main=KEYLESS)) == {}
    assert problems(backup={**backup(main=KEYLESS), "pitr": {"enabled": False}}) == {}
