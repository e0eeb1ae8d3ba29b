"""Repositories, retention, schedules and restores, in pgBackRest's words."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.databases.pg import ENGINE
from dbaas_components.databases.spec import parse_database
from tests.unit.pg.examples import FULL

BUCKET = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "keys"}


def spec_of(name: str) -> dict[str, Any]:
    return ENGINE.render(parse_database("orders", FULL[name]))["spec"]


def pgbackrest(storages: dict[str, Any], **backup: Any) -> dict[str, Any]:
    args = {"engine": "pg", "namespace": "shop", "backup": {"storages": storages, **backup}}
    return ENGINE.render(parse_database("orders", args))["spec"]["backups"]["pgbackrest"]


def restored(**source: Any) -> dict[str, Any]:
    args = {
        "engine": "pg",
        "namespace": "shop",
        "backup": {"storages": {"main": BUCKET}},
        "data_source": {"storage": "main", "path": "shop/old/1", **source},
    }
    return ENGINE.render(parse_database("orders", args))["spec"]["dataSource"]["pgbackrest"]


def test_each_kind_of_storage_is_a_repository_of_its_kind():
    repos = spec_of("pooled")["backups"]["pgbackrest"]["repos"]
    assert repos == [
        {
            "name": "repo1",
            "schedules": {"full": "0 1 * * 0", "differential": "0 1 * * 1-6", "incremental": "30 * * * *"},
            "s3": {"bucket": "backups", "endpoint": "minio.example.com:9000", "region": "eu-central-1"},
        },
        {"name": "repo2", "schedules": {"full": "0 2 1 * *"}, "gcs": {"bucket": "backups-two"}},
        {"name": "repo3", "azure": {"container": "backups-three"}},
        {
            "name": "repo4",
            "volume": {
                "volumeClaimSpec": {
                    "storageClassName": "cold-hdd",
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "500Gi"}},
                }
            },
        },
    ]


def test_buckets_and_retention_are_options_of_pgbackrest():
    assert spec_of("pooled")["backups"]["pgbackrest"]["global"] == {
        "repo1-path": "/shop/orders/first",
        "repo1-s3-uri-style": "path",
        "repo1-storage-verify-tls": "n",
        "repo1-storage-ca-file": "/etc/pgbackrest/conf.d/repo1-ca.crt",
        "repo1-s3-kms-key-id": "arn:aws:kms:eu-central-1:111122223333:key/1234",
        "repo1-retention-full": "4",
        "repo1-retention-full-type": "count",
        "repo1-retention-diff": "6",
        "repo2-path": "/shop/orders/2",
        "repo2-gcs-endpoint": "storage.example.com",
        "repo2-gcs-key": "/etc/pgbackrest/conf.d/gcs-key.json",
        "repo2-retention-full": "90",
        "repo2-retention-full-type": "time",
        "repo3-path": "/shop/orders/2",
        "repo3-azure-uri-style": "path",
        "repo3-azure-endpoint": "blob.example.com",
        # A schedule that does not run keeps its retention: backups made by hand count too.
        "repo4-retention-full": "2",
        "repo4-retention-full-type": "count",
    }


def test_credentials_and_authorities_are_files_of_secrets():
    assert spec_of("pooled")["backups"]["pgbackrest"]["configuration"] == [
        {"secret": {"name": "backup-keys"}},
        {"secret": {"name": "azure-keys"}},
        {"secret": {"name": "minio-ca", "items": [{"key": "ca.crt", "path": "repo1-ca.crt"}]}},
    ]


def test_without_credentials_the_pods_own_identity_is_used():
    spec = spec_of("direct")
    options = spec["backups"]["pgbackrest"]["global"]
    assert options["repo1-s3-key-type"] == "web-id"
    assert options["repo2-gcs-key-type"] == "auto"
    assert "configuration" not in spec["backups"]["pgbackrest"]
    assert spec["backups"]["pgbackrest"]["repos"][0]["s3"]["endpoint"] == "s3.eu-west-1.amazonaws.com"
    assert spec["metadata"] == {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/backups"}}


def test_backup_pods_have_their_resources_and_retries():
    found = spec_of("pooled")["backups"]["pgbackrest"]
    resources = {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "2Gi"}}
    assert found["jobs"] == {"resources": resources, "backoffLimit": 3}
    assert found["repoHost"] == {"resources": resources}


def test_another_incarnation_writes_elsewhere():
    args = {"engine": "pg", "namespace": "shop", "backup": {"storages": {"main": BUCKET}}}
    paths = {
        ENGINE.render(parse_database("orders", {**args, "incarnation": life}))["spec"]["backups"]["pgbackrest"][
            "global"
        ]["repo1-path"]
        for life in (1, 2)
    }
    assert paths == {"/shop/orders/1", "/shop/orders/2"}


def test_a_storage_that_is_called_as_a_repository_keeps_its_number():
    volume = {"type": "volume", "size": "30Gi"}
    assert [repo["name"] for repo in pgbackrest({"main": BUCKET, "repo1": volume})["repos"]] == ["repo2", "repo1"]
    assert [repo["name"] for repo in pgbackrest({"repo3": volume, "main": BUCKET})["repos"]] == ["repo3", "repo1"]
    assert [repo["name"] for repo in pgbackrest({"main": BUCKET})["repos"]] == ["repo1"]


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ({}, ["--type=immediate"]),
        ({"backup": "20261120-010000F"}, ["--set=20261120-010000F", "--type=immediate"]),
        ({"at": "latest"}, None),
        ({"at": "2026-11-20T03:00:00Z"}, ["--type=time", '--target="2026-11-20 03:00:00+00:00"']),
        ({"at": "2026-11-20T03:00:00.250+01:00"}, ["--type=time", '--target="2026-11-20 03:00:00.250+01:00"']),
        ({"lsn": "0/16B3748"}, ["--type=lsn", '--target="0/16B3748"']),
    ],
)
def test_a_restore_says_where_to_begin_and_how_far_to_go(source, options):
    assert restored(**source).get("options") == options


def test_a_restore_reads_the_other_databases_path_and_writes_its_own():
    spec = spec_of("direct")
    assert spec["dataSource"]["pgbackrest"] == {
        "stanza": "db",
        "repo": {"name": "repo2", "gcs": {"bucket": "backups-two"}},
        "global": {"repo2-path": "/shop/old-orders/3", "repo2-gcs-key-type": "auto"},
        "options": [
            "--set=20261119-010000F_20261120-010000D",
            "--type=time",
            '--target="2026-11-20 03:00:00+01:00"',
        ],
    }
    assert spec["backups"]["pgbackrest"]["global"]["repo2-path"] == "/shop/orders/1"


def test_the_restores_job_has_the_storages_secret_and_may_run_where_an_instance_may():
    found = restored()
    assert found["configuration"] == [{"secret": {"name": "keys"}}]
    args = {
        "engine": "pg",
        "namespace": "shop",
        "zones": ["eu-1a"],
        "pods": {"priority": "high", "tolerations": [{"key": "db"}], "node_labels": {"pool": "db"}},
        "backup": {"storages": {"main": BUCKET}, "resources": {"memory": "1Gi"}},
        "data_source": {"storage": "main", "path": "shop/old/1"},
    }
    job = ENGINE.render(parse_database("orders", args))["spec"]["dataSource"]["pgbackrest"]
    assert job["priorityClassName"] == "high"
    assert job["tolerations"] == [{"key": "db", "operator": "Exists"}]
    assert list(job["affinity"]) == ["nodeAffinity"]
    assert job["resources"]["requests"] == {"memory": "1Gi"}
