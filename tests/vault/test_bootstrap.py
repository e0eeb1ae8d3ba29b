"""Vault is initialised once, filled, and gives its root token back, whatever happens in between: a real server."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from dbaas_components.bootstrap.in_cluster import service, vault_bootstrap
from dbaas_components.bootstrap.in_cluster.service import Failed
from dbaas_components.bootstrap.in_cluster.vault_client import login
from tests.vault.conftest import Site, parsed

pytestmark = pytest.mark.vault

KEYS = [
    {"namespace": "shop", "database": "orders", "engine": "pxc"},
    {"namespace": "shop", "database": "catalog", "engine": "psmdb"},
]


def spec_of(site: Site, **consumers: Any) -> Any:
    return parsed(namespace=site.namespace, consumers={"keys": KEYS, **consumers})


def test_an_empty_vault_is_initialised_filled_and_gives_its_root_token_back(site, caplog):
    caplog.set_level("INFO")
    spec = spec_of(site)
    site.start(spec)
    site.fill(spec)
    kept = site.secret()
    assert set(kept) == {"initialisation", "keys.json"}
    assert "the root token is revoked" in caplog.text
    keys = json.loads(kept["keys.json"])["keys_base64"]
    assert len(keys) == 1
    assert keys[0] not in caplog.text
    audit = (site.folder / "audit.log").read_text()
    assert audit
    assert keys[0] not in audit


def test_a_second_run_finds_nothing_to_make(site, caplog):
    spec = spec_of(site)
    site.start(spec)
    site.fill(spec)
    caplog.set_level("INFO")
    caplog.clear()
    site.fill(spec)
    assert "made" not in caplog.text
    assert "wrote" not in caplog.text
    assert "removed" not in caplog.text


def test_a_vault_that_was_restarted_is_opened_again(site):
    spec = spec_of(site)
    site.start(spec)
    site.fill(spec)
    site.stop()
    site.start(spec)
    site.fill(spec)


def test_who_is_taken_out_loses_role_and_policy_and_keeps_its_keys(site):
    spec = spec_of(site)
    site.start(spec)
    site.fill(spec)
    assert site.give_tokens(spec) == []
    reader = {"service_account": site.account("external-secrets"), "namespaces": ["shop"]}
    admin = [{"name": "looker", "service_accounts": [site.account("looker")], "rules": RULES}]
    fewer = parsed(namespace=site.namespace, consumers={"keys": KEYS[1:], "external_secrets": reader, "roles": admin})
    site.fill(fewer)
    token = session(site, fewer, "looker", "looker")
    _, policies = site.call("GET", "sys/policies/acl?list=true", token)
    assert "dbaas-keys-pxc-shop-orders" not in policies["data"]["keys"]
    assert "dbaas-keys-psmdb-shop-catalog" in policies["data"]["keys"]
    _, roles = site.call("GET", "auth/token/roles?list=true", token)
    assert roles["data"]["keys"] == ["dbaas-psmdb-shop-catalog"]
    _, mounts = site.call("GET", "sys/mounts", token)
    assert "pxc-shop-orders/" in mounts["data"]


RULES = [
    {"path": "sys/policies/acl", "capabilities": ["list", "read"]},
    {"path": "sys/mounts", "capabilities": ["read"]},
    {"path": "auth/token/roles", "capabilities": ["list", "read"]},
]


def session(site: Site, spec: Any, role: str, account: str) -> str:
    access = site.access(spec, role, account)
    vault = service.Service("Vault", access["address"], access["ca_file"])
    return login(vault, access)["X-Vault-Token"]


def test_what_somebody_else_made_is_left_alone(site):
    spec = spec_of(site, roles=[{"name": "admin", "service_accounts": [site.account("admin")], "rules": ADMIN}])
    site.start(spec)
    site.fill(spec)
    token = session(site, spec, "admin", "admin")
    assert site.call("PUT", "sys/policies/acl/theirs", token, {"policy": 'path "a" {capabilities=["read"]}'})[0] == 204
    role = {"bound_service_account_names": "x", "bound_service_account_namespaces": "y", "policies": ["theirs"]}
    assert site.call("POST", "auth/kubernetes/role/theirs", token, role)[0] in {200, 204}
    assert site.call("POST", "sys/mounts/theirs", token, {"type": "kv"})[0] == 204
    site.fill(spec)
    assert site.call("GET", "sys/policies/acl/theirs", token)[0] == 200
    assert site.call("GET", "auth/kubernetes/role/theirs", token)[0] == 200
    assert "theirs/" in site.call("GET", "sys/mounts", token)[1]["data"]


ADMIN = [
    {"path": "sys/policies/acl/*", "capabilities": ["create", "read", "update"]},
    {"path": "auth/kubernetes/role/*", "capabilities": ["create", "read", "update"]},
    {"path": "sys/mounts", "capabilities": ["read"]},
    {"path": "sys/mounts/*", "capabilities": ["create", "read", "update"]},
]


def test_a_mount_of_another_version_is_never_made_anew(site):
    spec = spec_of(site)
    site.start(spec)
    site.fill(spec)
    other = parsed(
        namespace=site.namespace,
        consumers={
            "keys": [{"namespace": "shop", "database": "catalog", "engine": "psmdb", "mount": "pxc-shop-orders"}]
        },
    )
    with pytest.raises(Failed, match="mount pxc-shop-orders is kv of version 1 and kv of version 2 is wanted"):
        site.fill(other)


def test_an_empty_vault_whose_keys_are_kept_from_before_is_not_initialised_again(site):
    spec = spec_of(site)
    site.start(spec)
    site.fill(spec)
    before = site.secret()
    site.stop()
    for part in (site.folder / "vault-0-data").rglob("*"):
        if part.is_file():
            part.unlink()
    site.start(spec)
    with pytest.raises(Failed, match="holds the keys of an earlier one"):
        site.fill(spec)
    assert site.secret() == before


class Killed(BaseException):
    """The program ends here."""


def killed_at(site: Site, spec: Any, monkeypatch: pytest.MonkeyPatch, number: int, *, after: bool) -> bool:
    """Runs the program and kills it at its call of this number; whether there was such a call."""
    real, count = service.Service.call, itertools.count(1)

    def call(self: Any, *args: Any, **more: Any) -> Any:
        here = next(count) == number
        if here and not after:
            raise Killed
        answer = real(self, *args, **more)
        if here:
            raise Killed
        return answer

    configuration = site.configuration(spec)
    with monkeypatch.context() as context:
        context.setattr(service.Service, "call", call)
        try:
            vault_bootstrap.run(configuration)
        except Killed:
            return True
    return False


# Up to the first login: from there on every step is repeated as it is, which the test below shows on one server.
@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("number", range(1, 9))
def test_killed_at_its_beginning_it_goes_on_or_says_what_to_delete(site, monkeypatch, number, after):
    spec = spec_of(site)
    site.start(spec)
    assert killed_at(site, spec, monkeypatch, number, after=after)
    if "core: security barrier initialized" in site.running[0].log.read_text() and "keys.json" not in site.secret():
        # The keys were in the answer that was lost, and nobody has them. Nothing was in Vault by then.
        with pytest.raises(Failed, match="nothing is in Vault yet: delete the volumes data-vault-0"):
            site.fill(spec)
        assert "root-token" not in site.secret()
        return
    site.fill(spec)
    assert set(site.secret()) == {"initialisation", "keys.json"}


def test_killed_at_any_later_call_it_goes_on(site, monkeypatch):
    spec = spec_of(site)
    site.start(spec)
    number, runs = 9, 0
    while killed_at(site, spec, monkeypatch, number, after=bool(number % 2)):
        number, runs = number + 1, runs + 1
    assert runs >= 12
    site.fill(spec)
    assert set(site.secret()) == {"initialisation", "keys.json"}


def test_three_servers_become_one_vault(site):
    spec = parsed(namespace=site.namespace, replicas=3, consumers={"keys": KEYS})
    site.start(spec)
    site.fill(spec)
    site.stop()


def test_a_vault_that_nobody_can_log_in_to_says_how_to_get_in(site):
    spec = spec_of(site)
    site.start(spec)
    site.fill(spec)
    configuration = site.configuration(spec)
    configuration["login"]["token_file"] = str(site.token("somebody"))
    with pytest.raises(Failed, match="make a root token of the recovery keys"):
        vault_bootstrap.run(configuration)
