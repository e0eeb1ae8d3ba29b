"""Gives every database that keeps its keys in Vault or OpenBao a token, and renews it for as long as it is wanted.

Usage: python -m dbaas_components.bootstrap.in_cluster.vault_tokens CONFIGURATION.json

mysqld and mongod read a token once and do not renew it: one that ends keeps them from starting. So each is periodic and
is renewed by every run, long before its period is over. A new one is made only where the kept one is refused; the pods
have to be restarted then, which is said. A token that was made and not kept, because the program was killed in between,
ends with its period. No token is printed.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dbaas_components.bootstrap.in_cluster.service import Failed, Service, exit_status, fields, patiently
from dbaas_components.bootstrap.in_cluster.vault_client import Entry, login

LOG = logging.getLogger("vault-tokens")


def serve(consumer: Mapping[str, Any], vault: Service, settings: Mapping[str, Any], authority: str) -> None:
    """Sees to it that a consumer's entry holds a token that lives."""
    entry = Entry(vault, settings, consumer["path"])
    kept = entry.read()
    token = kept.get("token")
    if token and (left := _renewed(vault, token)) is not None:
        LOG.info("%s: its token lives for %d more hours", consumer["name"], left // 3600)
        if kept.get("ca") != authority:
            entry.write({"ca": authority})
            LOG.info("%s: wrote the authority of Vault's certificate", consumer["name"])
        return
    made = _made(vault, settings, consumer)
    entry.write({"token": made, "ca": authority})
    if token:
        LOG.info(
            "%s: its token was refused; it has a new one, which its pods read when they are restarted", consumer["name"]
        )
    else:
        LOG.info("%s: made its token", consumer["name"])


def _renewed(vault: Service, token: str) -> int | None:
    """Seconds that the token lives from now on; None if Vault does not take it any more."""
    code, answer = vault.call("POST", "v1/auth/token/renew-self", {"X-Vault-Token": token}, {})
    if code == 200:
        return int(fields(fields(answer).get("auth")).get("lease_duration") or 0)
    if code in {400, 403}:
        return None
    raise Failed(f"Vault answers {code} to the renewal of a token; run this again")


def _made(vault: Service, settings: Mapping[str, Any], consumer: Mapping[str, Any]) -> str:
    path = f"v1/auth/token/create/{consumer['role']}"
    code, answer = vault.call("POST", path, login(vault, settings), {"display_name": consumer["name"]})
    if code != 200:
        raise Failed(
            f"Vault answers {code} to a token of role {consumer['role']}; run the Job that configures Vault again, "
            "which makes that role"
        )
    return str(answer["auth"]["client_token"])


def run(configuration: Mapping[str, Any]) -> list[str]:
    """Serves every consumer; the sentences of those that could not be."""
    seconds = float(configuration.get("wait_seconds", 300))
    settings = configuration["vault"]
    vault = Service("Vault", settings["address"], settings["ca_file"])
    authority = Path(settings["ca_file"]).read_text()
    failures: list[str] = []
    for consumer in configuration["consumers"]:
        try:
            patiently(consumer["name"], lambda one=consumer: serve(one, vault, settings, authority), seconds)
        except Failed as failure:
            failures.append(f"{consumer['name']}: {failure}")
    return failures


def main(arguments: list[str]) -> int:
    """Exit status: 0 if every consumer has a token that lives."""
    return exit_status(arguments, _all, LOG)


def _all(configuration: Mapping[str, Any]) -> str:
    if failures := run(configuration):
        raise Failed(*failures)
    return "every consumer has a token that lives"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
