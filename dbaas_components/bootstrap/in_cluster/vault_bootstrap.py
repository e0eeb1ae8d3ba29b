"""Initialises Vault or OpenBao once, and brings what it holds into the form that its configuration wants, every time.

Usage: python -m dbaas_components.bootstrap.in_cluster.vault_bootstrap CONFIGURATION.json

It may be killed at any moment and run again. The root token lives from the first initialisation until the first
configuration stands, beside the recovery keys in their Secret; it is revoked only after a login by Kubernetes was shown
to work. Mounts are made and never changed or removed: their keys are a part of every backup. No key is printed.

Calls, of Vault 1.20 and OpenBao 2: `sys/init`, `sys/seal-status`, `sys/unseal`, `sys/health`, `sys/auth`, `sys/audit`,
`sys/mounts`, `sys/policies/acl`, `auth/<mount>/config`, `auth/<mount>/role`, `auth/token/roles`,
`sys/storage/raft/configuration` and `auth/token/revoke-self`.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from typing import Any

from dbaas_components.bootstrap.in_cluster.kubernetes_secret import KubernetesSecret
from dbaas_components.bootstrap.in_cluster.service import (
    Failed,
    NotNow,
    Service,
    exit_status,
    fields,
    items,
    patiently,
    strings,
)
from dbaas_components.bootstrap.in_cluster.vault_client import login
from dbaas_components.bootstrap.in_cluster.vault_content import Content

LOG = logging.getLogger("vault-bootstrap")
_BEGUN = "initialisation"
_KEYS = "keys.json"
_ROOT = "root-token"


class Server:
    """Vault's pods, from before it holds anything."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self._seal: Mapping[str, Any] = configuration["seal"]
        self._pods = [
            Service(f"pod {one['name']}", one["address"], configuration["ca_file"]) for one in _pods(configuration)
        ]
        kubernetes, namespace, labels = (configuration[key] for key in ("kubernetes", "namespace", "labels"))
        self._keys = KubernetesSecret(kubernetes, namespace, configuration["keys_secret"], labels)
        self._volumes = configuration["volumes"]

    def root_token(self) -> str | None:
        """The first root token, while it is needed."""
        return (self._keys.read() or {}).get(_ROOT)

    def forget_root_token(self) -> None:
        """Removes the root token, which was revoked."""
        self._keys.write({_ROOT: None})

    def initialise(self) -> None:
        """Initialises Vault if it is empty, and keeps its keys."""
        kept = self._keys.read() or {}
        status = self._status(self._pods[0])
        if status["initialized"]:
            if kept.get(_BEGUN) == "begun" and _KEYS not in kept:
                # Nothing was configured by then, so that nothing can be lost.
                raise Failed(
                    f"Vault was initialised, and this program was stopped before it could keep the keys; nothing is in "
                    f"Vault yet: delete the volumes {self._volumes} with its pods, and {self._keys}, and run this again"
                )
            return
        if _KEYS in kept:
            raise Failed(
                f"Vault is empty, and {self._keys} holds the keys of an earlier one, whose volumes are gone; "
                "restore a snapshot of it, or, to begin anew without any of its keys and the backups that need them, "
                f"delete {self._keys}"
            )
        self._keys.write({_BEGUN: "begun"})
        code, answer = self._pods[0].call("PUT", "v1/sys/init", {}, self._request())
        if code != 200:
            raise Failed(
                f"Vault refuses to be initialised ({code}: {_said(answer)}); correct its seal, and run this again"
            )
        keys = {name: answer[name] for name in ("keys_base64", "recovery_keys_base64") if answer.get(name)}
        # At once: with both of them every later step can be repeated.
        self._keys.write({_KEYS: json.dumps(keys), _ROOT: answer["root_token"], _BEGUN: "done"})
        LOG.info("initialised; its keys are in %s", self._keys)

    def _request(self) -> dict[str, Any]:
        shares, threshold = self._seal["shares"], self._seal["threshold"]
        if self._seal["type"] == "shamir":
            return {"secret_shares": shares, "secret_threshold": threshold}
        request: dict[str, Any] = {"recovery_shares": shares, "recovery_threshold": threshold}
        if self._seal["pgp_keys"]:
            request["recovery_pgp_keys"] = list(self._seal["pgp_keys"])
        return request

    def unseal(self) -> None:
        """Waits until every pod is a member and unsealed. Only Shamir's seal, for trials, is opened from here."""
        for pod in self._pods:
            status = self._status(pod)
            if not status["initialized"]:
                raise NotNow(f"{pod.name} has not joined the others")
            if status["sealed"]:
                self._open(pod, status)

    def _open(self, pod: Service, status: Mapping[str, Any]) -> None:
        if self._seal["type"] != "shamir":
            raise NotNow(
                f"{pod.name} is sealed; it opens itself with its {self._seal['type']} key: its log says why it cannot, "
                "such as rights on that key or the identity of its service account"
            )
        kept = json.loads((self._keys.read() or {}).get(_KEYS, "{}"))
        keys = kept.get("keys_base64", [])[: status["t"]]
        if not keys:
            raise Failed(f"{pod.name} is sealed and {self._keys} has no keys to open it; unseal it by hand")
        for key in keys:
            code, answer = pod.call("PUT", "v1/sys/unseal", {}, {"key": key})
            if code != 200:
                raise Failed(f"{pod.name} refuses a key of {self._keys} ({code}: {_said(answer)}); unseal it by hand")
        LOG.info("unsealed %s", pod.name)

    def _status(self, pod: Service) -> dict[str, Any]:
        code, answer = pod.call("GET", "v1/sys/seal-status", {})
        if code != 200:
            raise NotNow(f"{pod.name} answers {code}")
        return fields(answer)


