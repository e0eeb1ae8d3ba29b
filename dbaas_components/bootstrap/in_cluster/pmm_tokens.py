"""Gives every consumer of PMM a service account token, and keeps it where the consumer reads it.

Usage: python -m dbaas_components.bootstrap.in_cluster.pmm_tokens CONFIGURATION.json

A token is made only where none of the stored ones is accepted. Whatever moment it is killed at, the next run leaves
exactly one token that works: what was made and never stored is deleted before another is made. No value is printed.

Calls of PMM 3 (Grafana's, behind `/graph`): `GET api/serviceaccounts/search`, `POST api/serviceaccounts`, `GET`, `POST`
and `DELETE api/serviceaccounts/<id>/tokens`, and `GET api/org` to try a token.
"""

from __future__ import annotations

import base64
import logging
import sys
import time
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from dbaas_components.bootstrap.in_cluster.service import Failed, NotNow, Service, exit_status, fields, items, patiently
from dbaas_components.bootstrap.in_cluster.vault_client import Entry

LOG = logging.getLogger("pmm-tokens")


class Grafana:
    """The service accounts of PMM."""

    def __init__(self, service: Service, user: str, password: str, password_place: str) -> None:
        self._service = service
        self._admin = {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
        self._user = user
        self._password_place = password_place

    def accepts(self, token: str) -> bool:
        """Whether PMM takes this token."""
        status, _ = self._service.call("GET", "graph/api/org", {"Authorization": f"Bearer {token}"})
        # Whoever may not ask this was known at least.
        if status not in {200, 401, 403}:
            raise Failed(f"PMM answers {status} to a token; correct its address")
        return status != 401

    def account(self, name: str, role: str) -> int:
        """Identifier of the service account of this name, which is made if it is not there."""
        query = urllib.parse.urlencode({"query": name, "perpage": 1000})
        found = self._as_admin("GET", f"serviceaccounts/search?{query}", 200)
        # The search finds every name that contains this one.
        for one in items(found.get("serviceAccounts")):
            if one["name"] == name:
                if one.get("isDisabled"):
                    raise Failed(f"service account {name} is disabled in PMM; enable it there, or rename the consumer")
                return int(one["id"])
        made = self._as_admin("POST", "serviceaccounts", 201, {"name": name, "role": role, "isDisabled": False})
        LOG.info("made service account %s", name)
        return int(made["id"])

    def tokens(self, account: int) -> list[int]:
        """Identifiers of an account's tokens; nobody can read the tokens themselves again."""
        return [int(one["id"]) for one in items(self._as_admin("GET", f"serviceaccounts/{account}/tokens", 200))]

    def forget(self, account: int, token: int) -> None:
        """Deletes a token."""
        self._as_admin("DELETE", f"serviceaccounts/{account}/tokens/{token}", 200)

    def make(self, account: int, name: str) -> str:
        """A new token."""
        # Token names must differ within the organisation, even from those of tokens that were deleted a moment ago.
        body = {"name": f"{name}-{time.time_ns()}"}
        return str(self._as_admin("POST", f"serviceaccounts/{account}/tokens", 200, body)["key"])

    def _as_admin(self, method: str, path: str, wanted: int, body: Any = None) -> Any:
        status, answer = self._service.call(method, f"graph/api/{path}", self._admin, body)
        if status == wanted:
            return answer
        if status == 401:
            raise Failed(
                f"PMM refuses the password of user {self._user} in {self._password_place}: PMM takes it over at its "
                "first start only; write the password that is in force into that Secret, or set PMM's to what stands "
                "there with change-admin-password in its pod"
            )
        raise Failed(f"PMM answers {status} to {method} {path.partition('?')[0]}; user {self._user} must be an admin")


class Place(Protocol):
    """Where a consumer reads its token."""

    def read(self) -> str | None:
        """The token that is there, None without one."""
        ...

    def write(self, token: str) -> None:
        """Puts it there, and leaves everything else as it is."""
        ...


class SecretPlace:
    """A key of a Kubernetes Secret."""

    def __init__(self, service: Service, token: Callable[[], str], where: Mapping[str, str], labels: Any) -> None:
        self._service = service
        self._token = token
        self._where = where
        self._labels = labels
        self._path = f"api/v1/namespaces/{where['namespace']}/secrets"

    def __str__(self) -> str:
        return f"key {self._where['key']} of Secret {self._where['namespace']}/{self._where['name']}"

    def read(self) -> str | None:
        status, secret = self._call("GET", f"{self._path}/{self._where['name']}")
        if status == 404:
            return None
        kept = fields(fields(self._expected(status, 200, secret)).get("data")).get(self._where["key"])
        return base64.b64decode(kept).decode() or None if kept else None

    def write(self, token: str) -> None:
        data = {self._where["key"]: base64.b64encode(token.encode()).decode()}
        path, kind = f"{self._path}/{self._where['name']}", "application/merge-patch+json"
        status, answer = self._call("PATCH", path, {"data": data}, kind)
        if status == 404:
            metadata = {"name": self._where["name"], "labels": self._labels}
            secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": data}
            status, answer = self._call("POST", self._path, secret)
            if status == 409:
                raise NotNow(f"somebody else is making Secret {self._where['name']}")
            self._expected(status, 201, answer)
        else:
            self._expected(status, 200, answer)

    def _call(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> tuple[int, Any]:
        return self._service.call(method, path, {"Authorization": f"Bearer {self._token()}"}, body, kind)

    def _expected(self, status: int, wanted: int, answer: Any) -> Any:
        if status == wanted:
            return answer
        if status == 404:
            raise Failed(f"namespace {self._where['namespace']} is not there; make it, or leave the consumer out")
        reason = fields(answer).get("reason") or status
        raise Failed(
            f"Kubernetes refuses {self} ({reason}); the Job's service account must be allowed to get, create and patch "
            "it, and it must not be immutable"
        )


class VaultPlace:
    """A property of an entry in Vault's or OpenBao's key-value store, version 2."""

    def __init__(self, service: Service, settings: Mapping[str, Any], where: Mapping[str, str]) -> None:
        self._entry = Entry(service, settings, where["path"])
        self._key = where["key"]

    def __str__(self) -> str:
        return f"property {self._key} of {self._entry}"

    def read(self) -> str | None:
        return self._entry.read().get(self._key) or None

    def write(self, token: str) -> None:
        self._entry.write({self._key: token})


def serve(consumer: Mapping[str, Any], grafana: Grafana, places: list[Place], seconds: float) -> None:
    """Sees to it that all places of a consumer hold the same token, and that PMM accepts it."""
    name = consumer["name"]

    def once() -> None:
        account = grafana.account(name, consumer["role"])
        stored = [place.read() for place in places]
        token = next((one for one in stored if one and grafana.accepts(one)), None)
        if token is None:
            token = _anew(name, account, grafana)
            stored = [None] * len(places)
        for place, kept in zip(places, stored, strict=True):
            if kept != token:
                place.write(token)
                LOG.info("%s: its token is now in %s", name, place)
        LOG.info("%s: has a token that PMM accepts", name)

    patiently(name, once, seconds)


def _anew(name: str, account: int, grafana: Grafana) -> str:
    # What is still there was stored nowhere, or is not accepted: an earlier run was killed before it stored it.
    for old in grafana.tokens(account):
        grafana.forget(account, old)
        LOG.info("%s: deleted token %s, which is kept nowhere", name, old)
    token = grafana.make(account, name)
    LOG.info("%s: made a token", name)
    return token


def run(configuration: Mapping[str, Any]) -> list[str]:
    """Serves every consumer; the sentences of those that could not be."""
    seconds = float(configuration.get("wait_seconds", 900))
    pmm = Service("PMM", configuration["server"], configuration.get("ca_file"))
    password = Path(configuration["password_file"]).read_text().rstrip("\n")
    grafana = Grafana(pmm, configuration["user"], password, configuration["password_place"])
    patiently("PMM", lambda: pmm.call("GET", "v1/readyz", {}), seconds)
    failures: list[str] = []
    for consumer in configuration["consumers"]:
        try:
            serve(consumer, grafana, _places(consumer, configuration), seconds)
        except Failed as failure:
            failures.append(f"{consumer['name']}: {failure}")
    return failures


def _places(consumer: Mapping[str, Any], configuration: Mapping[str, Any]) -> list[Place]:
    places: list[Place] = []
    # Vault first: it outlives the namespace, and what it holds is copied from it.
    if where := consumer.get("vault"):
        settings = configuration["vault"]
        service = Service("Vault", settings["address"], settings.get("ca_file"))
        places.append(VaultPlace(service, settings, where))
    if where := consumer.get("secret"):
        settings = configuration["kubernetes"]
        service = Service("Kubernetes", settings["server"], settings["ca_file"])
        # Read each time: the file's content is exchanged every hour.
        places.append(
            SecretPlace(service, lambda: Path(settings["token_file"]).read_text(), where, configuration["labels"])
        )
    return places


def main(arguments: list[str]) -> int:
    """Exit status: 0 if every consumer has its token."""
    return exit_status(arguments, _all, LOG)


def _all(configuration: Mapping[str, Any]) -> str:
    if failures := run(configuration):
        raise Failed(*failures)
    return "every consumer has its token"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
