"""The program that gives consumers their tokens, run against stand-ins for PMM and Vault over TLS (see `grafana.py`).

Its other side, Secrets in Kubernetes, meets a real API server in tests/api/test_pmm_jobs.py.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.bootstrap.in_cluster import pmm_tokens, service
from tests.unit.pmm.certificates import write_certificate
from tests.unit.pmm.grafana import Killed, Pmm, Vault, served

pytestmark = pytest.mark.slow

NAME = "pxc-shop-orders"
PATH = "shop/orders/credentials"


class Run:
    """The two servers and what the program is told of them."""

    def __init__(self, folder: Path, pmm_address: str, vault_address: str, pmm: Pmm, vault: Vault) -> None:
        self.folder, self.pmm, self.vault = folder, pmm, vault
        (folder / "password").write_text(f"{pmm.password}\n")
        (folder / "jwt").write_text(vault.jwt)
        self.configuration: dict[str, Any] = {
            "server": pmm_address,
            "ca_file": str(folder / "tls.crt"),
            "user": "admin",
            "password_file": str(folder / "password"),
            "password_place": "key PMM_ADMIN_PASSWORD of Secret pmm/pmm-admin",
            "wait_seconds": 1,
            "labels": {},
            "vault": {
                "address": vault_address,
                "ca_file": str(folder / "tls.crt"),
                "mount": "secret",
                "auth_mount": "kubernetes",
                "role": "pmm-tokens",
                "token_file": str(folder / "jwt"),
            },
            "consumers": [{"name": NAME, "role": "Admin", "vault": {"path": PATH, "key": "pmmservertoken"}}],
        }

    def __call__(self, **changes: Any) -> int:
        file = self.folder / "configuration.json"
        file.write_text(json.dumps({**self.configuration, **changes}))
        return pmm_tokens.main([str(file)])

    @property
    def stored(self) -> str | None:
        """The token in Vault."""
        return self.vault.entries.get(PATH, (0, {}))[1].get("pmmservertoken")

    def is_served(self) -> bool:
        """Whether there is exactly one token, it works, and it is the one that is kept."""
        return self.pmm.values() == [self.stored]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setattr(service, "PAUSE_SECONDS", 0.01)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    certificate, key = write_certificate(tmp_path)
    pmm, vault = Pmm(), Vault()
    with served(pmm, certificate, key) as pmm_address, served(vault, certificate, key) as vault_address:
        yield Run(tmp_path, pmm_address, vault_address, pmm, vault)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    caplog.set_level(logging.INFO)
    return lambda: caplog.text


def test_a_consumer_gets_one_token_in_vault_and_what_else_is_there_stays(run):
    run.vault.entries[PATH] = (3, {"root": "secret"})
    assert run() == 0
    assert run.is_served()
    assert run.vault.entries[PATH] == (4, {"root": "secret", "pmmservertoken": run.stored})
    (account,) = run.pmm.accounts.values()
    assert account == {"name": NAME, "role": "Admin", "isDisabled": False}


def test_a_second_run_changes_nothing(run):
    assert run() == 0
    before = (dict(run.pmm.tokens), dict(run.vault.entries))
    assert run() == 0
    assert (run.pmm.tokens, run.vault.entries) == before


def test_a_token_that_pmm_refuses_is_replaced(run):
    assert run() == 0
    first = run.stored
    run.pmm.accounts.clear()
    run.pmm.tokens.clear()
    assert run() == 0
    assert run.is_served()
    assert run.stored != first


def test_an_account_is_found_by_its_whole_name(run):
    run.pmm.accounts[1] = {"name": f"{NAME}-2", "role": "Admin", "isDisabled": False}
    run.pmm.tokens[2] = (1, "theirs", "glsa_theirs")
    assert run() == 0
    assert {one["name"] for one in run.pmm.accounts.values()} == {NAME, f"{NAME}-2"}
    assert "glsa_theirs" in run.pmm.values()
    assert run.stored in run.pmm.values()


@pytest.mark.parametrize("first", ["missing", "refused"])
@pytest.mark.parametrize("after", [True, False], ids=["after the call", "before the call"])
@pytest.mark.parametrize("number", range(14))
def test_after_a_kill_at_any_call_the_next_run_leaves_one_token_that_works(run, monkeypatch, number, after, first):
    if first == "refused":
        run.pmm.accounts[1] = {"name": NAME, "role": "Admin", "isDisabled": False}
        run.pmm.tokens[2] = (1, "lost", "glsa_lost")
        run.vault.entries[PATH] = (1, {"pmmservertoken": "glsa_of_another_server"})
    real, count = pmm_tokens.Service.call, iter(range(1_000))

    def call(*args: Any, **kwargs: Any) -> Any:
        killed = next(count) == number
        if killed and not after:
            raise Killed
        answer = real(*args, **kwargs)
        if killed:
            raise Killed
        return answer

    with monkeypatch.context() as context:
        context.setattr(pmm_tokens.Service, "call", call)
        try:
            finished = run() == 0
        except Killed:
            finished = False
    # With this many calls some kills come after the end; those before it must have been kills.
    assert finished == (next(count) <= number)
    assert run() == 0
    assert run.is_served()


def test_it_waits_for_pmm_and_tells_so(run, said):
    run.pmm.ready_after = 3
    assert run() == 0
    assert run.is_served()
    assert "PMM: waiting since" in said()
    assert "PMM answers 503" in said()


def test_a_sealed_vault_ends_in_one_sentence_and_the_next_run_goes_on(run, said):
    run.vault.sealed = 10_000
    assert run() == 1
    assert f"{NAME}: Vault answers 503 (Vault is sealed), for 1 s now; when that is mended, run this" in said()
    run.vault.sealed = 0
    assert run() == 0
    assert run.is_served()


def test_somebody_who_writes_the_entry_meanwhile_loses_nothing(run):
    run.vault.before_write = lambda: run.vault.entries.update({PATH: (1, {"monitor": "theirs"})})
    assert run() == 0
    assert run.is_served()
    assert run.vault.entries[PATH][1]["monitor"] == "theirs"


def test_one_consumer_that_cannot_be_served_keeps_no_other_from_its_token(run, said):
    run.pmm.accounts[1] = {"name": NAME, "role": "Admin", "isDisabled": True}
    other = {"name": "ps-shop-carts", "role": "Admin", "vault": {"path": "shop/carts/credentials", "key": "k"}}
    assert run(consumers=[*run.configuration["consumers"], other]) == 1
    assert f"service account {NAME} is disabled in PMM; enable it there" in said()
    assert run.vault.entries["shop/carts/credentials"][1]["k"] in run.pmm.values()


@pytest.mark.parametrize(
    ("breaking", "sentence"),
    [
        (
            lambda run: (run.folder / "password").write_text("wrong"),
            "PMM refuses the password of user admin in key PMM_ADMIN_PASSWORD of Secret pmm/pmm-admin",
        ),
        (lambda run: setattr(run.vault, "role", "other"), "Vault refuses the login of role pmm-tokens at kubernetes"),
        (
            lambda run: setattr(run.vault, "allowed", False),
            f"give its policy create, read and update on secret/data/{PATH}",
        ),
        (
            lambda run: run.configuration.update(ca_file=None),
            "shows a certificate that is not trusted (self-signed certificate); name the authority that issued it",
        ),
        (
            lambda run: run.configuration.update(server="https://localhost:1"),
            "PMM at https://localhost:1 does not answer",
        ),
    ],
    ids=["password", "login", "policy", "authority", "nobody there"],
)
def test_what_cannot_go_on_ends_in_one_sentence_with_the_way_out(run, said, breaking, sentence):
    breaking(run)
    assert run() == 1
    assert sentence in said()


def test_a_wrong_password_is_tried_once(run):
    (run.folder / "password").write_text("wrong")
    run()
    # Grafana locks a user out after five tries.
    assert sum("serviceaccounts" in call for call in run.pmm.calls) == 1


def test_no_secret_is_printed(run, said):
    run.vault.entries[PATH] = (1, {"pmmservertoken": "glsa_refused"})
    assert run() == 0
    (run.folder / "jwt").write_text("jwt-of-somebody-else")
    run()
    for secret in (run.stored, "glsa_refused", run.pmm.password, run.vault.jwt, "jwt-of-somebody-else", "hvs.1"):
        assert secret not in said()
