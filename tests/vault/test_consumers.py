"""Each consumer may do in a real Vault what it needs, and nothing else."""

from __future__ import annotations

import base64
import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.bootstrap.in_cluster import service, vault_snapshot
from dbaas_components.bootstrap.in_cluster.service import Failed
from dbaas_components.bootstrap.in_cluster.vault_client import Entry, login
from dbaas_components.bootstrap.vault.snapshots import snapshot_job
from tests.buckets.accounts import REGION, client
from tests.vault.conftest import Site, parsed

pytestmark = pytest.mark.vault

KEYS = [
    {"namespace": "shop", "database": "orders", "engine": "pxc"},
    {"namespace": "shop", "database": "ledger", "engine": "ps"},
    {"namespace": "shop", "database": "catalog", "engine": "psmdb"},
    {"namespace": "other", "database": "catalog", "engine": "psmdb"},
]


@pytest.fixture
def filled(site: Site) -> tuple[Site, Any]:
    spec = parsed(
        namespace=site.namespace,
        consumers={
            "keys": KEYS,
            "external_secrets": {"service_account": site.account("external-secrets"), "namespaces": ["shop"]},
            "pmm_tokens": {"service_account": site.account("pmm-tokens"), "databases": ["shop/orders"]},
            "psmdb_users": {"service_account": site.account("psmdb-operator")},
        },
        snapshots={"s3": {"bucket": "backups", "region": REGION, "credentials_secret": "bucket-keys"}},
    )
    site.start(spec)
    site.fill(spec)
    return site, spec


def session(site: Site, spec: Any, role: str, account: str, audience: str | None = "vault") -> str:
    access = site.access(spec, role, account, audience)
    return login(service.Service("Vault", access["address"], access["ca_file"]), access)["X-Vault-Token"]


def statuses(site: Site, token: str, *calls: tuple[str, str, Any]) -> list[int]:
    return [site.call(method, path, token, body)[0] for method, path, body in calls]


VALUE = {"data": {"password": "x"}}


def test_external_secrets_reads_the_entries_of_its_namespaces(filled):
    site, spec = filled
    token = session(site, spec, "external-secrets", "external-secrets")
    # 404: it may look, and nothing is there.
    reading = [("GET", "secret/data/shop/orders/credentials", None), ("GET", "secret/data/other/x", None)]
    assert statuses(site, token, *reading) == [404, 403]
    writing = [("POST", "secret/data/shop/orders/credentials", VALUE), ("GET", "pxc-shop-orders/key", None)]
    assert statuses(site, token, *writing) == [403, 403]
    assert statuses(site, token, ("GET", "sys/policies/acl/dbaas-bootstrap", None)) == [403]


def test_the_job_of_pmms_tokens_writes_the_entries_it_was_given(filled):
    site, spec = filled
    access = site.access(spec, "pmm-tokens", "pmm-tokens")
    vault = service.Service("Vault", access["address"], access["ca_file"])
    entry = Entry(vault, access, "shop/orders/credentials")
    entry.write({"pmmservertoken": "abc"})
    assert entry.read() == {"pmmservertoken": "abc"}
    with pytest.raises(Failed, match="give its policy create, read and update"):
        Entry(vault, access, "shop/catalog/credentials").read()


def test_the_operator_of_psmdb_logs_in_with_the_token_that_every_pod_has(filled):
    site, spec = filled
    token = session(site, spec, "psmdb-operator", "psmdb-operator", None)
    reading = [("GET", "secret/data/psmdb/x/users", None), ("GET", "secret/data/shop/orders/credentials", None)]
    assert statuses(site, token, *reading) == [404, 403]


@pytest.mark.parametrize(
    ("role", "account", "audience"),
    [
        ("external-secrets", "somebody", "vault"),
        ("external-secrets", "external-secrets", None),
        ("dbaas-bootstrap", "external-secrets", "vault"),
        ("psmdb-operator", "somebody", None),
        ("nobody", "external-secrets", "vault"),
    ],
)
def test_nobody_else_is_let_in(filled, role, account, audience):
    site, spec = filled
    with pytest.raises(Failed, match="Vault refuses the login of role"):
        session(site, spec, role, account, audience)


