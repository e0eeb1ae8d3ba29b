"""Where a ps is reached, who may reach it, and where its secrets are."""

from __future__ import annotations

import json
import re

import pytest

from dbaas_components.databases.composition import connections
from dbaas_components.databases.spec import parse_database
from tests.unit.ps.examples import FULL
from tests.unit.ps.rendered import PS, database, manifests, of_kind


def test_the_secret_for_vault_is_text_for_8_0_and_json_for_8_4():
    found = [one for one in manifests("group-haproxy") if one["kind"] == "ExternalSecret"]
    (secret,) = [one["spec"] for one in found if one["metadata"]["name"] == "orders-keyring"]
    template = secret["target"]["template"]["data"]
    assert json.loads(template["keyring_vault.cnf"]) == {
        "token": "{{ .token }}",
        "vault_url": "https://vault.example.com:8200",
        "secret_mount_point": "ps-orders",
        "vault_ca": "/etc/mysql/vault-keyring-secret/ca.cert",
    }
    assert template["ca.cert"] == "{{ .ca }}"
    assert [(one["secretKey"], one["remoteRef"]) for one in secret["data"]] == [
        ("token", {"key": "shop/orders/keyring", "property": "token"}),
        ("ca", {"key": "shop/orders/keyring", "property": "ca"}),
    ]
    assert database("group-haproxy")["mysql"]["vaultSecretName"] == "orders-keyring"

    older = of_kind("ExternalSecret", manifests("group-router"))["spec"]
    assert older["target"]["template"]["data"] == {
        "keyring_vault.cnf": "token = {{ .token }}\n"
        "vault_url = https://vault.example.com:8200\n"
        "secret_mount_point = ps-orders"
    }
    assert [one["secretKey"] for one in older["data"]] == ["token"]
    assert database("group-router")["mysql"]["vaultSecretName"] == older["target"]["name"] == "orders-vault"


def test_the_users_secret_is_delivered_with_every_key_that_the_operator_fills_and_the_token_of_pmm():
    found = [one for one in manifests("group-haproxy") if one["kind"] == "ExternalSecret"]
    (secret,) = [one["spec"] for one in found if one["metadata"]["name"] == "orders-users"]
    users = {"root", "operator", "monitor", "xtrabackup", "replication", "orchestrator", "heartbeat", "clusterset"}
    assert {one["secretKey"] for one in secret["data"]} == {*users, "pmmservertoken"}
    assert database("group-haproxy")["secretsName"] == "orders-users"
    without = PS.system_users(parse_database("orders", FULL["group-router"]))
    assert (without.secret, set(without.keys)) == ("orders-passwords", users)


def test_endpoints_and_uris_of_haproxy_and_router():
    found = connections(parse_database("orders", FULL["group-haproxy"]))
    assert found.endpoints == {
        "write": "orders-haproxy.shop:3306",
        "read": "orders-haproxy.shop:3307",
        "admin": "orders-mysql-primary.shop:33062",
        "internal": "orders-mysql.shop:3306",
    }
    # The certificate bears the primary's names, and those that were asked for.
    assert found.uris["write"] == "mysql://root@orders-haproxy.shop:3306/?ssl-mode=VERIFY_IDENTITY"
    assert found.uris["admin"] == "mysql://root@orders-mysql-primary.shop:33062/?ssl-mode=VERIFY_IDENTITY"
    assert found.uris["internal"] == "mysql://root@orders-mysql.shop:3306/?ssl-mode=VERIFY_CA"
    assert (found.credentials, found.ca) == ("shop/orders-users/root", "shop/orders-ssl/ca.crt")
    routed = connections(parse_database("orders", FULL["group-router"]))
    assert (routed.endpoints["write"], routed.endpoints["read"]) == (
        "orders-router.shop:3306",
        "orders-router.shop:6447",
    )
    assert set(routed.uris.values()) == {
        f"mysql://root@{address}/?ssl-mode=VERIFY_CA" for address in routed.endpoints.values()
    }
    assert routed.ca == "shop/orders-certificate/ca.crt"
    single = connections(parse_database("orders", FULL["single"])).endpoints
    assert single["read"] == single["write"] == "orders-haproxy.shop:3306"


def test_the_network_lets_backup_pods_reach_the_servers():
    """Their labels name the backup and not the database, so that they count as clients."""
    policy = of_kind("NetworkPolicy", manifests("group-haproxy"))["spec"]
    (clients,) = [rule for rule in policy["ingress"] if {"podSelector": {}} in rule["from"]]
    assert {"protocol": "TCP", "port": 6450} in clients["ports"]


@pytest.mark.parametrize("shape", FULL)
def test_no_secret_is_rendered_only_where_it_is(shape):
    found = manifests(shape)
    assert not [one for one in found if one["kind"] == "Secret"]
    text = json.dumps(found)
    assert re.findall(r'\\"token\\": \\"(?!\{\{ \.token \}\})', text) == []
    assert re.findall(r"token = (?!\{\{ \.token \}\})", text) == []
    uris = connections(parse_database("orders", FULL[shape])).uris
    assert all(re.fullmatch(r"mysql://root@[^@]*", uri) for uri in uris.values())