def run(configuration: Mapping[str, Any]) -> None:
    """Brings Vault to what is wanted. Raises `Failed` with one sentence and the way out."""
    seconds = float(configuration.get("wait_seconds", 900))
    server = Server(configuration)
    patiently("initialisation", server.initialise, seconds)
    patiently("unsealing", server.unseal, seconds)
    vault = Service("Vault", configuration["address"], configuration["ca_file"])
    patiently("a leader", lambda: _leader(vault), seconds)
    root = server.root_token()
    if root and not patiently("root token", lambda token=root: _accepted(vault, token), seconds):
        # An earlier run had revoked it, and was stopped before it removed it.
        root = None
    session = {"X-Vault-Token": root} if root else patiently("login", lambda: _logged_in(vault, configuration), seconds)
    content = Content(vault, session, configuration["desired"])
    patiently("content", content.apply, seconds)
    wanted = len(_pods(configuration))
    patiently("members", lambda: _members(vault, session, wanted), seconds)
    if root:
        patiently("root token", lambda: _give_up_root(vault, configuration, session), seconds)
    if server.root_token():
        server.forget_root_token()
        LOG.info("the root token is revoked")


def _accepted(vault: Service, token: str) -> bool:
    code, _ = vault.call("GET", "v1/auth/token/lookup-self", {"X-Vault-Token": token})
    return code == 200


def _pods(configuration: Mapping[str, Any]) -> list[dict[str, str]]:
    return list(configuration["pods"])


def _leader(vault: Service) -> None:
    code, answer = vault.call("GET", "v1/sys/leader", {})
    if code != 200 or not fields(answer).get("leader_address"):
        raise NotNow("the servers have not chosen a leader yet")


def _logged_in(vault: Service, configuration: Mapping[str, Any]) -> dict[str, str]:
    try:
        return login(vault, configuration["login"])
    except Failed as failure:
        raise Failed(
            f"{failure}. If its role was lost: make a root token of the recovery keys (operator generate-root), put it "
            f"under {_ROOT} into Secret {configuration['namespace']}/{configuration['keys_secret']}, and run this "
            "again; it is revoked in the end"
        ) from None


def _members(vault: Service, session: Mapping[str, str], wanted: int) -> None:
    code, answer = vault.call("GET", "v1/sys/storage/raft/configuration", session)
    if code != 200:
        raise Failed(f"Vault answers {code} to the list of its members ({_said(answer)})")
    found = items(fields(fields(fields(answer).get("data")).get("config")).get("servers"))
    voters = [str(one["node_id"]) for one in found if one.get("voter")]
    if len(voters) < wanted:
        raise NotNow(f"{len(voters)} of {wanted} members vote ({', '.join(sorted(voters))})")
    LOG.info("%d members: %s", len(voters), ", ".join(sorted(voters)))


def _give_up_root(vault: Service, configuration: Mapping[str, Any], session: Mapping[str, str]) -> None:
    # Not before the other way in works: nobody could get in again without the recovery keys.
    own = login(vault, configuration["login"])
    code, _ = vault.call("GET", "v1/sys/mounts", own)
    if code != 200:
        raise Failed(f"role {configuration['login']['role']} may not read the mounts ({code}); the root token is kept")
    code, answer = vault.call("POST", "v1/auth/token/revoke-self", session)
    if code != 204:
        raise Failed(f"Vault does not revoke the root token ({code}: {_said(answer)}); run this again")


def _said(answer: Any) -> str:
    errors = strings(fields(answer).get("errors"))
    return errors[0] if errors else "without a reason"


def main(arguments: list[str]) -> int:
    """Exit status: 0 if Vault is open and holds what is wanted."""
    return exit_status(arguments, _told_when_done, LOG)


def _told_when_done(configuration: Mapping[str, Any]) -> str:
    run(configuration)
    return "Vault is open and holds what is wanted"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
