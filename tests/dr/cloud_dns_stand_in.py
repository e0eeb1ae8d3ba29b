"""A stand-in for Cloud DNS on loopback: the calls of its documented API v1 that a change of one record takes.

Written for these tests after Google's reference (`resourceRecordSets.list`, `changes.create`, `changes.get`). It is no
Google software, and nothing here shows how the real service answers beyond what that reference says.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

READ = "may-read"
WRITE = "may-write"


@dataclass
class Zone:
    """What one managed zone holds: record sets by name and type, and the changes that were made."""

    sets: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    before: Any = None
    """Called once before the next change is carried out: somebody else who is faster."""
    pending: int = 0
    """How often a change is still pending when it is asked for."""

    def change(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Carries a transaction out, whole or not at all."""
        if self.before:
            first, self.before = self.before, None
            first(self)
        kept = dict(self.sets)
        for one in body.get("deletions", []):
            there = kept.pop((one["name"], one["type"]), None)
            if there is None:
                return 404, _error(404, "notFound")
            if any(there[key] != one.get(key) for key in ("ttl", "rrdatas")):
                return 412, _error(412, "conditionNotMet")
        for one in body.get("additions", []):
            if (one["name"], one["type"]) in kept:
                return 409, _error(409, "alreadyExists")
            kept[one["name"], one["type"]] = {"kind": "dns#resourceRecordSet", **one, "signatureRrdatas": []}
        self.sets = kept
        self.changes.append({"kind": "dns#change", "id": str(len(self.changes) + 1), **body})
        return 200, {**self.changes[-1], "status": "pending"}

    def status(self, number: str) -> tuple[int, dict[str, Any]]:
        """One change as it is now."""
        found = [one for one in self.changes if one["id"] == number]
        if not found:
            return 404, _error(404, "notFound")
        self.pending -= 1
        return 200, {**found[0], "status": "pending" if self.pending >= 0 else "done"}


@contextmanager
def cloud_dns_stand_in(zones: dict[tuple[str, str], Zone]) -> Iterator[str]:
    """Serves the zones, by project and name; two tokens, of which one may write. The address is yielded."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve(None)

        def do_POST(self) -> None:
            self._serve(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _serve(self, body: dict[str, Any] | None) -> None:
            with lock:
                status, answer = self._found(body)
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _found(self, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
            url = urlsplit(self.path)
            # dns/v1/projects/PROJECT/managedZones/ZONE/(rrsets | changes[/ID])
            _, api, version, _, project, _, name, what, *rest = (*map(unquote, url.path.split("/")),)
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if (api, version) != ("dns", "v1") or token not in (READ, WRITE):
                return 401, _error(401, "authError")
            if body is not None and token != WRITE:
                return 403, _error(403, "forbidden")
            zone = zones.get((project, name))
            if zone is None:
                return 404, _error(404, "notFound")
            if body is not None:
                return zone.change(body)
            if what == "changes":
                return zone.status(rest[0])
            asked = parse_qs(url.query)
            key = (asked["name"][0], asked["type"][0])
            found = [zone.sets[key]] if key in zone.sets else []
            return 200, {"kind": "dns#resourceRecordSetsListResponse", "rrsets": found}

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the test's own output says what happened."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _error(status: int, reason: str) -> dict[str, Any]:
    return {"error": {"code": status, "message": reason, "errors": [{"reason": reason, "domain": "global"}]}}
