"""How to connect: endpoints, URIs, Secrets and the authority, for each shape."""

from __future__ import annotations

from typing import Any

from dbaas_components.databases.composition import Connections, connections
from dbaas_components.databases.pg import ENGINE
from dbaas_components.databases.spec import parse_database


def connected(**args: Any) -> Connections:
    return connections(parse_database("orders", {"engine": "pg", "namespace": "shop", **args}))


def keys(**args: Any) -> tuple[str, set[str]]:
    found = ENGINE.system_users(parse_database("orders", {"engine": "pg", "namespace": "shop", **args}))
    return found.secret, set(found.keys)


def test_writes_go_through_the_pooler_and_administration_past_it():
    assert connected().endpoints == {
        "write": "orders-pgbouncer.shop.svc:5432",
        "read": "orders-replicas.shop.svc:5432",
        "admin": "orders-primary.shop.svc:5432",
        "internal": "orders-pods.shop.svc:5432",
    }


def test_without_a_pooler_writes_go_to_the_primary():
    assert connected(proxy={"type": "none"}).endpoints["write"] == "orders-primary.shop.svc:5432"


def test_a_single_instance_reads_where_it_writes_and_one_more_set_ends_that():
    assert connected(profile="dev").endpoints["read"] == "orders-pgbouncer.shop.svc:5432"
    more = connected(profile="dev", instance_sets=[{"name": "b"}])
    assert more.endpoints["read"] == "orders-replicas.shop.svc:5432"


def test_uris_are_complete_but_for_the_password():
    assert connected().uris["write"] == "postgresql://orders@orders-pgbouncer.shop.svc:5432/orders?sslmode=verify-full"
    named = connected(users=[{"name": "app", "databases": ["shop", "other"]}, {"name": "b"}])
    assert named.uris["admin"] == "postgresql://app@orders-primary.shop.svc:5432/shop?sslmode=verify-full"
    assert connected(databases=["a"]).uris["read"].endswith("/a?sslmode=verify-full")
    assert (
        connected(users=[{"name": "app"}])
        .uris["read"]
        .endswith("app@orders-replicas.shop.svc:5432/postgres?sslmode=verify-full")
    )


def test_a_pods_name_is_checked_only_where_the_certificate_bears_it():
    assert connected().uris["internal"].endswith("sslmode=verify-ca")
    signed = connected(tls={"issuer": {"name": "ca", "kind": "ClusterIssuer"}})
    assert signed.uris["internal"].endswith("sslmode=verify-full")


def test_credentials_and_authority_are_references():
    assert connected().credentials == "shop/orders-pguser-orders/password"
    assert connected(users=[{"name": "app"}]).credentials == "shop/orders-pguser-app/password"
    assert connected(users=[{"name": "app", "secret": "login"}]).credentials == "shop/login/password"
    assert connected().ca == "shop/orders-cluster-cert/ca.crt"
    assert connected(tls={"issuer": {"name": "ca", "kind": "Issuer"}}).ca == "shop/orders-server-tls/ca.crt"
    assert connected(tls={"secret": "a", "internal_secret": "b"}).ca == "shop/a/ca.crt"


def test_the_owners_secret_has_every_key_that_the_operator_fills():
    plain = {"user", "password", "verifier", "host", "port", "dbname", "uri", "jdbc-uri"}
    pooled = {"pgbouncer-host", "pgbouncer-port", "pgbouncer-uri", "pgbouncer-jdbc-uri"}
    assert keys() == ("orders-pguser-orders", plain | pooled)
    assert keys(proxy={"type": "none"}) == ("orders-pguser-orders", plain)
    # Without a database there is nothing to make a URI of.
    assert keys(users=[{"name": "app"}]) == (
        "orders-pguser-app",
        {"user", "password", "verifier", "host", "port", "pgbouncer-host", "pgbouncer-port"},
    )