def tokens_of(site: Site, spec: Any) -> dict[str, dict[str, str]]:
    reader = site.access(spec, "dbaas-tokens", "dbaas-tokens")
    vault = service.Service("Vault", reader["address"], reader["ca_file"])
    return {one.name: Entry(vault, reader, one.entry).read() for one in spec.consumers.keys}


def test_each_database_gets_a_token_for_its_own_keys_alone(filled, caplog):
    caplog.set_level("INFO")
    site, spec = filled
    assert site.give_tokens(spec) == []
    found = tokens_of(site, spec)
    assert all(set(entry) == {"token", "ca"} for entry in found.values())
    assert all(entry["ca"] == site.certificate.read_text() for entry in found.values())
    assert not any(entry["token"] in caplog.text for entry in found.values())
    pxc, catalog = found["pxc-shop-orders"]["token"], found["psmdb-shop-catalog"]["token"]
    # The calls of the keyring, and of PXC's backup, which stores a key under the backup's own name.
    own = [
        ("PUT", "pxc-shop-orders/backup/8a94f357-aab4-11df-86ab-c80aa9429562", {"transition_key": "k"}),
        ("GET", "pxc-shop-orders/backup/8a94f357-aab4-11df-86ab-c80aa9429562", None),
        ("PUT", "pxc-shop-orders/INNODBKey-1", {"value": "k"}),
        ("GET", "pxc-shop-orders?list=true", None),
        ("DELETE", "pxc-shop-orders/INNODBKey-1", None),
    ]
    assert statuses(site, pxc, *own) == [204, 200, 204, 200, 204]
    others = [("GET", "ps-shop-ledger/INNODBKey-1", None), ("GET", "mongodb-keys/data/shop/catalog/rs0", None)]
    assert statuses(site, pxc, *others) == [403, 403]
    # mongod writes its key with `data/` in the path, and reads its versions.
    mine = [
        ("POST", "mongodb-keys/data/shop/catalog/rs0", {"data": {"value": "k"}}),
        ("GET", "mongodb-keys/data/shop/catalog/rs0", None),
        ("GET", "mongodb-keys/metadata/shop/catalog/rs0", None),
        ("GET", "mongodb-keys/data/other/catalog/rs0", None),
        ("DELETE", "mongodb-keys/metadata/shop/catalog/rs0", None),
    ]
    assert statuses(site, catalog, *mine) == [200, 200, 200, 403, 403]


def test_external_secrets_brings_the_token_to_where_the_keyring_reads_it(filled):
    site, spec = filled
    site.give_tokens(spec)
    token = session(site, spec, "external-secrets", "external-secrets")
    status, answer = site.call("GET", "secret/data/shop/orders/vault", token)
    assert status == 200
    assert set(answer["data"]["data"]) == {"token", "ca"}


def test_a_token_is_renewed_and_stays_the_same(filled):
    site, spec = filled
    site.give_tokens(spec)
    before = tokens_of(site, spec)
    assert site.give_tokens(spec) == []
    assert tokens_of(site, spec) == before
    token = before["pxc-shop-orders"]["token"]
    _, told = site.call("GET", "auth/token/lookup-self", token)
    assert told["data"]["orphan"] is True
    assert told["data"]["ttl"] > 29 * 86_400
    assert told["data"]["explicit_max_ttl"] == 0
    assert told["data"]["policies"] == ["dbaas-keys-pxc-shop-orders"]


