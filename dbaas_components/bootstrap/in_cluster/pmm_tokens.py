"""Gives every consumer of PMM a service account token, and keeps it where the consumer reads it.

Usage: python pmm_tokens.py CONFIGURATION.json

A token is made only where none of the stored ones is accepted. Whatever moment it is killed at, the next run leaves
exactly one token that works: what was made and never stored is deleted before another is made. No value is printed.

Calls of PMM 3 (Grafana's, behind `/graph`): `GET api/serviceaccounts/search`, `POST api/serviceaccounts`, `GET`, `POST`
and `DELETE api/serviceaccounts/<id>/tokens`, and `GET api/org` to try a token.
"""

from __future__ import annotations

import base64
import json
import logging
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

LOG = logging.getLogger("pmm-tokens")
REQUEST_SECONDS = 20
PAUSE_SECONDS = 5.0
SAY_EVERY_SECONDS = 30.0
# Too early, too often, or somebody behind it is not up.
NOT_NOW = (408, 429, 500, 502, 503, 504)

_Found = TypeVar("_Found")


class Failed(Exception):
    """It cannot go on; the text is one sentence with the way out."""


class NotNow(Exception):
    """It may work in a moment; the text says what is in the way."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nobody: the password would go along to wherever the answer points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Service:
    """One HTTPS service that speaks JSON."""

    def __init__(self, name: str, address: str, ca_file: str | None) -> None:
        self.name = name
        self.address = address.rstrip("/")
        # Nothing of what is spoken here may pass a proxy.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file)),
            _NoRedirect(),
        )

    def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Any = None,
        content_type: str = "application/json",
    ) -> tuple[int, Any]:
        """Status and parsed answer. Raises NotNow where nobody answers or somebody asks to come back."""
        content = None if body is None else json.dumps(body).encode()
        told = {"Accept": "application/json", "Content-Type": content_type, **headers}
        request = urllib.request.Request(f"{self.address}/{path}", content, told, method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=REQUEST_SECONDS) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, text = error.code, error.read()
        except OSError as error:
            raise self._unreachable(error) from None
        if status in NOT_NOW:
            raise NotNow(f"{self.name} answers {status}{_told(text)}")
        try:
            return status, json.loads(text or b"null")
        except ValueError:
            return status, None

    def _unreachable(self, error: OSError) -> Exception:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            return Failed(
                f"{self.name} at {self.address} shows a certificate that is not trusted ({reason.verify_message}); "
                "name the authority that issued it, or the host name that it bears"
            )
        return NotNow(f"{self.name} at {self.address} does not answer ({reason})")


def _told(text: bytes) -> str:
    """What Vault says of itself, such as that it is sealed."""
    try:
        errors = json.loads(text).get("errors")
    except (ValueError, AttributeError):
        return ""
    return f" ({errors[0]})" if errors else ""


def _fields(value: Any) -> dict[str, Any]:
    """The fields of what may not be there."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _items(value: Any) -> list[dict[str, Any]]:
    """The items of what may not be there."""
    return cast("list[dict[str, Any]]", value) if isinstance(value, list) else []


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
        for one in _items(found.get("serviceAccounts")):
            if one["name"] == name:
                if one.get("isDisabled"):
                    raise Failed(f"service account {name} is disabled in PMM; enable it there, or rename the consumer")
                return int(one["id"])
        made = self._as_admin("POST", "serviceaccounts", 201, {"name": name, "role": role, "isDisabled": False})
        LOG.info("made service account %s", name)
        return int(made["id"])

    def tokens(self, account: int) -> list[int]:
        """Identifiers of an account's tokens; nobody can read the tokens themselves again."""
        return [int(one["id"]) for one in _items(self._as_admin("GET", f"serviceaccounts/{account}/tokens", 200))]

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
        kept = _fields(_fields(self._expected(status, 200, secret)).get("data")).get(self._where["key"])
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
        reason = _fields(answer).get("reason") or status
        raise Failed(
            f"Kubernetes refuses {self} ({reason}); the Job's service account must be allowed to get, create and patch "
            "it, and it must not be immutable"
        )


class VaultPlace:
    """A property of an entry in Vault's or OpenBao's key-value store, version 2."""

    def __init__(self, service: Service, settings: Mapping[str, Any], where: Mapping[str, str]) -> None:
        self._service = service
        self._settings = settings
        self._where = where
        self._path = f"v1/{settings['mount']}/data/{urllib.parse.quote(where['path'])}"

    def __str__(self) -> str:
        return f"property {self._where['key']} of {self._settings['mount']}/{self._where['path']} in Vault"

    def read(self) -> str | None:
        kept, _ = self._entry(self._login())
        return kept.get(self._where["key"]) or None

    def write(self, token: str) -> None:
        headers = self._login()
        kept, version = self._entry(headers)
        body = {"options": {"cas": version}, "data": {**kept, self._where["key"]: token}}
        status, answer = self._service.call("POST", self._path, headers, body)
        if status == 400 and "check-and-set" in str(answer):
            raise NotNow(f"somebody else changes the entry of {self}")
        self._allowed(status, "create and update")
        if status not in {200, 204}:
            raise Failed(f"Vault answers {status} to {self}; its mount must be a key-value store of version 2")

    def _entry(self, headers: Mapping[str, str]) -> tuple[dict[str, Any], int]:
        """All properties of the entry and its version, 0 if there is none."""
        status, answer = self._service.call("GET", self._path, headers)
        self._allowed(status, "read")
        if status not in {200, 404}:
            raise Failed(f"Vault answers {status} to {self}; its mount must be a key-value store of version 2")
        # An entry that was deleted answers 404 and still has a version.
        data = _fields(_fields(answer).get("data"))
        return _fields(data.get("data")), int(_fields(data.get("metadata")).get("version") or 0)

    def _login(self) -> dict[str, str]:
        body = {"role": self._settings["role"], "jwt": Path(self._settings["token_file"]).read_text().strip()}
        status, answer = self._service.call("POST", f"v1/auth/{self._settings['auth_mount']}/login", {}, body)
        if status != 200:
            raise Failed(
                f"Vault refuses the login of role {self._settings['role']} at {self._settings['auth_mount']} "
                f"({status}); the role must be bound to the Job's service account and to the audience of its token"
            )
        return {"X-Vault-Token": answer["auth"]["client_token"]}

    def _allowed(self, status: int, what: str) -> None:
        if status == 403:
            raise Failed(
                f"Vault does not let role {self._settings['role']} {what} {self}; give its policy create, read and "
                f"update on {self._settings['mount']}/data/{self._where['path']}"
            )


def patiently(what: str, do: Callable[[], _Found], seconds: float) -> _Found:
    """Tries again until it works, and tells what it waits for and since when. Raises Failed when the time is up."""
    begun, said = time.monotonic(), float("-inf")
    since = time.strftime("%H:%M:%S", time.gmtime())
    while True:
        try:
            return do()
        except NotNow as reason:
            now = time.monotonic()
            if now - begun >= seconds:
                message = f"{reason}, for {now - begun:.0f} s now; when that is mended, run this again"
                raise Failed(message) from None
            if now - said >= SAY_EVERY_SECONDS:
                LOG.info("%s: waiting since %s UTC, %s", what, since, reason)
                said = now
            time.sleep(min(PAUSE_SECONDS, seconds))


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
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        failures = run(json.loads(Path(arguments[0]).read_text()))
    except Failed as failure:
        failures = [str(failure)]
    for failure in failures:
        LOG.error("%s", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
