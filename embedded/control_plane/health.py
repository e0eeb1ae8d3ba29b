"""Is the API server ready? Asked over TLS that is verified, with the administrator's certificate."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass

from embedded.control_plane.layout import Layout

_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Health:
    """What the API server says of itself; `waits_for` is empty when it is ready, `version` is then known."""

    waits_for: str
    version: str = ""


def answers(layout: Layout, port: int, path: str) -> bool:
    """Whether the API server answers this path with success."""
    try:
        return _get(port, _context(layout), path)[0] == http.client.OK
    except (OSError, http.client.HTTPException):
        return False


def ask(layout: Layout, port: int) -> Health:
    """The state of the API server on this port."""
    try:
        context = _context(layout)
        status, body = _get(port, context, "/readyz")
        if status != http.client.OK:
            return Health(f"the API server's readiness: {_unready(body) or f'status {status}'}")
        # The first thing that controllers do for a user of the cluster, and what every Pod needs.
        status, _ = _get(port, context, "/api/v1/namespaces/default/serviceaccounts/default")
        if status != http.client.OK:
            return Health("the controllers: service account default/default is not there yet")
        status, body = _get(port, context, "/version")
        if status != http.client.OK:
            return Health(f"the API server's version: status {status}")
        return Health("", str(json.loads(body)["gitVersion"]))
    except ssl.SSLError as error:
        return Health(f"TLS with the API server: {error.reason or error}")
    except (OSError, http.client.HTTPException) as error:
        return Health(f"the API server on port {port}: {error}")


def _context(layout: Layout) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(layout.pki / "ca.crt"))
    context.load_cert_chain(str(layout.pki / "admin.pem"))
    return context


def _get(port: int, context: ssl.SSLContext, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS, context=context)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _unready(body: bytes) -> str:
    lines = body.decode(errors="replace").splitlines()
    return ", ".join(line[3:].split(" ")[0] for line in lines if line.startswith("[-]"))