def test_a_token_that_is_refused_is_made_anew_and_it_is_said_that_pods_must_restart(filled, caplog):
    site, spec = filled
    site.give_tokens(spec)
    old = tokens_of(site, spec)["ps-shop-ledger"]["token"]
    admin = parsed(
        namespace=site.namespace,
        consumers={
            **spec.consumers.model_dump(exclude_none=True),
            "roles": [
                {
                    "name": "revoker",
                    "service_accounts": [site.account("revoker")],
                    "rules": [{"path": "auth/token/revoke", "capabilities": ["update"]}],
                }
            ],
        },
        snapshots=spec.snapshots.model_dump(exclude_none=True),
    )
    site.fill(admin)
    assert site.call("POST", "auth/token/revoke", session(site, admin, "revoker", "revoker"), {"token": old})[0] == 204
    caplog.set_level("INFO")
    assert site.give_tokens(spec) == []
    new = tokens_of(site, spec)["ps-shop-ledger"]["token"]
    assert new != old
    assert (
        "ps-shop-ledger: its token was refused; it has a new one, which its pods read when they are restarted"
        in caplog.text
    )


def test_a_snapshot_is_whole_and_one_that_is_not_is_refused(filled, tmp_path):
    site, spec = filled
    access = site.access(spec, "dbaas-snapshot", "dbaas-snapshot")
    target = tmp_path / "vault.snapshot"
    size = vault_snapshot.save(access, target)
    assert size == target.stat().st_size > 10_000
    vault_snapshot.check(target)
    content = bytearray(target.read_bytes())
    target.write_bytes(content[: len(content) // 2])
    with pytest.raises(Failed, match="the snapshot"):
        vault_snapshot.check(target)
    token = session(site, spec, "dbaas-snapshot", "dbaas-snapshot")
    assert statuses(site, token, ("GET", "sys/mounts", None), ("GET", "secret/data/shop/x", None)) == [403, 403]


@pytest.fixture
def told(filled: tuple[Site, Any], server: str, rclone: Path, tmp_path: Path) -> dict[str, Any]:
    """What the Job of the first snapshot is told, with the addresses and places of this machine."""
    site, spec = filled
    configuration = copy.deepcopy(dict(snapshot_job(spec, spec.snapshots).configuration))
    keys = tmp_path / "bucket-keys"
    keys.mkdir()
    (keys / "AWS_ACCESS_KEY_ID").write_text("admin")
    (keys / "AWS_SECRET_ACCESS_KEY").write_text("admin")
    store = configuration["store"]
    store["program"], store["keys"]["folder"] = str(rclone), str(keys)
    store["settings"] |= {"ENDPOINT": server, "FORCE_PATH_STYLE": "true", "PROVIDER": "Other"}
    access, file = site.access(spec, "dbaas-snapshot", "dbaas-snapshot"), str(tmp_path / "vault.snapshot")
    return {**configuration, "vault": access, "file": file, "wait_seconds": 0}


def test_the_first_snapshot_is_in_its_bucket_and_comes_back_whole(told, server, tmp_path, caplog):
    s3 = client(server, "s3")
    s3.create_bucket(Bucket="backups", CreateBucketConfiguration={"LocationConstraint": REGION})
    caplog.set_level("INFO")
    file = tmp_path / "configuration.json"
    file.write_text(json.dumps(told))
    assert vault_snapshot.main([str(file)]) == 0, caplog.text
    (kept,) = s3.list_objects_v2(Bucket="backups")["Contents"]
    assert kept["Key"].startswith("vault/20")
    back = tmp_path / "from-the-bucket"
    back.write_bytes(s3.get_object(Bucket="backups", Key=kept["Key"])["Body"].read())
    vault_snapshot.check(back)
    assert back.read_bytes() == Path(told["file"]).read_bytes()
    assert f"read back: backups/{kept['Key']}, {kept['Size']} bytes" in caplog.text


def test_a_snapshot_that_the_bucket_does_not_take_is_no_snapshot(told):
    told["store"]["bucket"] = "nowhere"
    with pytest.raises(Failed, match=r"^bucket missing: there is no nowhere at "):
        vault_snapshot.run(told)


def test_another_vaults_key_opens_it_and_the_recovery_keys_are_encrypted_for_who_holds_them(
    site, tmp_path, monkeypatch
):
    """The first Vault is a transit server; the second opens itself with it, and its recovery keys are for a person."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg, with which the recovery key of a person is made and read, is not on this machine")
    key, home = person(tmp_path, monkeypatch)
    admin = {"name": "admin", "service_accounts": [site.account("admin")], "rules": TRANSIT_ADMIN}
    outer = parsed(namespace=site.namespace, consumers={"roles": [admin]})
    site.start(outer, "outer")
    site.fill(outer)
    token = session(site, outer, "admin", "admin")
    assert site.call("POST", "sys/mounts/transit", token, {"type": "transit"})[0] == 204
    assert site.call("POST", "transit/keys/unseal", token, {})[0] in {200, 204}
    policy = {"policy": json.dumps({"path": {"transit/+/unseal": {"capabilities": ["update"]}}})}
    assert site.call("PUT", "sys/policies/acl/unseal", token, policy)[0] == 204
    role = {"allowed_policies": ["unseal"], "orphan": True, "token_period": "24h"}
    assert site.call("POST", "auth/token/roles/unseal", token, role)[0] == 204
    _, made = site.call("POST", "auth/token/create/unseal", token, {"policies": ["unseal"]})
    inner = inner_site(site, tmp_path, made["auth"]["client_token"])
    seal = {
        "transit": {
            "address": f"https://localhost:{site.ports[0]}",
            "key": "unseal",
            "token_secret": "seal",
        },
        "recovery_public_keys": [key],
    }
    spec = parsed(namespace=inner.namespace, seal=seal, consumers={"keys": KEYS[:1]})
    inner.start(spec, "inner")
    try:
        inner.fill(spec)
        kept = json.loads(inner.secret()["keys.json"])
        assert set(kept) == {"recovery_keys_base64"}
        assert len(read_by_person(home, kept["recovery_keys_base64"][0])) == 64
        # A restart needs nobody.
        inner.stop()
        inner.start(spec, "inner")
        inner.fill(spec)
        assert "unsealed" not in inner.running[0].log.read_text().split("Vault server started!")[0]
    finally:
        for one in inner.running:
            one.kill()


TRANSIT_ADMIN = [
    {"path": "sys/mounts/transit", "capabilities": ["create", "update"]},
    {"path": "transit/keys/*", "capabilities": ["create", "update"]},
    {"path": "transit/+/unseal", "capabilities": ["update"]},
    {"path": "sys/policies/acl/*", "capabilities": ["create", "update"]},
    {"path": "auth/token/roles/unseal", "capabilities": ["create", "update"]},
    {"path": "auth/token/create/unseal", "capabilities": ["create", "update"]},
]


def inner_site(outer: Site, folder: Any, token: str) -> Site:
    place = folder / "inner"
    place.mkdir()
    made = Site.__new__(Site)
    made.__dict__ = {**outer.__dict__, "folder": place, "ports": [], "running": []}
    made.namespace = outer.api.new_namespace(f"{outer.namespace}-inner")
    (place / "kubernetes.crt").write_text(outer.kubernetes_ca)
    made.extra = {"VAULT_TOKEN": token, "VAULT_CACERT": str(outer.certificate)}
    return made


def person(folder: Any, monkeypatch: Any) -> tuple[str, Any]:
    """The public key of somebody, base64 without armour, and the folder with the private one."""
    home = folder / "gpg"
    home.mkdir(mode=0o700)
    run(home, "--quick-generate-key", "--passphrase", "", "keeper@example.com", "rsa2048", "encrypt", "never")
    return base64.b64encode(run(home, "--export", "keeper@example.com")).decode(), home


def read_by_person(home: Any, text: str) -> str:
    """The recovery key that Vault encrypted for somebody."""
    return run(home, "--decrypt", given=base64.b64decode(text)).decode()


def run(home: Any, *arguments: str, given: bytes | None = None) -> bytes:
    command = ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=True, timeout=120).stdout
