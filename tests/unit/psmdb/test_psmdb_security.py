"""Encryption, certificates and passwords of MongoDB databases, as the PSMDB operator 1.22.0 reads them."""

from __future__ import annotations

from dbaas_components.databases.composition import compose
from dbaas_components.databases.psmdb import ENGINE
from dbaas_components.databases.spec import parse_database
from tests.unit.psmdb.examples import FULL
from tests.unit.psmdb.rendered import full, objects, rendered, settings


class TestEncryption:
    def test_each_replica_set_has_a_path_of_its_own_in_vault(self):
        vault = {"address": "https://vault.example.com", "mount": "kv"}
        spec = rendered(sharding={"shards": 2}, encryption={"provider": "vault", "vault": vault})
        files = [one["configuration"] for one in spec["replsets"]]
        files.append(spec["sharding"]["configsvrReplSet"]["configuration"])
        assert [settings(file)["security"]["vault"]["secret"] for file in files] == [
            "kv/data/shop/orders/rs0",
            "kv/data/shop/orders/rs1",
            "kv/data/shop/orders/cfg",
        ]
        assert spec["secrets"]["vault"] == "orders-vault"
        assert "configuration" not in spec["sharding"]["mongos"], "it keeps no data"

    def test_the_server_finds_vault_its_token_and_its_authority(self):
        security = settings(full("replica-set")["replsets"][0]["configuration"])["security"]
        assert security == {
            "enableEncryption": True,
            "vault": {
                "serverName": "vault.example.com",
                "port": 8200,
                "tokenFile": "/etc/mongodb-vault/token",
                "secret": "databases/data/shop/orders/main",
                "serverCAFile": "/etc/mongodb-vault/ca.crt",
            },
        }
        assert "serverCAFile" not in settings(full("restored")["replsets"][0]["configuration"])["security"]["vault"]
        public = {"address": "https://vault.example.com", "mount": "kv", "authority": False}
        spec = rendered(encryption={"provider": "vault", "vault": public})
        vault = settings(spec["replsets"][0]["configuration"])["security"]["vault"]
        assert vault["port"] == 443
        assert "serverCAFile" not in vault

    def test_the_token_comes_from_a_store_in_the_keys_that_the_server_reads(self):
        (secret,) = objects("replica-set", "ExternalSecret")
        assert secret["spec"]["target"]["name"] == "orders-vault-token"
        assert {entry["secretKey"]: entry["remoteRef"] for entry in secret["spec"]["data"]} == {
            "token": {"key": "shop/orders/vault", "property": "token"},
            "ca.crt": {"key": "shop/orders/vault", "property": "ca"},
        }

    def test_a_key_in_a_secret_or_none(self):
        assert full("sharded")["secrets"]["encryptionKey"] == "orders-key"
        spec = full("sharded-development")
        for group in (spec["replsets"][0], spec["sharding"]["configsvrReplSet"]):
            assert settings(group["configuration"]) == {"security": {"enableEncryption": False}}
        assert "encryptionKey" not in rendered()["secrets"], "the operator has a name for it"

    def test_the_keys_secret_of_a_long_name_fits_the_volume_that_is_called_after_it(self):
        for length, name in ((40, None), (41, f"{'a' * 41}-encryption-key"), (47, f"{'a' * 47}-encryption-key")):
            spec = parse_database("a" * length, {"engine": "psmdb", "namespace": "shop"})
            secrets = ENGINE.render(spec)["spec"]["secrets"]
            assert secrets.get("encryptionKey") == name
            assert len(secrets.get("encryptionKey", f"{'a' * length}-mongodb-encryption-key")) <= 63


class TestCertificates:
    def test_an_issuer_signs_a_certificate_of_this_library_and_the_operator_is_told_its_secret(self):
        (certificate,) = objects("replica-set", "Certificate")
        spec = full("replica-set")
        assert certificate["metadata"]["namespace"] == "shop"
        assert certificate["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
        assert certificate["spec"]["secretName"] == spec["secrets"]["ssl"] == "orders-tls"
        assert "issuerConf" not in spec["tls"]
        assert certificate["spec"]["issuerRef"] == {
            "name": "company",
            "kind": "ClusterIssuer",
            "group": "cert-manager.io",
        }
        assert certificate["spec"]["duration"] == "720h"
        assert "certValidityDuration" not in spec["tls"]
        # Members accept each other by the organisation, as servers and as clients.
        assert certificate["spec"]["subject"] == {"organizations": ["PSMDB"]}
        assert {"server auth", "client auth"} <= set(certificate["spec"]["usages"])

    def test_the_certificate_has_the_names_under_which_members_and_mongos_are_reached(self):
        issuer = {"name": "own", "kind": "Issuer"}
        arguments = {**FULL["sharded"], "tls": {"issuer": issuer, "names": ["db.example.com", "localhost"]}}
        (certificate,) = [
            one for one in compose(parse_database("orders", arguments)).manifests() if one["kind"] == "Certificate"
        ]
        names = certificate["spec"]["dnsNames"]
        for service in ("orders-rs0", "orders-rs1", "orders-rs2", "orders-cfg", "orders-mongos"):
            assert {service, f"{service}.shop", f"*.{service}.shop.svc.cluster.local"} <= set(names)
        assert names.count("localhost") == 1
        assert names[-1] == "db.example.com"

    def test_ready_made_certificates_are_named_and_nothing_is_made(self):
        secrets = full("sharded")["secrets"]
        assert (secrets["ssl"], secrets["sslInternal"]) == ("orders-certificate", "orders-members")
        assert objects("sharded", "Certificate") == []
        assert ENGINE.ca(parse_database("orders", FULL["sharded"])) == ("orders-certificate", "ca.crt")

    def test_lifetimes_are_in_gos_notation_which_has_no_days(self):
        assert full("sharded-development")["tls"] == {"mode": "preferTLS", "certValidityDuration": "2160h"}
        assert rendered(tls={"certificate_lifetime": "1d90m"})["tls"]["certValidityDuration"] == "25h30m"


def test_no_password_or_key_is_ever_rendered_only_where_it_is():
    """The only Secrets that are written are ExternalSecrets, which hold paths."""
    for shape in FULL:
        for manifest in compose(parse_database("orders", FULL[shape])).manifests():
            assert manifest["kind"] != "Secret", shape
            assert "stringData" not in str(manifest)
    (passwords,) = objects("sharded", "ExternalSecret")
    entries = {entry["secretKey"]: entry["remoteRef"] for entry in passwords["spec"]["data"]}
    assert entries["MONGODB_BACKUP_PASSWORD"] == {
        "key": "shop/orders/passwords",
        "property": "MONGODB_BACKUP_PASSWORD",
    }
    assert len(entries) == 11
    assert entries.keys() == set(ENGINE.system_users(parse_database("orders", FULL["sharded"])).keys)
