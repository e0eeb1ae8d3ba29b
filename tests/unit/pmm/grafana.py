"""A stand-in for PMM, because no PMM server can be had on a test machine.

It speaks, over TLS, exactly the calls of Grafana that `pmm_tokens.py` makes, with the statuses that the operators' own
end-to-end tests and Grafana's documentation give them, and PMM's `/v1/readyz`. Nothing else of PMM is in here.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Killed(BaseException):
    """Stands for a kill of the program at the moment of a call: no `except` of its own stops it."""


@dataclass
class Pmm:
    """What the server holds."""

    password: str = "correct horse"
    ready_after: int = 0
    """How many times it answers 503 first."""
    accounts: dict[int, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[int, tuple[int, str, str]] = field(default_factory=dict)
    """Identifier to account, name and value."""
    calls: list[str] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(7))

    def values(self) -> list[str]:
        """Every token that works."""
        return [value for account, _, value in self.tokens.values() if not self.accounts[account]["isDisabled"]]

    def answer(self, method: str, path: str, authorization: str, body: Any) -> tuple[int, Any]:
        """Status and answer of a call."""
        self.calls.append(f"{method} {path}")
        if self.ready_after > 0:
            self.ready_after -= 1
            return 503, None
        if path == "/v1/readyz":
            return 200, {}
        if path == "/graph/api/org":
            known = authorization.startswith("Bearer ") and authorization.removeprefix("Bearer ") in self.values()
            return (200, {"id": 1}) if known else (401, {"message": "Invalid API key"})
        if authorization != "Basic " + base64.b64encode(f"admin:{self.password}".encode()).decode():
            return 401, {"message": "Invalid username or password"}
        return self._as_admin(method, path, body)

    def _as_admin(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        url = urlsplit(path)
        if method == "GET" and url.path == "/graph/api/serviceaccounts/search":
            (query,) = parse_qs(url.query)["query"]
            found = [{"id": key, **one} for key, one in self.accounts.items() if query in one["name"]]
            return 200, {"totalCount": len(found), "serviceAccounts": found}
        if method == "POST" and url.path == "/graph/api/serviceaccounts":
            if any(one["name"] == body["name"] for one in self.accounts.values()):
                return 400, {"message": "service account already exists"}
            number = next(self._ids)
            self.accounts[number] = dict(body)
            return 201, {"id": number, **body}
        if match := re.fullmatch(r"/graph/api/serviceaccounts/(\d+)/tokens(?:/(\d+))?", url.path):
            return self._token(method, int(match[1]), match[2], body)
        return 404, {"message": "Not found"}

    def _token(self, method: str, account: int, token: str | None, body: Any) -> tuple[int, Any]:
        own = {key: one for key, one in self.tokens.items() if one[0] == account}
        if method == "GET":
            return 200, [{"id": key, "name": name} for key, (_, name, _) in own.items()]
        if method == "DELETE" and token and int(token) in own:
            del self.tokens[int(token)]
            return 200, {"message": "Service account token deleted"}
        if method == "POST":
            if any(name == body["name"] for _, name, _ in self.tokens.values()):
                return 409, {"message": "service account token with given name already exists"}
            number = next(self._ids)
            self.tokens[number] = (account, body["name"], f"glsa_{number:08d}")
            return 200, {"id": number, "name": body["name"], "key": f"glsa_{number:08d}"}
        return 404, {"message": "Not found"}


@dataclass
class Vault:
    """A stand-in for Vault's login by Kubernetes and its key-value store, version 2, with check-and-set."""

    role: str = "pmm-tokens"
    jwt: str = "jwt-of-the-job"
    sealed: int = 0
    allowed: bool = True
    entries: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    """Path to version and properties."""
    calls: list[str] = field(default_factory=list)
    before_write: Callable[[], None] | None = None

    def answer(self, method: str, path: str, token: str, body: Any) -> tuple[int, Any]:
        """Status and answer of a call."""
        self.calls.append(f"{method} {path}")
        if self.sealed > 0:
            self.sealed -= 1
            return 503, {"errors": ["Vault is sealed"]}
        if path == "/v1/auth/kubernetes/login":
            if body != {"role": self.role, "jwt": self.jwt}:
                return 403, {"errors": ["permission denied"]}
            return 200, {"auth": {"client_token": "hvs.1"}}
        if token != "hvs.1" or not self.allowed:
            return 403, {"errors": ["1 error occurred: permission denied"]}
        key = path.removeprefix("/v1/secret/data/")
        version, kept = self.entries.get(key, (0, {}))
        if method == "GET":
            found = {"data": {"data": kept, "metadata": {"version": version}}}
            return (200, found) if version else (404, {"errors": []})
        if self.before_write:
            hook, self.before_write = self.before_write, None
            hook()
            version, kept = self.entries.get(key, (0, {}))
        if body["options"]["cas"] != version:
            return 400, {"errors": ["check-and-set parameter did not match the current version"]}
        self.entries[key] = (version + 1, body["data"])
        return 200, {"data": {"version": version + 1}}


@contextmanager
def served(server: Pmm | Vault, certificate: Path, key: Path) -> Iterator[str]:
    """The address of a server that answers on loopback, with this certificate."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            who = self.headers.get("Authorization" if isinstance(server, Pmm) else "X-Vault-Token") or ""
            status, answer = server.answer(self.command, self.path, who, json.loads(content or b"null"))
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    http.socket = context.wrap_socket(http.socket, server_side=True)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{http.server_address[1]}"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
