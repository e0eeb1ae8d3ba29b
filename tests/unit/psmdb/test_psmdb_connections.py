"""Where clients connect, as which user, and which fields and keys are the operator's."""

from __future__ import annotations

from typing import Any

from dbaas_components.databases.composition import connections
from dbaas_components.databases.operator_owned import owned_paths
from dbaas_components.databases.psmdb import ENGINE
from dbaas_components.databases.spec import DatabaseSpec, parse_database


def parsed(**args: Any) -> DatabaseSpec:
    return parse_database("orders", {"engine": "psmdb", "namespace": "shop", **args})


def test_a_replica_set_is_reached_through_its_members():
    found = connections(parsed())
    host = "orders-rs0.shop.svc.cluster.local:27017"
    assert dict(found.endpoints) == dict.fromkeys(("write", "read", "admin", "internal"), host)
    options = "authSource=admin&tls=true&replicaSet=rs0"
    assert found.uris["write"] == f"mongodb://databaseAdmin@{host}/admin?{options}"
    assert found.uris["read"] == f"{found.uris['write']}&readPreference=secondaryPreferred"
    assert found.uris["admin"] == found.uris["internal"] == found.uris["write"]


def test_a_single_replica_is_read_where_it_is_written():
    uris = connections(parsed(profile="dev")).uris
    assert uris["read"] == uris["write"]


def test_shards_are_reached_through_mongos_and_each_also_by_itself():
    found = connections(parsed(sharding={"shards": 2}))
    suffix = "shop.svc.cluster.local:27017"
    assert dict(found.endpoints) == {
        "write": f"orders-mongos.{suffix}",
        "read": f"orders-mongos.{suffix}",
        "admin": f"orders-mongos.{suffix}",
        "internal": f"orders-rs0.{suffix}",
        "rs0": f"orders-rs0.{suffix}",
        "rs1": f"orders-rs1.{suffix}",
        "cfg": f"orders-cfg.{suffix}",
    }
    assert "replicaSet" not in found.uris["write"]
    assert found.uris["rs1"].endswith("replicaSet=rs1")
    assert found.uris["cfg"].endswith("replicaSet=cfg")
    assert found.uris["internal"].endswith("replicaSet=rs0")


def test_the_replica_sets_own_name_is_in_host_and_uri():
    found = connections(parsed(replica_set="main"))
    assert found.hosts["write"] == "orders-main.shop.svc.cluster.local"
    assert "replicaSet=main" in found.uris["write"]


def test_no_uri_holds_a_password():
    for uri in connections(parsed(sharding={})).uris.values():
        assert uri.startswith("mongodb://databaseAdmin@")


def test_the_secrets_that_outputs_speak_of_are_those_that_are_used():
    assert connections(parsed()).credentials == "shop/orders-secrets/MONGODB_DATABASE_ADMIN_PASSWORD"
    own = connections(parsed(credentials={"secret": "passwords"}, tls={"secret": "certificate"}))
    assert own.credentials == "shop/passwords/MONGODB_DATABASE_ADMIN_PASSWORD"
    assert own.ca == "shop/certificate/ca.crt"
    issued = connections(parsed(tls={"issuer": {"name": "company", "kind": "Issuer"}}))
    assert issued.ca == "shop/orders-tls/ca.crt"


def test_the_system_users_are_all_that_the_operator_knows():
    """PSMDB operator 1.22.0 fills in exactly these; it never makes the token for PMM."""
    keys = {
        f"MONGODB_{user}_{part}"
        for user in ("BACKUP", "CLUSTER_ADMIN", "CLUSTER_MONITOR", "DATABASE_ADMIN", "USER_ADMIN")
        for part in ("USER", "PASSWORD")
    }
    assert set(ENGINE.system_users(parsed()).keys) == keys
    pmm = parsed(observability={"pmm": {"server": "pmm.example.com"}})
    assert set(ENGINE.system_users(pmm).keys) == keys | {"PMM_SERVER_TOKEN"}
    assert ENGINE.system_users(parsed(credentials={"secret": "x"})).secret == "x"


def test_sizes_are_the_operators_once_it_grows_volumes():
    assert list(ENGINE.features(parsed())) == []
    growing = parsed(storage={"size": "9Gi", "autoscale": {"max_size": "1Ti"}})
    assert list(ENGINE.features(growing)) == ["storage_autoscaling"]
    volume = "volumeSpec.persistentVolumeClaim.resources.requests.storage"
    owned = owned_paths("psmdb", ENGINE.features(growing))
    assert f"spec.replsets[*].{volume}" in owned
    assert f"spec.sharding.configsvrReplSet.{volume}" in owned
    # The operator looks for a container that hidden members do not have: it never grows their volumes.
    assert not any("hidden" in path or "nonvoting" in path for path in owned)


def test_every_service_name_fits_at_the_longest_names():
    longest = ENGINE.name_limit.characters
    for args in ({"name": "a" * longest}, {"name": "a" * 45, "sharding": {"shards": 10}}):
        for service in ENGINE.endpoints(parsed(**args)).values():
            assert len(service.service) <= 63
