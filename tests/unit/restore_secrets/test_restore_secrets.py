"""Which Secrets a restore into an empty Kubernetes cluster needs, where they are kept, and how they come back."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.bootstrap.restore_secrets.kept import RestoreSecrets
from dbaas_components.bootstrap.restore_secrets.restored import RestoredSecrets
from dbaas_components.bootstrap.restore_secrets.secrets import needed_secrets
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import Graph, evaluate
from dbaas_components.labels import COST_CENTRE, OWNER

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
STORE = {"name": "far"}
S3 = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "bucket-keys"}
VAULT = {"address": "https://vault.example.com:8200", "mount": "keyring"}
IN_VAULT = {"provider": "vault", "vault": VAULT}


def needed(engine: str, name: str = "orders", **more: Any) -> dict[str, str]:
    spec = parse_database(name, {"engine": engine, "namespace": "shop", "backup": {"storages": {"main": S3}}, **more})
    return {one.role: one.secret for one in needed_secrets(spec)}


def test_mysql_needs_its_system_users_its_keyring_and_its_bucket() -> None:
    for engine in ("pxc", "ps"):
        assert needed(engine, encryption=IN_VAULT) == {
            "users": "orders-secrets",
            "encryption": "orders-vault",
            "storage-main": "bucket-keys",
        }


def test_a_key_that_backups_are_encrypted_with_is_needed() -> None:
    backup = {"storages": {"main": S3}, "encryption_key": {"secret": "backup-key", "key": "encryptionKey"}}
    assert needed("ps", backup=backup)["backup-encryption"] == "backup-key"


@pytest.mark.parametrize(
    ("encryption", "secret"),
    [
        ({}, "orders-mongodb-encryption-key"),
        ({"encryption": {"provider": "secret", "secret": "mine"}}, "mine"),
        ({"encryption": {"provider": "none"}}, None),
    ],
)
def test_mongodb_needs_the_key_of_its_data_files_also_where_its_operator_made_it(
    encryption: dict[str, Any], secret: str | None
) -> None:
    assert needed("psmdb", **encryption).get("encryption") == secret


def test_users_with_secrets_of_their_own_are_needed_each() -> None:
    user = {"name": "app", "password": {"secret": "app-password", "key": "password"}}
    assert needed("pxc", users=[user])["user-app"] == "app-password"
    assert needed("pg", users=[{"name": "app"}, {"name": "reports"}]) == {
        "user-app": "orders-pguser-app",
        "user-reports": "orders-pguser-reports",
        "storage-main": "bucket-keys",
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_the_role_of_a_secret_is_the_same_under_every_name_of_database(engine: str) -> None:
    users: dict[str, Any] = {"users": [{"name": "app"}]} if engine == "pg" else {}
    assert list(needed(engine, **users)) == list(needed(engine, "copy", **users))


def databases(name: str = "orders", **more: Any) -> dict[str, Any]:
    return {name: {"engine": "pg", "namespace": "shop", "owner": "shop-team", "users": [{"name": "app"}], **more}}


def kept(**more: Any) -> Graph:
    args: Any = {"ownership": OWNERSHIP, "store": STORE, "databases": databases(), **more}
    return evaluate(lambda: RestoreSecrets("keep", args))


def restored(**more: Any) -> Graph:
    args: Any = {"ownership": OWNERSHIP, "store": STORE, "databases": databases("copy"), **more}
    return evaluate(lambda: RestoredSecrets("back", args))


def test_a_whole_secret_is_kept_under_a_path_of_its_own_and_stays_there() -> None:
    push = kept().one("PushSecret").inputs
    assert push["metadata"]["namespace"] == "shop"
    assert push["metadata"]["labels"][OWNER] == "shop-team"
    assert push["metadata"]["labels"][COST_CENTRE] == "4711"
    assert push["spec"] == {
        "refreshInterval": "1h",
        "updatePolicy": "Replace",
        "deletionPolicy": "None",
        "secretStoreRefs": [{"name": "far", "kind": "ClusterSecretStore"}],
        "selector": {"secret": {"name": "orders-pguser-app"}},
        "data": [{"match": {"remoteRef": {"remoteKey": "restore/shop/orders/user-app"}}}],
    }


def test_it_comes_back_once_under_the_name_that_the_new_database_reads() -> None:
    pull = restored(sources={"copy": "shop/orders"}).one("ExternalSecret").inputs["spec"]
    assert pull["refreshPolicy"] == "CreatedOnce"
    assert pull["target"] == {"name": "copy-pguser-app", "creationPolicy": "Orphan", "deletionPolicy": "Retain"}
    # Nothing of where the old one was.
    assert {one["secretKey"] for one in pull["data"]} == {"password", "verifier"}
    assert {one["remoteRef"]["key"] for one in pull["data"]} == {"restore/shop/orders/user-app"}


def test_other_engines_take_back_the_whole_secret() -> None:
    graph = restored(databases={"copy": {"engine": "pxc", "namespace": "shop"}}, sources={"copy": "shop/orders"})
    assert graph.one("ExternalSecret").inputs["spec"]["dataFrom"] == [{"extract": {"key": "restore/shop/orders/users"}}]


def test_bad_arguments_are_told_at_once() -> None:
    with pytest.raises(SpecError, match="is empty; write at least one database"):
        kept(databases={})
    with pytest.raises(SpecError, match=r"databases\.orders\.namespace"):
        kept(databases={"orders": {"engine": "pxc"}})
    with pytest.raises(SpecError, match=r"sources\.other"):
        restored(sources={"other": "shop/orders"})
    with pytest.raises(SpecError, match="prefix"):
        kept(prefix="/restore/")
